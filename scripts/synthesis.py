"""Synthesis of modules with Yosys for the Cyclone 10 GX; synthesise and characterise_fpga use it."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

CELL = re.compile(r"^\s+(\S+)\s+(\d+)$")


def memory_map():
    """The part's map of memories, for those with contents, too: Yosys 0.23 gives them a parameter that it does not name.
    The contents are lost, which does not change how many blocks there are."""
    found = shutil.which("yosys-config")
    folder = subprocess.run([found, "--datdir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip() if found else "/usr/share/yosys"
    text = (Path(folder) / "intel_alm/common/bram_m20k_map.v").read_text(encoding="utf-8")
    first = "parameter CFG_ABITS"
    return text if "parameter INIT" in text else text.replace(first, f"parameter INIT = 0;\n{first}", 1)


def cells(source):
    """How many of each cell Yosys makes of a module in a file of its name; None and why if it makes none."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report"
        memories = Path(scratch) / "memories.v"
        memories.write_text(memory_map(), encoding="utf-8")
        synth = f"synth_intel_alm -family cyclone10gx -top {source.stem} -noiopad -noclkbuf"
        # Some designs stop Yosys 0.23 where names of bits meet (Assert `count_id(cell->name) == 0'): splitnets.
        script = (f"read_verilog {source.name}; {synth} -run begin:map_bram; "
                  f"memory_bram -rules +/intel_alm/common/bram_m20k.txt; techmap -map {memories}; "
                  f"{synth} -run map_lutram:map_luts; splitnets; "
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
