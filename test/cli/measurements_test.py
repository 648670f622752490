#!/usr/bin/python3
"""`cleave measurements` from outside: status, files and streams. Usage: measurements_test.py ROOT CLEAVE"""
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from support import ROOT, has_onnx, run

DATA = ROOT / "test/measurements/data"


class Measurements(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.out = Path(self.temp.name, "rows.csv")

    def test_rows_go_to_a_file_and_notes_to_standard_error(self):
        done = run("measurements", "trtexec", DATA / "trtexec_times.json", "-o", self.out)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(self.out.read_text(encoding="utf-8"), "workload,latency_ms,gpu_power_mw\ntrtexec_times,2.565,\n")
        self.assertIn("cleave: note: ", done.stderr)
        self.assertIn(f"wrote {self.out}: 1 rows", done.stderr)

    def test_a_dash_is_standard_output(self):
        done = run("measurements", "nsys", DATA / "nsys_cuda_gpu_kern_sum.csv", "--runs", 200, "--workload", "a@224", "-o", "-")
        self.assertEqual((done.returncode, done.stdout), (0, "workload,latency_ms,gpu_power_mw\na@224,0.22766,\n"))

    def test_json_has_figures_as_numbers(self):
        done = run("measurements", "jtop", DATA / "jtop.csv", "--workload", "224", "-o", self.out, "--json")
        found = json.loads(done.stdout)
        self.assertEqual(found["rows"], [{"workload": "224", "gpu_power_mw": 2150}])
        self.assertEqual(len(found["notes"]), 2)

    def test_after_a_fault_nothing_is_written(self):
        self.out.write_text("as it was", encoding="utf-8")
        cut = Path(self.temp.name, "cut.json")
        cut.write_text((DATA / "trtexec_times.json").read_text(encoding="utf-8")[:-4], encoding="utf-8")
        for arguments in (("trtexec", cut, DATA / "trtexec_times.json"), ("tegrastats", cut), ("jtop", cut),
                          ("quartus", cut, "--model", "squeezenet_1.1"), ("hls", cut, "--model", "squeezenet_1.1"),
                          ("tegrastats", DATA / "tegrastats_tx2_jetpack4.log", "--interval", "100"),
                          ("trtexec", DATA / "trtexec_times.json", "--add-to", cut),
                          ("vivado", DATA / "vivado_power.rpt", "--layer", "fire2/expand3x3")):
            with self.subTest(arguments[0]):
                done = run("measurements", *arguments, "-o", self.out)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(": error: ", done.stderr)
                self.assertEqual(self.out.read_text(encoding="utf-8"), "as it was")

    def test_faults_of_all_files_come_together(self):
        done = run("measurements", "tegrastats", DATA / "jtop.csv", DATA / "tegrastats_orin_nano.log", "/none", "-o", "-")
        self.assertEqual(done.returncode, 2)
        for name in ("jtop.csv:1:1: error: ", "jtop.csv:2:1: error: ", "tegrastats_orin_nano.log:1:1: error: ",
                     "/none: error: cannot read the file"):
            self.assertIn(name, done.stderr)

    def test_layers_are_those_of_an_onnx_model_by_its_nodes(self):
        if not has_onnx():
            self.skipTest("this program has no ONNX library")
        model = Path(self.temp.name, "net.onnx")
        self.assertEqual(run("network", "export", "squeezenet_1.1", "-o", model).returncode, 0)
        shown = json.loads(run("network", "show", "squeezenet_1.1", "--json").stdout)
        names = [layer["name"] for layer in shown["layers"] if layer["op"] == "conv"]
        profile = Path(self.temp.name, "profile.json")
        profile.write_text(json.dumps([{"count": 1}] + [
            {"name": f"{name} + {name}.relu", "timeMs": 1, "averageMs": 1 + i, "medianMs": 1 + i, "percentage": 1}
            for i, name in enumerate(names)]), encoding="utf-8")
        done = run("measurements", "trtexec", profile, "--model", model, "-o", self.out, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)["rows"]
        self.assertEqual(len(rows), len(names))
        self.assertEqual([row["latency_ms"] for row in rows], list(range(1, 1 + len(names))))
        self.assertEqual([(row["c_out"], row["kernel_h"]) for row in rows[:4]], [(64, 3), (16, 1), (64, 1), (64, 3)])
        self.assertIn("layers of", done.stderr)


if __name__ == "__main__":
    unittest.main()
