#!/usr/bin/python3
"""`cleave compare-run` and `cleave report --measured`, with the built program. Usage: compare_run_test.py ROOT CLEAVE

Times that somebody wrote by hand are compared with what a bundle predicts; rows of them are read by `cleave calibrate`;
what is wrong is named, and nothing is written.
"""
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema

ROOT, CLEAVE = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
TERMS = {"gpu": ("kernel", "conversion"), "fpga": ("fpga",), "link": ("transfer",)}


def cleave(*arguments, status=0):
    done = subprocess.run([CLEAVE, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != status:
        raise AssertionError(f"cleave {arguments}: status {done.returncode}, not {status}\n{done.stderr}")
    return done


def schema(name):
    document = json.loads((ROOT / f"docs/schema/{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(document)
    return jsonschema.Draft7Validator(document)


class CompareRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.scratch = Path(cls.temporary.name)
        cls.out, cls.bundle = cls.scratch / "out", cls.scratch / "bundle"
        cleave("explore", ROOT / "test/configs/squeezenet_1.1.yaml", "-o", cls.out)
        cleave("deploy", cls.out, "--point", "min-latency", "-o", cls.bundle, "--no-rtl")
        text = (cls.bundle / "manifest.json").read_bytes()
        cls.manifest = json.loads(text)
        cls.sha256 = hashlib.sha256(text).hexdigest()

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def measured(self, factor=1.5):
        """All steps `factor` times as long as predicted, as a dictionary."""
        steps = []
        for step in self.manifest["steps"]:
            expected = step["expected"]
            steps.append({"step": step["id"], "device": step["device"], "runs": 10,
                          "median_s": factor * expected["duration_ns"] / 1e9}
                         | {f"{term}_s": factor * expected["terms"][f"{term}_ns"] / 1e9 for term in TERMS[step["device"]]})
        platform = self.manifest["platform"]
        return {"schema_version": 1, "bundle": {"manifest_sha256": self.sha256}, "steps": steps,
                "devices": {device: {"model": platform[device]["model"]} for device in ("gpu", "fpga", "link")}}

    def write(self, document, name="measured.json"):
        path = self.scratch / name
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")
        return path

    def test_terms_sum_to_durations(self):
        devices = set()
        for step in self.manifest["steps"]:
            expected = step["expected"]
            devices.add(step["device"])
            self.assertEqual(set(expected["terms"]), {f"{term}_ns" for term in TERMS[step["device"]]})
            self.assertEqual(sum(expected["terms"].values()), expected["duration_ns"])
        self.assertEqual(devices, {"gpu", "fpga", "link"})

    def test_what_is_measured_is_compared(self):
        document = self.measured()
        self.assertEqual([fault.message for fault in schema("measured").iter_errors(document)], [])
        path = self.write(document)
        done = cleave("compare-run", self.bundle, path)
        self.assertEqual(done.stderr, "")
        self.assertIn("furthest from the prediction:", done.stdout)
        self.assertIn(f"{len(document['steps'])} of {len(document['steps'])} steps", done.stdout)
        result = json.loads(cleave("compare-run", self.bundle, path, "--json").stdout)
        self.assertEqual([fault.message for fault in schema("run").iter_errors(result)], [])
        self.assertEqual([round(total["ratio"], 9) for total in result["totals"]], [1.5] * len(result["totals"]))
        self.assertEqual(result["warnings"], [])
        longest = max(document["steps"], key=lambda step: max(step.get(f"{term}_s", 0) for term in sum(TERMS.values(), ())))
        self.assertEqual(result["misses"][0]["step"], longest["step"])

    def test_the_example_of_the_page_has_the_form(self):
        text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
        example = json.loads(re.search(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1])
        self.assertEqual([fault.message for fault in schema("measured").iter_errors(example)], [])
        example["bundle"]["manifest_sha256"] = self.sha256
        example["steps"] = example["steps"][:1]
        self.assertEqual(self.manifest["steps"][0]["device"], "gpu")
        done = cleave("compare-run", self.bundle, self.write(example))
        self.assertRegex(done.stdout, r"0  gpu +conversion +\S+ us +58.0 us")
        self.assertRegex(done.stdout, r"latency +\S+ ms +4.05 ms")

    def test_other_devices_are_named(self):
        document = self.measured()
        document["devices"] |= {"gpu": {"description": "a\u202eb desk"}, "fpga": {"how": "emulated"}}
        document["steps"] = [step for step in document["steps"] if step["device"] != "link"]
        done = cleave("compare-run", self.bundle, self.write(document))
        self.assertIn("not said to be jetson_tx2", done.stderr)
        self.assertIn("was emulated", done.stderr)
        self.assertIn("not measured", done.stdout)
        self.assertNotIn("\u202e", done.stdout + done.stderr)
        result = json.loads(cleave("compare-run", self.bundle, self.write(document), "--json").stdout)
        self.assertEqual([fault.message for fault in schema("run").iter_errors(result)], [])
        emulated = {step["step"] for step in result["steps"] if step["how"] == "emulated"}
        self.assertTrue(emulated)
        self.assertFalse(emulated & {miss["step"] for miss in result["misses"]})
        self.assertEqual(len(result["not_measured"]), sum(step["device"] == "link" for step in self.manifest["steps"]))

    def test_rows_go_back_to_calibrate(self):
        rows = self.scratch / "rows"
        done = cleave("compare-run", self.bundle, self.write(self.measured()), "--rows", rows)
        self.assertIn("cleave calibrate gpu --workloads", done.stderr)
        check = cleave("calibrate", "--check", "jetson_tx2", rows / "workloads.csv", rows / "layers.csv", "--json")
        workloads = (rows / "workloads.csv").read_text(encoding="utf-8").splitlines()[1:]
        kernels = [step for step in self.manifest["steps"] if step["expected"]["terms"].get("kernel_ns", 0) > 0]
        self.assertEqual(len(workloads), len(kernels))
        self.assertTrue(json.loads(check.stdout))
        cleave("calibrate", "--check", "pcie_gen2_x4_measured", rows / "transfers.csv")
        transfers = (rows / "transfers.csv").read_text(encoding="utf-8").splitlines()[1:]
        crossing = [tensor["crossing"]["bytes"] for tensor in self.manifest["tensors"] if "crossing" in tensor]
        cells = [row.split(",") for row in transfers]
        self.assertEqual(sum(round(1024 * float(size)) * ((down != "") + (up != "")) for size, down, up in cells), sum(crossing))

    def test_rows_of_an_earlier_run_go(self):
        rows = self.scratch / "earlier"
        document = self.measured()
        cleave("compare-run", self.bundle, self.write(document), "--rows", rows)
        (rows / "ops.csv.mine").write_text("kept", encoding="utf-8")
        document["steps"] = [step for step in document["steps"] if step["device"] == "link"]
        cleave("compare-run", self.bundle, self.write(document), "--rows", rows)
        self.assertEqual(sorted(path.name for path in rows.iterdir()), ["ops.csv.mine", "transfers.csv"])

    def test_what_is_wrong_is_refused(self):
        document = self.measured()
        document["steps"][0]["median_s"] = "1 ms"
        document["steps"][1]["step"] = 99
        document["bundle"]["manifest_sha256"] = "0" * 64
        path = self.write(document, "wrong.json")
        for command in (("compare-run", self.bundle, path, "--rows", self.scratch / "none"),
                        ("report", self.out, "--bundle", self.bundle, "--measured", path, "-o", self.scratch / "none")):
            done = cleave(*command, status=2)
            self.assertEqual(done.stdout, "")
            lines = done.stderr.splitlines()
            self.assertEqual(len(lines), 3)
            for line in lines:
                self.assertRegex(line, r"^.*wrong\.json:\d+:\d+: error: ")
            self.assertFalse((self.scratch / "none").exists())
        for text in ("", "[", "[]", "{}", "null", '{"schema_version": 2}'):
            bad = self.scratch / "bad.json"
            bad.write_text(text, encoding="utf-8")
            with self.subTest(text):
                self.assertIn("error: ", cleave("compare-run", self.bundle, bad, status=2).stderr)
        good = self.write(self.measured())
        self.assertIn("error: ", cleave("compare-run", self.out, good, status=2).stderr)
        self.assertIn("--bundle", cleave("report", self.out, "--measured", good, status=2).stderr)
        other = self.scratch / "other"
        cleave("explore", ROOT / "test/configs/squeezenet_1.1.yaml", "-o", other, "--set", "fpga.clock=80MHz")
        self.assertIn("another front", cleave("report", other, "--bundle", self.bundle, "--measured", good, "-o",
                                              self.scratch / "none", status=2).stderr)
        network = self.bundle / "network.yaml"
        text = network.read_bytes()
        network.write_bytes(text + b"\n")
        try:
            done = cleave("compare-run", self.bundle, good, "--rows", self.scratch / "none", status=2)
            self.assertIn("another SHA-256", done.stderr)
        finally:
            network.write_bytes(text)
        self.assertFalse((self.scratch / "none").exists())

    def test_reports_draw_both(self):
        page, plots = self.scratch / "report.html", self.scratch / "plots"
        cleave("report", self.out, "--bundle", self.bundle, "--measured", self.write(self.measured()), "-o", page, "--svg", plots)
        text = page.read_text(encoding="utf-8")
        self.assertEqual(text.count("Measured against predicted</h2>"), 1)
        self.assertNotIn("no board was measured", text)
        plot = (plots / "measured.svg").read_text(encoding="utf-8")
        self.assertEqual(plot.count("predicted</text>"), len(self.manifest["steps"]))
        cleave("report", self.out, "-o", page)
        self.assertNotIn("Measured against predicted</h2>", page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
