"""Circuits of a bundle synthesised, with a stand-in for Yosys (synthesis.py,
place_ice40.py); a circuit at work (plot_circuit); what simulate and synthesise refuse (bundle_steps.py); the layers of characterise_fpga."""
import csv
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

import support

# Writes the statistics that it is asked for: the same of every module, but for one that it cannot make.
YOSYS = """#!/bin/bash
script=$3
case $script in
*_n001*) echo "ERROR: out of luck"; exit 1 ;;
esac
grep -q "parameter INIT" <<<"$(cat $(sed 's/.*techmap -map \\([^;]*\\);.*/\\1/' <<<"$script"))" || exit 1
report=$(sed 's/.*tee -o \\([^ ]*\\) .*/\\1/' <<<"$script")
cat >"$report" <<'END'
   Number of cells:                 99
     MISTRAL_ALUT4                  40
     MISTRAL_ALUT5                   8
     MISTRAL_ALUT6                   3
     MISTRAL_ALUT_ARITH             10
     MISTRAL_FF                    108
     MISTRAL_MLAB                   20
     MISTRAL_MUL18X18                3
     altsyncram                      5
END
"""

# A step of one module that passes on every second beat that it is offered, and a bench that offers 20.
STEP = {
    "s002_top": """// net, step 2: a/<b>
module s002_top (input wire aclk, input wire v, output wire r);
    wire in0_valid, in0_ready;
    assign in0_valid = v;
    assign r = in0_ready;
    wire n000_out_valid, n000_out_ready;
    s002_n000 n000_i (
        .s_valid(in0_valid), .s_ready(in0_ready), .m_valid(n000_out_valid), .m_ready(n000_out_ready), .clk(aclk));
    assign n000_out_ready = 1'b1;
endmodule
""",
    "s002_n000": """// convolution
// layer:   a/<b>
// fold:    PE 3 x SIMD 6: 32 clocks
module s002_n000 (input wire s_valid, output wire s_ready, output reg m_valid, input wire m_ready, input wire clk);
    reg odd = 0;
    assign s_ready = 1'b1;
    always @(posedge clk) begin
        m_valid <= s_valid & odd;
        if (s_valid) odd <= ~odd;
    end
endmodule
""",
    "bench": """module bench;
    reg aclk = 0, v = 0;
    wire r;
    integer sent = 0;
    always #5 aclk = ~aclk;
    s002_top dut (.aclk(aclk), .v(v), .r(r));
    always @(negedge aclk) v = sent < 20;
    always @(posedge aclk) begin
        if (v & r) sent <= sent + 1;
        if (sent == 20) begin $display("%s", VERDICT); $finish; end
    end
endmodule
"""}


def load_script(name):
    """A script without an extension as a module."""
    sys.path.insert(0, str(support.ROOT / "scripts"))
    loader = importlib.machinery.SourceFileLoader(name, str(support.ROOT / "scripts" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


class Circuits(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.tools = self.folder / "tools"
        data = self.folder / "data/intel_alm/common"
        for folder in (self.tools, data, self.folder / "bundle/rtl/s002"):
            folder.mkdir(parents=True)
        (data / "bram_m20k.txt").write_text("bram b\nendbram\nmatch b\nendmatch\n", encoding="utf-8")
        (data / "bram_m20k_map.v").write_text("module m;\nparameter CFG_ABITS = 10;\nendmodule\n", encoding="utf-8")
        self.tool("yosys", YOSYS)
        self.tool("yosys-config", f"#!/bin/sh\necho {self.folder}/data\n")
        for name in ("bench", "s002_top", "s002_n000", "s002_n000_s0_width"):
            (self.folder / f"bundle/rtl/s002/{name}.v").write_text("// nothing\n", encoding="utf-8")
        step = {"id": 2, "rtl": {"folder": "rtl/s002", "top": "s002_top", "expected_clocks": 7,
                                 "expected_resources": {"alm": 1234, "dsp": 5, "m20k": 6}}}
        self.write({"steps": [{"id": 1}, step]})

    def tool(self, name, text):
        (self.tools / name).write_text(text, encoding="utf-8")
        (self.tools / name).chmod(0o755)

    def write(self, manifest):
        (self.folder / "bundle/manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    def run_script(self, name, *arguments, path=None):
        environment = {**os.environ, "PATH": path or f"{self.tools}:{os.environ['PATH']}"}
        return subprocess.run([support.ROOT / "scripts" / name, *map(str, arguments)], capture_output=True, text=True,
                              env=environment, check=False)

    def test_synthesise_sums_modules(self):
        done = self.run_script("synthesise", self.folder / "bundle")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split() for line in done.stdout.splitlines()]
        # 25 for small tables, 6 of five inputs, 3 of six; 10 registers more than twice that many; an MLAB.
        self.assertEqual(rows[2], ["s002_n000", "54", "2", "5", "108"])
        self.assertEqual(rows[4], ["together", "108", "4", "10", "216"])
        # 2 * 54.25 = 108.5 of 1,234: 91.2 % less.
        self.assertEqual(rows[5], ["cost", "model", "1,234", "5", "6", "(ALM", "-91.2", "%", "against", "it)"])

    def test_synthesise_goes_on_without_a_module(self):
        (self.folder / "bundle/rtl/s002/s002_n001.v").write_text("// nothing\n", encoding="utf-8")
        done = self.run_script("synthesise", self.folder / "bundle", "--step", 2)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("s002_n001  Yosys: ERROR: out of luck", done.stdout)
        self.assertIn("s002_n000_s0_width        54", done.stdout)
        self.assertIn("(1 modules missing)", done.stdout)
        # A sum without one of them is not compared.
        self.assertNotIn("against it", done.stdout)

    def test_synthesise_takes_a_single_module(self):
        done = self.run_script("synthesise", self.folder / "bundle", "--module", "s002_n000")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split() for line in done.stdout.splitlines()]
        # The model is of the whole step.
        self.assertEqual(rows[2:], [["s002_n000", "54", "2", "5", "108"]])

    def test_synthesise_refuses_a_module_that_no_step_has(self):
        for name in ("nope", "n000", "s002_top", "bench"):
            with self.subTest(name):
                done = self.run_script("synthesise", self.folder / "bundle", "--module", name)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(f"no step has a module '{name}'", done.stderr)
        done = self.run_script("synthesise", self.folder / "bundle", "--module", "s002_n000", "--place", "ice40")
        self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_layers_that_ship_are_those_of_the_design(self):
        script = load_script("characterise_fpga")
        first, second = script.Design(), script.Design()
        for design in (first, second):
            design.folded()
            design.direct()
            design.large()
            design.direct_means()
        self.assertEqual(first.layers, second.layers)
        with (support.ROOT / "cost_models/data/fpga_synthesis.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(tuple(rows[0]), script.COLUMNS)
        self.assertEqual([[str(layer[key]) for key in script.SHAPE] for layer in first.layers],
                         [[row[key] for key in script.SHAPE] for row in rows])
        for form in ("folded", "csd"):
            self.assertGreaterEqual(sum(row["form"] == form for row in rows), 150)

    def test_cells_become_resources(self):
        script = load_script("characterise_fpga")
        found = {"MISTRAL_ALUT4": 40, "MISTRAL_ALUT5": 8, "MISTRAL_ALUT6": 3, "MISTRAL_FF": 108, "MISTRAL_MLAB": 20,
                 "MISTRAL_MUL18X18": 3, "altsyncram": 5}
        # Tables 20 + 6 + 3, registers 50 more than twice that, an MLAB of 10.
        self.assertEqual(script.synthesis.resources(found), (29 + 12.5 + 10, 2, 5, 108))

    def test_memories_are_mapped_to_whole_blocks(self):
        script = load_script("characterise_fpga")
        self.folder.joinpath("data/intel_alm/common/bram_m20k.txt").write_text(
            "bram b\n    abits 12   @D4096x4 @D4096x5\n    dbits  4   @D4096x4\n    dbits  5   @D4096x5\nendbram\n"
            "match b\nendmatch\n", encoding="utf-8")
        path = os.environ["PATH"]
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        os.environ["PATH"] = f"{self.tools}:{path}"
        lines = [line.split() for line in script.synthesis.memory_rules().splitlines()]
        self.assertIn(["abits", "12", "@D4096x5"], lines)
        self.assertNotIn(["dbits", "4"], [line[:2] for line in lines])
        # Shallow memories before blocks, the rest of the small ones after them.
        matches = [line[1] for line in lines if line and line[0] == "match"]
        self.assertEqual(matches, ["__CLEAVE_MLAB", "b", "__CLEAVE_MLAB"])

    def test_a_harness_has_four_pins(self):
        script = load_script("synthesise")
        top = ("module s002_top (\n    // x\n    input  wire [127:0] s_axis_0_tdata,\n    input  wire s_axis_0_tvalid,\n"
               "    output wire s_axis_0_tready,\n    output wire [15:0] m_axis_0_tdata,\n    input  wire aclk,\n"
               "    input  wire aresetn\n);\n")
        ports = script.place_ice40.ports_of(top)
        self.assertEqual(len(ports), 6)
        text = script.place_ice40.harness("s002_top", ports)
        self.assertIn("s002_top top_i (", text)
        self.assertIn("reg [128:0] held;", text)
        self.assertIn("wire [16:0] made;", text)
        self.assertIn(".m_axis_0_tdata(made[16:1])", text)
        self.assertNotIn(".aclk(held", text)

    def test_a_circuit_at_work_is_drawn(self):
        folder = self.folder / "step"
        folder.mkdir()
        for name, text in STEP.items():
            (folder / f"{name}.v").write_text(text.replace("VERDICT", '"pass first 20"'), encoding="utf-8")
        done = self.run_script("plot_circuit", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        drawing = xml.etree.ElementTree.fromstring(done.stdout)
        text = " ".join(drawing.itertext())
        self.assertIn("net, step 2: a/<b>", text)
        self.assertIn("a/<b>, PE 3 x SIMD 6", text)
        self.assertIn("s_axis_0: 20 beats", text)
        self.assertIn("n000: 10 beats", text)
        (folder / "bench.v").write_text(STEP["bench"].replace("VERDICT", '"hang"'), encoding="utf-8")
        done = self.run_script("plot_circuit", folder)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("the bench says", done.stderr)
        (folder / "s002_top.v").write_text("module", encoding="utf-8")
        done = self.run_script("plot_circuit", folder)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        done = self.run_script("plot_circuit", self.folder / "none")
        self.assertIn("No such file", done.stderr)

    def test_what_is_no_bundle_is_refused(self):
        for script in ("simulate", "synthesise"):
            with self.subTest(script):
                done = self.run_script(script, self.folder)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("no bundle", done.stderr)
                done = self.run_script(script, self.folder / "bundle", "--step", 1)
                self.assertEqual(done.returncode, 2)
                self.assertIn("step 1 has no circuit; these have: 2", done.stderr)

    def test_a_tool_that_is_not_there_is_named(self):
        for script, package in (("simulate", "verilator"), ("synthesise", "yosys")):
            with self.subTest(script):
                empty = self.folder / "empty"
                empty.mkdir(exist_ok=True)
                done = self.run_script(script, self.folder / "bundle", path=str(empty))
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(f"Debian package {package}", done.stderr)
