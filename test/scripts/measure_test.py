"""measure_cpu and the package `measured` that it is made of, on a device made up here; time_models.mjs where npm has
installed ONNX Runtime."""
import json
import re
import shutil
import subprocess
import sys
import unittest

from support import CLEAVE, ROOT, Script

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "test/support"))
from measured import fits, tables, workloads
from onnx_file import Model

# Stands in for Node: it takes the least times of all workloads from a model. Arguments: cleave, data folder, model.
DEVICE = """import csv, json, subprocess, sys
cleave, root, model, job = *sys.argv[1:4], json.load(open(sys.argv[5]))
folder = sys.argv[5].rsplit("/", 1)[0]
def run(*arguments):
    return subprocess.run([cleave, "--data-dir", root, *arguments], capture_output=True, text=True, check=True).stdout
specs = {one["name"]: one["file"].replace(".onnx", ".yaml") for one in job["models"] if one["name"] != "nothing"}
run("network", "rows", *specs.values(), "-o", folder + "/device_layers.csv")
with open(folder + "/device_workloads.csv", "w") as file:
    file.write("workload,latency_ms\\n" + "".join(f"{name},1\\n" for name in specs))
said = json.loads(run("calibrate", "--check", model, folder + "/device_workloads.csv", folder + "/device_layers.csv", "--json"))
ms = {row["name"]: row["predicted"] * 1e3 for row in said["predictions"]["latency"]}
runs = {"nothing": [0.25, 0.25], **{name: [1.5 * t + 0.25, t + 0.25] for name, t in ms.items()}}
kernels = {one["name"]: [{"node": "stem/conv.relu_nchwc", "op": "Conv", "inputs": [], "output": [], "ms": 0.1},
                         {"node": "ReorderOutput", "op": "ReorderOutput", "inputs": [], "output": [], "ms": 0.3}]
           for one in job["models"] if one["profile"]}
print(json.dumps({"runtime": "0.0", "runs": runs, "kernels": kernels}))
"""


class Whole(Script):
    def test_a_device_of_the_models_form_is_found(self):
        """Hardly any overhead, slower memory: no multiple of the base, but within what the form can say."""
        text = fits.write_base(self.dir / "base.yaml").read_text(encoding="utf-8")
        for figure, value in (("overhead", "0.5 us"), ("memory", "4 GB/s")):
            text, changed = re.subn(rf"\b{figure}: \{{value: [\d.]+ (us|GB/s)", f"{figure}: {{value: {value}", text)
            self.assertGreaterEqual(changed, 9)
        model = self.write("device.yaml", text)
        device = self.write("device.py", DEVICE)
        self.stand_in("node", f"exec python3 '{device}' '{CLEAVE}' '{ROOT}' '{model}' \"$@\"\n")
        out = self.dir / "out"
        done = subprocess.run([ROOT / "scripts/measure_cpu", "--out", out, "--quick", "--name", "made_up"], text=True,
                              capture_output=True, check=False, env=self.environment)
        # Small maps alone leave parameters open, which calibrate says.
        self.assertIn(done.returncode, (0, 5), done.stdout + done.stderr)
        self.assertEqual("measure_cpu: all: " in done.stderr, done.returncode == 5, done.stderr)
        self.assertIn("A run of nothing takes 250 us", done.stdout)
        self.assertIn("differ by ", done.stdout)
        self.assertIn("Power was not measured.", done.stdout)
        rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
        left = [row for row in rows if row[0].strip("| ") in workloads.FAMILIES]
        self.assertEqual(len(left), len(workloads.FAMILIES))
        for row in left:
            self.assertEqual(row[1], "4")  # two networks at two resolutions
            self.assertLess(float(row[2].strip(" %")), 1, row)
            self.assertGreater(float(row[5].strip(" %")), 5, row)
        self.assertIn("The fit is better than that.", done.stdout)
        self.assertEqual(sum("| ReorderOutput | 0.300 | 75.0 % |  | no layer |" in line for line in done.stdout.splitlines()), 6)
        times = tables.read_table(out / "made_up_workloads.csv")
        self.assertEqual(len(times), 2 * 6 + len(workloads.LAYERS))
        self.assertIn("name: made_up\n", (out / "made_up.yaml").read_text(encoding="utf-8"))
        again = subprocess.run([ROOT / "scripts/measure_cpu", "--out", out, "--quick", "--name", "made_up", "--reuse"],
                               text=True, capture_output=True, check=False, env=self.environment)
        self.assertEqual((again.returncode, again.stdout), (done.returncode, done.stdout))

    def test_what_cannot_be_measured_is_said(self):
        self.stand_in("node", "echo 'time_models: no such provider' >&2; exit 2\n")
        done = self.run_script(ROOT / "scripts/measure_cpu", "--out", self.dir / "out", "--quick", "--provider", "cuda",
                               status=2)
        self.assertIn("measure_cpu: time_models: no such provider\nprovider cuda cannot be used here", done.stderr)


class Tables(unittest.TestCase):
    def test_times_are_the_least_less_a_run_of_nothing(self):
        self.assertEqual(tables.least({"nothing": [0.5, 0.25], "a": [3, 2.25], "b": [0.25, 0.25]}, "nothing"),
                         {"a": 2, "b": 1e-4})

    def test_repeatability_is_by_even_and_odd_rounds(self):
        middle, most = tables.repeatability({"a": [2, 1, 3, 4], "b": [1, 1, 1, 1], "c": [1.5, 1, 9, 9]})
        self.assertEqual((middle, most), (0.5, 1))

    def test_nodes_are_named_after_layers(self):
        for node, layer in (("stem/conv.batch_norm.relu6_nchwc", "stem/conv"), ("a/b.relu", "a/b"), ("a/b_nchwc", "a/b"),
                            ("Transpose_3", "Transpose_3")):
            self.assertEqual(tables.layer_of(node), layer)

    def test_kernels_are_told_apart(self):
        shown = {"input": [3, 8, 6], "layers": [
            {"name": "m/conv", "op": "conv", "inputs": ["input"], "output": [4, 4, 3], "kernel": [3, 3], "stride": [2, 2],
             "groups": 1},
            {"name": "m/add", "op": "add", "inputs": ["m/conv", "m/conv"], "output": [4, 4, 3]},
            {"name": "m/pool", "op": "global_avg_pool", "inputs": ["m/add"], "output": [4, 1, 1]}]}
        kernels = [{"node": name, "op": op, "ms": ms} for name, op, ms in (
            ("m/conv_nchwc", "Conv", 2), ("ReorderOutput", "ReorderOutput", 1), ("m/add", "Add", 3), ("m/pool", "Pool", 4),
            ("ReorderOutput_2", "ReorderOutput", 1))]
        rows, shares = tables.tell_apart(kernels, shown)
        self.assertEqual(shares, {"conv_3x3": 2, "ReorderOutput": 2, "Add": 3, "pool": 4})
        (_, conv, _), (_, pool, _) = rows
        self.assertEqual([conv[k] for k in ("op", "h_in", "w_in", "c_in", "h_out", "w_out", "c_out", "kernel_h", "stride")],
                         ["conv", 8, 6, 3, 4, 3, 4, 3, 2])
        self.assertEqual([pool[k] for k in ("op", "h_in", "w_in", "kernel_h", "kernel_w", "c_out")], ["pool", 4, 3, 4, 3, 4])

    def test_workloads_have_names_of_their_own(self):
        names = [workloads.layer_spec(*layer)[0] for layer in workloads.LAYERS]
        self.assertEqual(len(names), len(set(names)))
        self.assertFalse(set(map(fits.family_of, names)) & set(workloads.FAMILIES))

    def test_errors(self):
        off = fits.errors({"a": 1, "b": 2}, {"a": 1.5, "b": 1.5})
        self.assertEqual((off.mean, off.most, off.bias), (0.375, 0.5, 0.125))
        self.assertEqual(fits.scale({"a": 1, "b": 6, "c": 3}, {"a": 1, "b": 2, "c": 2}), 1.5)


class Runner(Script):
    def runner(self):
        """time_models.mjs with the packages of npm beside it: of the source tree, or of the test deploy.runner."""
        if shutil.which("node") is None:
            self.skipTest("Node is not installed")
        for folder in (ROOT / "scripts/deploy", CLEAVE.parents[1] / "test/runner"):
            if (folder / "node_modules/onnxruntime-node").is_dir():
                copy = self.dir / "runner"
                copy.mkdir()
                (copy / "node_modules").symlink_to(folder / "node_modules")
                for name in ("time_models.mjs", "bundle.mjs", "package.json"):
                    shutil.copy(ROOT / "scripts/deploy" / name, copy)
                return copy / "time_models.mjs"
        return self.skipTest("onnxruntime-node is not installed (npm ci --ignore-scripts --prefix scripts/deploy)")

    def job(self, **changes):
        model = Model()
        first = model.conv("m/first", model.input("x", [1, 3, 16, 16]), 3, 16)
        model.node("m/first.relu", "Relu", [first])
        model.conv("m/second", "m/first.relu", 16, 16)
        model.output("m/second")
        model.write(self.dir / "model.onnx")
        models = [{"name": name, "file": str(self.dir / "model.onnx"), "profile": name == "a"} for name in ("a", "b")]
        return self.write("job.json", json.dumps({"models": models, "rounds": 3, "burst": {"ms": 0, "runs": 2},
                                                    "provider": "cpu", **changes}))

    def test_runs_and_kernels_are_timed(self):
        done = self.run_script("node", self.runner(), self.job())
        found = json.loads(done.stdout)
        self.assertEqual({name: len(rounds) for name, rounds in found["runs"].items()}, {"a": 3, "b": 3})
        self.assertGreater(min(found["runs"]["a"]), 0)
        self.assertEqual(list(found["kernels"]), ["a"])
        convolutions = [kernel for kernel in found["kernels"]["a"] if kernel["op"] == "Conv"]
        self.assertEqual([tables.layer_of(kernel["node"]) for kernel in convolutions], ["m/first", "m/second"])
        self.assertEqual(convolutions[1]["inputs"][1], [16, 16, 3, 3])
        self.assertTrue(all(kernel["ms"] >= 0 for kernel in convolutions))

    def test_what_cannot_be_timed_is_refused(self):
        runner = self.runner()
        missing = [{"name": "gone", "file": str(self.dir / "gone.onnx"), "profile": False}]
        self.assertIn("time_models: gone: ", self.run_script("node", runner, self.job(models=missing), status=2).stderr)
        self.assertIn("Usage: time_models.mjs", self.run_script("node", runner, status=2).stderr)


class Emulated(Script):
    DATA = ROOT / "../shared/data"

    def test_without_measurements_it_says_so(self):
        done = self.run_script(ROOT / "scripts/try_calibration", self.dir, status=1)
        self.assertIn("try_calibration: there is no", done.stderr)

    def test_networks_that_were_not_drawn_are_predicted(self):
        if not (self.DATA / "tx2_workloads.csv").is_file():
            self.skipTest(f"there is no {self.DATA}")
        done = self.run_script(ROOT / "scripts/try_calibration", self.DATA, "--devices", "1", "--rounds", "1", "--networks", "20")
        row = done.stdout.splitlines()[-1]
        latency, power = (float(number) for number in re.match(r"\| the TX2 \| ([\d.]+), ([\d.]+) %", row).groups())
        self.assertLess(latency, 12, row)
        self.assertLess(power, 15, row)
