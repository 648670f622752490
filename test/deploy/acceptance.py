#!/usr/bin/python3
"""From a network to a verified bundle with the built program. Usage: acceptance.py ROOT CLEAVE FOLDER

Exports the networks that ship with weights of seed 1, explores, deploys points of different strategies, checks the
manifests against their schema and verifies every bundle; then damages bundles and sees them refused. Leaves the bundles
in FOLDER, with cases.json, for runner.py.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import jsonschema

sys.dont_write_bytecode = True
from small_models import COPIED, MODELS, QUANTISED

ROOT, CLEAVE, FOLDER = (Path(sys.argv.pop(1)) for _ in range(3))
CONFIGS = ROOT / "test/configs"
NETWORKS = ("squeezenet_1.0", "squeezenet_1.1", "mobilenet_v2_0.5", "mobilenet_v2_1.0", "shufflenet_v2_0.5",
            "shufflenet_v2_1.0")
GCONV = ["space.strategies=[gconv]", "search.share_step=4"]
FOLDED = ["fpga.implementation=[folded, dhm-csd]", "search.epsilon=0.01"]
# A network of the tests, with the configuration that it takes the place in.
EVERY = "every_operation"
EVERY_SPEC = ROOT / "test/deploy/every_operation.yaml"
# What is explored, and what the points that are deployed use: a strategy, the axis of a split, or a run that spans
# modules.
CASES = [
    ("squeezenet_1.0", [], {"filters"}),
    ("squeezenet_1.0", [*GCONV, "space.axes=[channels]"], {"channels"}),
    ("mobilenet_v2_0.5", ["search.share_step=4"], {"spanning"}),
    ("mobilenet_v2_0.5", [*GCONV, "space.axes=[channels]"], {"channels"}),
    ("mobilenet_v2_0.5", [*GCONV, "space.axes=[groups]"], {"groups"}),
    ("shufflenet_v2_0.5", ["search.share_step=4"], {"dwconv", "spanning"}),
    ("shufflenet_v2_0.5", [*GCONV, "space.axes=[groups]"], {"groups"}),
    ("squeezenet_1.1", [], {"fused"}),
    ("mobilenet_v2_1.0", ["search.share_step=8"], {"spanning"}),
    ("shufflenet_v2_1.0", ["search.share_step=4"], {"fused"}),
    ("mobilenet_v2_0.5", FOLDED, {"fused", "spanning"}),
    ("squeezenet_1.1", FOLDED, {"fused"}),
    (EVERY, [f"network={EVERY_SPEC}", "link.model=pcie_gen2_x4_paper"], {"fused"}),
]


def cleave(*arguments, status=0):
    done = subprocess.run([CLEAVE, *map(str, arguments)], capture_output=True, text=True, timeout=None, check=False)
    if done.returncode != status:
        raise AssertionError(f"cleave {' '.join(map(str, arguments))}: status {done.returncode}, not {status}\n{done.stderr}")
    return done


def validator(kind):
    schema = json.loads((ROOT / "docs/schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def features(point):
    """Strategies and axes that a point uses, and `spanning` if a run on the FPGA crosses module borders."""
    found = {module["strategy"] for module in point["modules"]}
    modules_of_run = {}
    for module in point["modules"]:
        for layer in module["layers"]:
            if layer["device"] == "split":
                found.add(layer["axis"])
            elif layer["device"] == "fpga":
                modules_of_run.setdefault(layer["fpga_run"], set()).add(module["name"])
    if any(len(modules) > 1 for modules in modules_of_run.values()):
        found.add("spanning")
    return found


def reseal(bundle, name):
    """Makes the manifest's entry of a file fit its content again, as one would who hides a change."""
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    content = (bundle / name).read_bytes()
    for file in manifest["files"]:
        if file["path"] == name:
            file.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    path.write_text(json.dumps(manifest), encoding="utf-8")


class Deploy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        cls.cases, cls.small = [], []
        for network in NETWORKS:
            cleave("network", "export", network, "-o", FOLDER / f"{network}.onnx", "--seed", 1)
        cleave("network", "export", EVERY_SPEC, "-o", FOLDER / f"{EVERY}.onnx", "--seed", 1)

    def test_1_bundles_verify(self):
        manifests, reports = validator("manifest"), validator("verify")
        used = set()
        for number, (network, overrides, wanted) in enumerate(CASES):
            with self.subTest(network=network, overrides=overrides):
                out = FOLDER / f"{number}_{network}"
                model = FOLDER / f"{network}.onnx"
                sets = [part for override in overrides for part in ("--set", override)]
                config = CONFIGS / f"{'squeezenet_1.0' if network == EVERY else network}.yaml"
                cleave("explore", config, "-o", out / "out", *sets)
                front = json.loads((out / "out/front.json").read_text(encoding="utf-8"))["front"]
                point = next((point for point in front if wanted <= features(point)), None)
                self.assertIsNotNone(point, f"no point uses {wanted}")
                used |= features(point)
                bundle = out / "bundle"
                cleave("deploy", out / "out/front.json", "--point", point["id"], "--model", model, "-o", bundle)
                manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
                self.assertEqual([error.message for error in manifests.iter_errors(manifest)], [])
                report = json.loads(cleave("verify", bundle, "--model", model, "--inputs", 2, "--json").stdout)
                self.assertEqual([error.message for error in reports.iter_errors(report)], [])
                self.assertTrue(report["passed"])
                self.assertLessEqual(report["worst_float_error"], 1e-5)
                # A wrong format loses far more than this.
                self.assertGreater(report["worst_sqnr_db"], 10)
                self.cases.append({"bundle": str(bundle), "model": str(model)})
                print(f"{network} {point['id']} {sorted(features(point))}: float error "
                      f"{report['worst_float_error']:.1e}, SQNR {report['worst_sqnr_db']:.1f} dB, top-1 "
                      f"{report['same_top1']} of {len(report['inputs'])}")
        self.assertLessEqual({"channels", "filters", "groups", "dwconv", "fused", "spanning"}, used)
        (FOLDER / "cases.json").write_text(json.dumps(self.cases), encoding="utf-8")

    def test_1_small_models(self):
        manifests, reports = validator("manifest"), validator("verify")
        on_fpga, own_scales = set(), 0
        for name, make in MODELS.items():
            with self.subTest(name):
                out = FOLDER / f"small_{name}"
                out.mkdir()
                model = make().write(out / "model.onnx")
                # Where nothing costs anything on the way to the FPGA, it is used.
                cleave("explore", model, "-o", out / "out", "--set", "energy.conversion=free", "--set", "link.overhead=0 s",
                       "--set", "link.floor=0 s", "--set", "link.bandwidth=100 GB/s")
                for point in ("min-latency", "min-energy"):
                    bundle = out / point
                    cleave("deploy", out / "out/front.json", "--point", point, "--model", model, "-o", bundle)
                    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
                    self.assertEqual([error.message for error in manifests.iter_errors(manifest)], [])
                    report = json.loads(cleave("verify", bundle, "--model", model, "--json").stdout)
                    self.assertEqual([error.message for error in reports.iter_errors(report)], [])
                    self.assertLessEqual(report["worst_float_error"], 1e-5)
                    copied = [layer["name"] for layer in manifest["layers"] if layer["op"] == "other"]
                    self.assertEqual(report["not_computed"], copied)
                    self.assertEqual(bool(copied), name in COPIED)
                    if manifest["calibration"].get("stand_ins"):
                        on_fpga.add(name)
                    crosses = any(step["device"] == "fpga" for step in manifest["steps"])
                    self.assertEqual("model_scales" in manifest["calibration"], crosses and name in QUANTISED)
                    own_scales += crosses and name in QUANTISED
                    self.small.append({"bundle": str(bundle), "model": str(model)})
                # Without the model there is nothing to copy.
                if name in COPIED:
                    done = cleave("deploy", out / "out/front.json", "--point", "knee", "-o", out / "none", status=2)
                    self.assertIn("--model", done.stderr)
        self.assertGreaterEqual(len(on_fpga), 5)
        self.assertGreaterEqual(own_scales, len(QUANTISED))
        (FOLDER / "small.json").write_text(json.dumps(self.small), encoding="utf-8")

    def test_2_same_seed_same_bytes(self):
        model = FOLDER / "squeezenet_1.0.onnx"
        again, other = FOLDER / "again.onnx", FOLDER / "other.onnx"
        cleave("network", "export", "squeezenet_1.0", "-o", again, "--seed", 1)
        cleave("network", "export", "squeezenet_1.0", "-o", other, "--seed", 2)
        self.assertEqual(again.read_bytes(), model.read_bytes())
        self.assertNotEqual(other.read_bytes(), model.read_bytes())

    def test_3_thresholds(self):
        case = self.cases[0]
        verify = ("verify", case["bundle"], "--model", case["model"], "--inputs", 1)
        cleave(*verify, "--min-sqnr", 200, status=5)
        cleave(*verify, "--max-error", 0, "--min-sqnr", 1)
        # Sums in another order: not equal, but within the default.
        case = next(case for case in self.cases if EVERY in case["bundle"])
        verify = ("verify", case["bundle"], "--model", case["model"], "--inputs", 1)
        cleave(*verify)
        done = cleave(*verify, "--max-error", 0, status=5)
        self.assertIn("more than the 0 of --max-error", done.stderr)
        self.assertIn("float error at most", done.stdout)

    def test_4_damage(self):
        case = self.cases[0]
        bundle = FOLDER / "damaged"
        step = "steps/" + min(path.name for path in Path(case["bundle"]).glob("steps/*_fpga.onnx"))

        def flip(name, position):
            content = bytearray((bundle / name).read_bytes())
            content[position] ^= 1
            (bundle / name).write_bytes(content)

        def change_weight():
            flip(step, (bundle / step).stat().st_size // 2)
            reseal(bundle, step)

        def other_mapping():
            path = bundle / "mapping.yaml"
            path.write_text(path.read_text(encoding="utf-8").split("runs:")[0], encoding="utf-8")
            reseal(bundle, "mapping.yaml")

        circuit = next(iter(sorted(Path(case["bundle"]).glob("rtl/s*")))).relative_to(case["bundle"])

        def other_circuit():
            path = bundle / circuit / f"{circuit.name}_top.v"
            path.write_text(path.read_text(encoding="utf-8").replace("& ~rst", "| rst", 1), encoding="utf-8")
            reseal(bundle, str(circuit / f"{circuit.name}_top.v"))

        def other_image():
            flip(str(circuit / "in_0.hex"), 0)
            reseal(bundle, str(circuit / "in_0.hex"))

        damages = {
            "is not what the step's circuit gives": other_circuit,
            "is not what the test vectors give": other_image,
            "SHA-256": lambda: flip(step, 1000),
            step: change_weight,
            "is missing": lambda: (bundle / "schedule.json").unlink(),
            "is not listed": lambda: (bundle / "steps/more.onnx").write_bytes(b""),
            "bytes, not": lambda: (bundle / step).write_bytes(b""),
            "no regular file": lambda: ((bundle / step).unlink(), (bundle / step).symlink_to("/dev/zero")),
            "mapping.yaml": other_mapping,
            "manifest.json:1:2: error": lambda: (bundle / "manifest.json").write_bytes(b"{"),
        }
        for message, damage in damages.items():
            with self.subTest(message):
                shutil.rmtree(bundle, ignore_errors=True)
                shutil.copytree(case["bundle"], bundle)
                damage()
                done = cleave("verify", bundle, "--model", case["model"], status=2)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stdout, "")
        shutil.rmtree(bundle)
        bundle.mkdir()
        os.mkfifo(bundle / "manifest.json")
        self.assertIn("no regular file", cleave("verify", bundle, status=2).stderr)
        shutil.rmtree(bundle)
        other = FOLDER / "other.onnx"
        self.assertIn("SHA-256 is another", cleave("verify", case["bundle"], "--model", other, status=2).stderr)
        self.assertIn("--model is needed", cleave("verify", case["bundle"], status=2).stderr)
        self.assertIn("not this network", cleave("verify", case["bundle"], "--model",
                                                 FOLDER / "mobilenet_v2_0.5.onnx", status=2).stderr)


    def test_5_a_folder_of_its_own(self):
        case = self.cases[0]
        bundle = FOLDER / "again"
        deploy = ("deploy", Path(case["bundle"]).parent / "out/front.json", "--model", case["model"], "-o", bundle)
        shutil.rmtree(bundle, ignore_errors=True)
        bundle.mkdir()
        notes = bundle / "notes.txt"
        notes.write_text("mine", encoding="utf-8")
        done = cleave(*deploy, "--point", "knee", status=2)
        self.assertIn(f"{notes}: error: is no file of an earlier bundle", done.stderr)
        self.assertEqual([path.name for path in bundle.iterdir()], ["notes.txt"])
        # Files that only have a bundle's names.
        notes.rename(bundle / "network.yaml")
        (bundle / "manifest.json").write_text("{}", encoding="utf-8")
        done = cleave(*deploy, "--point", "knee", status=2)
        self.assertIn("network.yaml: error: is no file of an earlier bundle", done.stderr)
        self.assertEqual((bundle / "network.yaml").read_text(encoding="utf-8"), "mine")
        (bundle / "network.yaml").unlink()
        (bundle / "manifest.json").unlink()
        # Over another point's bundle, nothing of that is left.
        cleave(*deploy, "--point", "min-latency")
        cleave(*deploy, "--point", "min-energy")
        cleave("verify", bundle, "--model", case["model"], "--inputs", 1)
        shutil.rmtree(bundle)

    def test_6_too_large_to_run(self):
        spec = FOLDER / "huge.yaml"
        spec.write_text("cleave_network: 1\nname: huge\ninput: {channels: 3, height: 40000, width: 40000}\nmodules:\n"
                        "  - {name: m, layers: [{name: c, op: conv, filters: 4, kernel: 3}]}\n", encoding="utf-8")
        done = cleave("network", "export", spec, "-o", FOLDER / "huge.onnx", status=2)
        self.assertIn("too large to be run: with layer 'input'", done.stderr)
        self.assertFalse((FOLDER / "huge.onnx").exists())


if __name__ == "__main__":
    unittest.main(verbosity=0)
