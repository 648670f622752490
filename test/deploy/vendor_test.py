#!/usr/bin/python3
"""Projects that a bundle holds for tools of vendors, with stand-ins for these. Usage: vendor_test.py ROOT CLEAVE

The tools cannot be had: their scripts are run by a plain Tcl with commands that check what they are given, name only files
that exist, and answer as the tools' manuals say.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, CLEAVE = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))

QUARTUS = r"""
foreach name {project flow report} { package provide ::quartus::$name 1.0 }
proc must_exist {name} { if {![file exists $name]} { error "no file $name" } }
proc set_global_assignment {-name key value} {
    if {$key in {VERILOG_FILE SDC_FILE}} { must_exist $value }
    puts "$key=$value"
}
proc set_instance_assignment args { puts "instance $args" }
proc project_open name { must_exist $name.qpf; source $name.qsf }
proc export_assignments {} {}
proc execute_flow args { puts "flow $args" }
proc load_report {} {}
proc project_close {} {}
set panels {
    %panels%
    "Timing Analyzer||Slow 900mV 100C Model||Slow 900mV 100C Model Fmax Summary" {{"Fmax" ""} {"201.5 MHz" "201.5 MHz"}}
    "Timing Analyzer||Slow 900mV 0C Model||Slow 900mV 0C Model Fmax Summary" {{"Fmax" ""} {"187.25 MHz" "187 MHz"}}
}
proc get_report_panel_names {} { dict keys $::panels }
proc get_report_panel_id panel { return $panel }
proc get_number_of_rows {-id id} { llength [dict get $::panels $id] }
proc get_report_panel_data {-id id -row row -col col} { lindex [dict get $::panels $id] $row $col }
"""
# Rows as public reports of Quartus Prime Pro have them: of the whole panel, and of the summary that is all there may be.
USAGE = """
    "Fitter||Resource Section||Fitter Resource Usage Summary" {
        {"Logic utilization (ALMs needed / total ALMs on device)" "1,234 / 80,330" "2 %"} {"ALMs needed \\[=A-B+C\\]" "1,234" ""}
        {"M20K blocks" "34 / 587" "6 %"} {"DSP Blocks Needed \\[=A+B-C\\]" "12 / 192" "6 %"}
        {"  Dedicated logic registers" "5,678" ""}}
    "Power Analyzer||Power Analyzer Summary" {{"Total Thermal Power Dissipation" "1571.25 mW"}}
"""
SUMMARY = """
    "Fitter||Fitter Summary" {
        {"Logic utilization (in ALMs)" "2,234 / 80,330 ( 3 % )"} {"Total dedicated logic registers" "6678"}
        {"Total block memory bits" "9,999 / 12,021,760 ( < 1 % )"} {"Total RAM Blocks" "35 / 587 ( 6 % )"}
        {"Total DSP Blocks" "13 / 192 ( 7 % )"}}
"""
LICENCE = "proc execute_module args {}\n"
NO_LICENCE = 'proc execute_module args { error "no licence" }\n'


def quartus(panels, device="", licence=LICENCE):
    return QUARTUS.replace("%panels%", panels) + licence + f"set quartus(args) {{{device}}}\n"


VIVADO = r"""
proc must_exist {name} { if {![file exists $name]} { error "no file $name" } }
proc create_project args { puts "project $args" }
proc read_verilog name { must_exist $name }
proc add_files {-norecurse name} { must_exist $name }
proc read_xdc name { must_exist $name; source $name }
proc create_clock args { puts "clock $args" }
proc get_ports name { return $name }
foreach step {synth_design opt_design place_design phys_opt_design route_design} { proc $step args { puts "step [info level 0]" } }
proc report_utilization -return_string {
    return "| CLB LUTs                   | 2345 |\n| CLB Registers | 4567 |\n| Block RAM Tile | 12.5 |\n| DSPs | 8 |"
}
proc get_timing_paths args { return path }
proc get_property {name path} { return 0.5 }
proc report_power -return_string { return "| Total On-Chip Power (W)  | 1.25 |" }
"""
TRTEXEC = '#!/bin/sh\nfor option in "$@"; do case $option in --onnx=*) test -e "${option#--onnx=}" || exit 1 ;; esac; done\necho "$@"\n'


class Projects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = Path(scratch.name)
        config = ROOT / "configs/shufflenet_v2_0.5.yaml"
        subprocess.run([CLEAVE, "-q", "explore", config, "-o", cls.scratch / "out", "--set", "search.share_step=8"],
                       check=True, capture_output=True)
        subprocess.run([CLEAVE, "-q", "deploy", cls.scratch / "out/front.json", "--point", "min-latency", "--rtl", "-o",
                        cls.scratch / "bundle"], check=True, capture_output=True)
        cls.steps = sorted((cls.scratch / "bundle/rtl").iterdir())

    def tcl(self, stand_in, folder, arguments):
        main = self.scratch / "main.tcl"
        main.write_text(stand_in + f"\nset argv0 x\nsource compile.tcl\n", encoding="utf-8")
        return subprocess.run(["tclsh", main, *arguments], cwd=folder, capture_output=True, text=True, check=False)

    def setUp(self):
        if shutil.which("tclsh") is None:
            self.skipTest("tclsh is not installed (Debian package tcl)")

    def test_quartus_compiles_every_step(self):
        self.assertGreaterEqual(len(self.steps), 2)
        for step in self.steps:
            folder = step / "quartus"
            done = self.tcl(quartus(USAGE), folder, [])
            self.assertEqual(done.returncode, 0, done.stderr)
            sources = {line.split("/")[-1] for line in done.stdout.splitlines() if line.startswith("VERILOG_FILE")}
            self.assertEqual(sources, {path.name for path in step.glob("*.v")} - {"bench.v"})
            self.assertIn(f"FAMILY=Cyclone 10 GX\nDEVICE=10CX220YF780E5G\nTOP_LEVEL_ENTITY={step.name}_top\n", done.stdout)
            self.assertIn("flow -compile", done.stdout)
            self.assertEqual((folder / "figures.csv").read_text(encoding="utf-8"),
                             "alm,dsp,m20k,ff,fmax_mhz,power_w\n1234,12,34,5678,187.25,1.57125\n")

    def test_names_are_unique_over_a_bundle(self):
        self.assertGreaterEqual(len(self.steps), 2)
        sources = [path for step in self.steps for path in step.glob("*.v") if path.name != "bench.v"]
        texts = [path.read_text(encoding="utf-8") for path in sources]
        modules = [name for text in texts for name in re.findall(r"^module (\w+)", text, re.MULTILINE)]
        images = [name for text in texts for name in re.findall(r'\$readmemh\("([^"]+)"', text)]
        self.assertEqual(modules, [path.stem for path in sources])
        self.assertEqual(len(set(modules)), len(modules))
        self.assertGreater(len(images), len(self.steps))
        self.assertEqual(len(set(images)), len(images))
        self.assertEqual(set(images), {path.name for step in self.steps for path in step.glob("*_[wb].hex")})

    def test_figures_of_a_summary_do(self):
        folder = self.steps[0] / "quartus"
        done = self.tcl(quartus(SUMMARY, licence=NO_LICENCE), folder, [])
        self.assertEqual((done.returncode, done.stderr), (1, "compile.tcl: the reports have no figure for power_w\n"))
        self.assertEqual((folder / "figures.csv").read_text(encoding="utf-8"),
                         "alm,dsp,m20k,ff,fmax_mhz,power_w\n2234,13,35,6678,187.25,\n")
        # Where both are, the whole panel counts.
        done = self.tcl(quartus(SUMMARY + USAGE), folder, [])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("\n1234,12,34,5678,187.25,1.57125\n", done.stdout)

    def test_figures_that_no_report_has_are_named(self):
        folder = self.steps[0] / "quartus"
        done = self.tcl(quartus(USAGE.replace("DSP Blocks", "Blocks").replace("M20K", "M9K")), folder, [])
        self.assertEqual((done.returncode, done.stderr), (1, "compile.tcl: the reports have no figure for dsp, m20k\n"))
        self.assertEqual((folder / "figures.csv").read_text(encoding="utf-8"),
                         "alm,dsp,m20k,ff,fmax_mhz,power_w\n1234,,,5678,187.25,1.57125\n")

    def test_quartus_takes_another_device(self):
        done = self.tcl(quartus(USAGE, "10CX105YF780E5G"), self.steps[0] / "quartus", [])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("DEVICE=10CX105YF780E5G", done.stdout)

    def test_vivado_compiles_every_step(self):
        for step in self.steps:
            folder = step / "vivado"
            done = self.tcl(VIVADO, folder, ["xczu3eg-sbva484-1-e"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"step synth_design -top {step.name}_top -mode out_of_context", done.stdout)
            self.assertIn("clock -name aclk -period 6.667 aclk", done.stdout)
            # 6.667 ns, of which half a nanosecond is left.
            self.assertEqual((folder / "figures.csv").read_text(encoding="utf-8"),
                             "lut,dsp,bram36,ff,fmax_mhz,power_w\n2345,8,12.5,4567,162.15,1.25\n")
        self.assertEqual(self.tcl(VIVADO, self.steps[0] / "vivado", []).returncode, 2)

    def test_trtexec_builds_every_step_of_the_gpu(self):
        tool = self.scratch / "trtexec"
        tool.write_text(TRTEXEC, encoding="utf-8")
        tool.chmod(0o755)
        done = subprocess.run(["sh", self.scratch / "bundle/trtexec.sh", "--fp16"], capture_output=True, text=True,
                              env={**os.environ, "TRTEXEC": str(tool)}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        gpu = sorted(path.stem for path in (self.scratch / "bundle/steps").glob("*_gpu.onnx"))
        self.assertEqual(done.stdout.splitlines(),
                         [f"--int8 --onnx=steps/{name}.onnx --saveEngine=engines/{name}.plan --fp16" for name in gpu])


if __name__ == "__main__":
    unittest.main()
