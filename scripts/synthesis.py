"""Synthesis of modules with Yosys for the Cyclone 10 GX; synthesise and characterise_fpga use it."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

# A memory made of logic (MLAB) that may have contents, which Yosys 0.23 makes of tables in front of registers instead.
MLAB = """bram __CLEAVE_MLAB
    init   1
    abits  5
    dbits  1
    groups 2
    ports  1 1
    wrmode 1 0
    enable 1 0
    transp 0 0
    clocks 1 0
    clkpol 1 1
endbram
"""
# Up to 32 words before blocks are thought of, and what fills so little of blocks that they are not taken.
MLAB_SHALLOW = "match __CLEAVE_MLAB\n    max words 32\n    make_outreg\nendmatch\n"
MLAB_REST = "match __CLEAVE_MLAB\n    min efficiency 5\n    make_outreg\nendmatch\n"
MLAB_MAP = """module __CLEAVE_MLAB(CLK1, A1ADDR, A1DATA, A1EN, B1ADDR, B1DATA);
parameter INIT = 0;
input CLK1, A1DATA, A1EN;
input [4:0] A1ADDR, B1ADDR;
output B1DATA;
MISTRAL_MLAB _TECHMAP_REPLACE_ (.CLK1(CLK1), .A1ADDR(A1ADDR), .A1DATA(A1DATA), .A1EN(A1EN), .B1ADDR(B1ADDR), .B1DATA(B1DATA));
endmodule
"""
CELL = re.compile(r"^\s+(\S+)\s+(\d+)$")


def shared_file(name):
    found = shutil.which("yosys-config")
    folder = "/usr/share/yosys"
    if found:
        folder = subprocess.run([found, "--datdir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return (Path(folder) / "intel_alm/common" / name).read_text(encoding="utf-8")


def memory_rules():
    """The part's rules of memories, of the shapes of a block those that use all of its 20,480 bits. Yosys takes the shape
    with the least share of unused bits: with shapes of 16,384 bits it took up to a quarter more blocks than are needed."""
    lines = []
    for line in shared_file("bram_m20k.txt").splitlines():
        kept = re.sub(r"@D\d+x(?:1|2|4|8|16|32)\b", "", line).rstrip()
        if "@" in kept or "@" not in line:
            lines.append(kept)
    blocks = "\n".join(lines) + "\n"
    first_match = blocks.index("match ")
    return blocks[:first_match] + MLAB + MLAB_SHALLOW + blocks[first_match:] + MLAB_REST


def memory_map():
    """The part's map of memories, for those with contents, too: Yosys 0.23 gives them a parameter that it does not name.
    The contents are lost, which does not change how many blocks there are."""
    text = shared_file("bram_m20k_map.v")
    first = "parameter CFG_ABITS"
    return (text if "parameter INIT" in text else text.replace(first, f"parameter INIT = 0;\n{first}", 1)) + MLAB_MAP


def cells(source):
    """How many of each cell Yosys makes of a module in a file of its name; None and why if it makes none."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report"
        memories = Path(scratch) / "memories.v"
        memories.write_text(memory_map(), encoding="utf-8")
        rules = Path(scratch) / "rules.txt"
        rules.write_text(memory_rules(), encoding="utf-8")
        synth = f"synth_intel_alm -family cyclone10gx -top {source.stem} -noiopad -noclkbuf"
        # Some designs stop Yosys 0.23 where names of bits meet (Assert `count_id(cell->name) == 0'): splitnets.
        script = (f"read_verilog {source.name}; {synth} -run begin:map_bram; "
                  f"memory_bram -rules {rules}; techmap -map {memories}; "
                  f"{synth} -run map_ffram:map_luts; splitnets; "
                  f"{synth} -run map_luts:; tee -o {report} stat")
        done = subprocess.run(["yosys", "-q", "-p", script], cwd=source.parent, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            return None, done.stdout.strip().splitlines()[-1:]
        found = {}
        for line in report.read_text(encoding="utf-8").splitlines():
            match = CELL.match(line)
            if match:
                found[match[1]] = found.get(match[1], 0) + int(match[2])
    return found, []


def resources(found):
    """(ALM, DSP, M20K, FF) of some cells."""
    count = lambda *names: sum(found.get(name, 0) for name in names)
    small = count("MISTRAL_ALUT2", "MISTRAL_ALUT3", "MISTRAL_ALUT4", "MISTRAL_ALUT_ARITH")
    logic = small / 2 + 0.75 * count("MISTRAL_ALUT5") + count("MISTRAL_ALUT6")
    registers = count("MISTRAL_FF")
    # Each ALM has four registers, of which two come with its tables.
    spare = max(0, registers - 2 * logic) / 4
    memory = 10 * count("MISTRAL_MLAB") / 20
    multipliers = count("MISTRAL_MUL9X9", "MISTRAL_MUL18X18", "MISTRAL_MUL27X27")
    blocks = count("MISTRAL_M20K", "altsyncram")
    return logic + spare + memory, (multipliers + 1) // 2, blocks, registers
