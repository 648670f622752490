"""Placing and routing of a circuit on an iCE40 HX8K with nextpnr-ice40 and icepack, down to a bitstream; synthesise uses it.

The device has no connection to what cleave plans for: it is the one that open tools route from end to end, and shows that
what is generated can be routed at all. Its 206 pins are too few for the streams, so that a harness shifts what goes in
through one pin, and gives the parity of what comes out at another.
"""
import json
import re
import subprocess
from pathlib import Path

TOOLS = ("yosys", "nextpnr-ice40", "icepack")
PORT = re.compile(r"^    (input|output) +wire (?:\[(\d+):0\] )?(\w+),?$")
USED = re.compile(r"ICESTORM_(LC|RAM): +(\d+)/")


def ports_of(top):
    """(direction, name, bits) of the ports of a step's module."""
    found = [PORT.match(line) for line in top.splitlines()]
    return [(port[1], port[3], int(port[2] or 0) + 1) for port in found if port]


def harness(name, ports):
    """A module around that of this name, with four pins."""
    inputs = [(port, bits) for direction, port, bits in ports if direction == "input" and port not in ("aclk", "aresetn")]
    outputs = [(port, bits) for direction, port, bits in ports if direction == "output"]
    going_in, coming_out = (sum(bits for _, bits in some) for some in (inputs, outputs))
    lines = ["module harness (input wire clk, input wire resetn, input wire in, output reg out);",
             f"    reg [{going_in - 1}:0] held;", f"    wire [{coming_out - 1}:0] made;", f"    reg [{coming_out - 1}:0] seen;",
             f"    always @(posedge clk) held <= {{held[{going_in - 2}:0], in}};",
             "    always @(posedge clk) seen <= made;", "    always @(posedge clk) out <= ^seen;",
             f"    {name} top_i (.aclk(clk), .aresetn(resetn)"]
    for wire, some in (("held", inputs), ("made", outputs)):
        at = 0
        for port, bits in some:
            lines.append(f"        , .{port}({wire}[{at + bits - 1}:{at}])")
            at += bits
    return "\n".join([*lines, "    );", "endmodule", ""])


class Failed(Exception):
    """Why a step could not be placed."""


def run(command, folder, seconds, reason):
    """What a tool says; `reason` of it why it failed."""
    tool = Path(command[0]).name
    try:
        done = subprocess.run(list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"{tool}: not done after {seconds} s; what fills the device may never be routed") from None
    if done.returncode != 0:
        raise Failed(f"{tool}: {reason(done.stdout.strip().splitlines() or ['failed'])}")
    return done.stdout


def place(sources, name, scratch, seconds=600):
    """Places all modules of a step, that of this name on top. @return a dictionary with lc, ram, fmax_mhz and bitstream_bytes
    @raise Failed  if a tool fails, or takes longer than so many seconds"""
    folder = sources[0].parent
    scratch = Path(scratch)
    top = (folder / f"{name}.v").read_text(encoding="utf-8")
    (scratch / "harness.v").write_text(harness(name, ports_of(top)), encoding="utf-8")
    netlist, routed, bitstream = scratch / "step.json", scratch / "step.asc", scratch / "step.bin"
    # Images of memories are named relative to the step's folder.
    read = " ".join(path.name for path in sources)
    last = lambda lines: lines[-1]
    first_error = lambda lines: next((line for line in lines if line.startswith("ERROR")), lines[-1])
    run(["yosys", "-q", "-p", f"read_verilog {read} {scratch}/harness.v; synth_ice40 -top harness -json {netlist}"], folder,
        seconds, last)
    said = run(["nextpnr-ice40", "--hx8k", "--package", "ct256", "--json", netlist, "--asc", routed, "--seed", "1",
                "--report", scratch / "report.json", "--pcf-allow-unconstrained"], scratch, seconds, first_error)
    run(["icepack", routed, bitstream], scratch, seconds, last)
    used = dict(USED.findall(said))
    report = json.loads((scratch / "report.json").read_text(encoding="utf-8"))
    return {"lc": int(used.get("LC", 0)), "ram": int(used.get("RAM", 0)),
            "fmax_mhz": min(clock["achieved"] for clock in report["fmax"].values()),
            "bitstream_bytes": bitstream.stat().st_size}
