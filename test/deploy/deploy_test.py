#!/usr/bin/python3
"""What `cleave deploy` takes, refuses and writes, with the built program. Usage: deploy_test.py ROOT CLEAVE

A front can be explored again from its inputs, a bundle has the same bytes on every run, whatever layers are called, and
of what does not fit together nothing is written.
"""
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT, CLEAVE = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
CONFIGS = [*sorted((ROOT / "configs/paper").glob("*.yaml")), *sorted((ROOT / "test/configs").glob("*.yaml")),
           ROOT / "configs/mobilenet_v2_0.5.yaml"]
INPUTS = ("config", "network", "gpu", "fpga", "link")
# Layer names that would do harm where text is not escaped.
HARMFUL = ["quote\"'", "<script>b", "..", "$(touch x);`id`", "t000", "\U0001f600 # {}:", "true", "- [a, b]"]


def cleave(*arguments, status=0):
    done = subprocess.run([CLEAVE, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != status:
        raise AssertionError(f"cleave {arguments}: status {done.returncode}, not {status}\n{done.stderr}")
    return done


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


class Scratch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.scratch = Path(cls.temporary.name)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()


class Inputs(Scratch):
    def test_every_front_can_be_explored_again(self):
        self.assertGreaterEqual(len(CONFIGS), 10)
        for number, config in enumerate(CONFIGS):
            with self.subTest(config=str(config.relative_to(ROOT))):
                first, second = self.scratch / f"{number}a", self.scratch / f"{number}b"
                cleave("explore", config, "-o", first, "--set", "search.threads=1", "--set", "search.share_step=8")
                cleave("explore", first / "inputs/config.yaml", "-o", second)
                fronts = [load(folder / "front.json") for folder in (first, second)]
                hashes = fronts[0]["context"]["inputs"]
                self.assertEqual(set(hashes), set(INPUTS))
                for name in INPUTS:
                    content = (first / "inputs" / f"{name}.yaml").read_bytes()
                    self.assertEqual(hashlib.sha256(content).hexdigest(), hashes[name])
                    self.assertEqual((second / "inputs" / f"{name}.yaml").read_bytes(), content)
                for front in fronts:
                    del front["context"]["config_sha256"]
                self.assertEqual(fronts[0], fronts[1])


class Bundles(Scratch):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.out = cls.scratch / "out"
        cleave("explore", ROOT / "test/configs/shufflenet_v2_0.5.yaml", "-o", cls.out, "--set", "search.share_step=8")
        cls.front = load(cls.out / "front.json")
        schema = load(ROOT / "docs/schema/manifest.schema.json")
        cls.manifests = jsonschema.Draft7Validator(schema)

    def deploy(self, name, *options, front=None, point="knee"):
        bundle = self.scratch / name
        cleave("deploy", front or self.out / "front.json", "--point", point, "-o", bundle, *options)
        return bundle

    def refuse(self, message, *options, front=None, point="knee"):
        done = cleave("deploy", front or self.out / "front.json", "--point", point, "-o", self.scratch / "refused",
                      *options, status=2)
        self.assertIn(message, done.stderr)
        self.assertFalse((self.scratch / "refused").exists())

    def check(self, bundle, point):
        manifest = load(bundle / "manifest.json")
        self.assertEqual([fault.message for fault in self.manifests.iter_errors(manifest)], [])
        files = files_of(bundle)
        del files["manifest.json"]
        self.assertEqual({file["path"] for file in manifest["files"]}, set(files))
        for file in manifest["files"]:
            content = files[file["path"]]
            self.assertEqual((file["bytes"], file["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))
        # Nanoseconds and picojoules are what the front's numbers are rounded from.
        self.assertEqual(manifest["point"]["latency_ns"] / 1e9, point["latency_s"])
        self.assertEqual(manifest["point"]["energy_pj"] / 1e12, point["energy_j"])
        steps, tensors = manifest["steps"], manifest["tensors"]
        energy = sum(step["expected"]["energy_pj"] for step in steps)
        self.assertEqual(energy + manifest["point"]["standing_energy_pj"], manifest["point"]["energy_pj"])
        end = max(step["expected"]["start_ns"] + step["expected"]["duration_ns"] for step in steps)
        self.assertEqual(end, manifest["point"]["latency_ns"])
        crossing = [tensor["crossing"]["bytes"] for tensor in tensors if "crossing" in tensor]
        self.assertEqual(sum(crossing), point["link_bytes"])
        self.assertEqual(len(crossing), sum(step["kind"] == "transfer" for step in steps))
        mapping = yaml.safe_load((bundle / "mapping.yaml").read_text(encoding="utf-8"))
        split = {layer["name"] for layer in manifest["layers"] for part in layer["parts"] if part["axis"] != "whole"}
        self.assertLessEqual({split["layer"] for split in mapping["splits"]}, split)
        sizes = {"float32": 4, "int8": 1, "int32": 4}
        by_name = {tensor["name"]: tensor for tensor in tensors}
        for vector in manifest["vectors"]:
            for entry in vector["tensors"]:
                tensor = by_name[entry["tensor"]]
                count = 1
                for extent in tensor["shape"]:
                    count *= extent
                self.assertEqual(len(files[entry["file"]]), count * sizes[tensor["dtype"]])
        return manifest

    def test_points_deploy(self):
        points = self.front["front"]
        self.assertGreater(len(points), 1)
        for point in points[::max(1, len(points) // 4)]:
            with self.subTest(point=point["id"]):
                self.check(self.deploy("each", point=point["id"]), point)

    def test_points_by_name_and_same_bytes(self):
        points = {point["id"]: point for point in self.front["front"]}
        for name, key in (("min-latency", "min_latency"), ("min-energy", "min_energy"), ("knee", "knee")):
            bundle = self.deploy("named", point=name)
            chosen = points[self.front["selected"][key]]
            self.assertEqual(self.check(bundle, chosen)["point"]["id"], chosen["id"])
            again = self.deploy("again", point=chosen["id"])
            self.assertEqual(files_of(bundle), files_of(again))
        self.assertNotEqual(files_of(self.deploy("seed", "--seed", 2)), files_of(self.deploy("named")))

    def test_calibration_sets_the_scales(self):
        shape = (3, 224, 224)
        folder = self.scratch / "calibration"
        folder.mkdir()
        count = shape[0] * shape[1] * shape[2]
        (folder / "1.bin").write_bytes(struct.pack("<f", 3.0) * count)
        bundle = self.deploy("calibrated", "--calibration", folder)
        manifest = load(bundle / "manifest.json")
        self.assertEqual(manifest["calibration"]["inputs"], 1)
        self.assertEqual((bundle / "vectors/0/t000.bin").read_bytes(), (folder / "1.bin").read_bytes())
        (folder / "2.bin").write_bytes(b"short")
        (folder / "3.npy").write_bytes(b"no array")
        self.refuse("2.bin: error: has 5 bytes", "--calibration", folder)
        self.refuse("3.npy: error: is no NumPy file", "--calibration", folder)
        self.refuse("cannot read the folder", "--calibration", folder / "none")

    def test_what_does_not_belong_together_is_refused(self):
        self.refuse("there is no point 'p999'", point="p999")
        self.refuse("cannot read the file", front=self.scratch / "none.json")
        self.refuse("cannot read the file", "--model", self.scratch / "none.onnx")
        self.refuse("error:", "--model", ROOT / "README.md")
        copy = self.scratch / "copy"

        def changed(name, change):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.out, copy)
            path = copy / name
            path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
            return copy / "front.json"

        def edit(change):
            def apply(text):
                front = json.loads(text)
                change(front["front"][0])
                return json.dumps(front)
            return changed("front.json", apply)

        def set_latency(point):
            point["latency_s"] *= 2

        def move_layer(point):
            layers = [layer for module in point["modules"] for layer in module["layers"]]
            layer = next(layer for layer in layers if layer["device"] == "gpu" and "conv" in layer["name"])
            layer.update(device="split", axis="filters", fpga_share=1)

        def rename_layer(point):
            point["modules"][0]["layers"][0]["name"] = "other"

        for name in INPUTS:
            front = changed(f"inputs/{name}.yaml", lambda text: text + "\n")
            self.refuse(f"inputs/{name}.yaml: error: is not what", front=front)
        self.refuse("latency_s: is", front=edit(set_latency), point="min-latency")
        self.refuse("front[0]", front=edit(move_layer), point="min-latency")
        self.refuse("is 'other', but layer 1", front=edit(rename_layer), point="min-latency")
        self.refuse("occurs twice", front=changed("front.json", lambda t: t.replace('"tool"', '"context"')))
        for size in (0, 1, 100, 5000):
            self.refuse("is no JSON", front=changed("front.json", lambda text, n=size: text[:n]))
        shutil.rmtree(copy / "inputs")
        shutil.copy(self.out / "front.json", copy / "front.json")
        self.refuse("inputs/gpu.yaml: error: cannot read", front=copy / "front.json")

    def test_names_do_no_harm(self):
        folder = self.scratch / "harmful"
        folder.mkdir()
        layers = []
        for name in HARMFUL:
            layers.append({"name": name, "op": "conv", "kernel": 3, "pad": 1, "filters": 8, "then": ["relu"]})
        network = {"cleave_network": 1, "name": "../</script><b>$(id)\"'", "input": {"channels": 4, "height": 24, "width": 24},
                   "modules": [{"name": "..", "layers": layers}]}
        (folder / "net.yaml").write_text(yaml.safe_dump(network, allow_unicode=True, sort_keys=False), encoding="utf-8")
        config = yaml.safe_load((ROOT / "test/configs/squeezenet_1.1.yaml").read_text(encoding="utf-8"))
        config.update(network="./net.yaml")
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        cleave("explore", folder / "config.yaml", "-o", folder / "out", "--set", "energy.conversion=free",
               "--set", "link.overhead=0 s", "--set", "link.bandwidth=100 GB/s")
        front = load(folder / "out/front.json")
        before = set(self.scratch.rglob("*"))
        used = 0
        for point in front["front"]:
            bundle = self.deploy("harmful_bundle", front=folder / "out/front.json", point=point["id"])
            manifest = self.check(bundle, point)
            self.assertEqual([layer["name"] for layer in manifest["layers"] if layer["op"] == "conv"],
                             [f"../{name}" for name in HARMFUL])
            used += any(part["device"] == "fpga" for layer in manifest["layers"] for part in layer["parts"])
            load(bundle / "schedule.json")
            score = json.loads(cleave("evaluate", folder / "config.yaml", "--mapping", bundle / "mapping.yaml", "--set",
                                      "energy.conversion=free", "--set", "link.overhead=0 s", "--set",
                                      "link.bandwidth=100 GB/s", "--json").stdout)
            self.assertEqual(score["latency_s"], point["latency_s"])
            cleave("verify", bundle)
        self.assertGreater(used, 0)
        inside = self.scratch / "harmful_bundle"
        self.assertEqual({p for p in set(self.scratch.rglob("*")) - before if inside not in p.parents}, {inside})

    def test_platform_has_settings_and_models(self):
        bundle = self.deploy("platform")
        platform = yaml.safe_load((bundle / "platform.yaml").read_text(encoding="utf-8"))
        self.assertEqual(platform["cleave_platform"], 1)
        for kind in ("gpu", "fpga", "link"):
            model = yaml.safe_load((self.out / f"inputs/{kind}.yaml").read_text(encoding="utf-8"))
            self.assertEqual(platform[kind], model)
        self.assertEqual(platform["settings"]["fpga"]["implementation"], "dhm-csd")


class Weights(Scratch):
    """A model whose weights count, and of which the FPGA takes the cheapest filters."""

    SETTINGS = ["fpga.implementation=dhm-csd", "fpga.clock=100MHz", "fpga.capacity.alm=8000", "space.strategies=[gconv]",
                "search.pick=cheapest"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = ROOT / "configs/squeezenet_1.1.yaml"
        cls.settings = [word for setting in cls.SETTINGS for word in ("--set", setting)]
        cls.models = [cls.scratch / "one.onnx", cls.scratch / "two.onnx"]
        for seed, model in enumerate(cls.models, 1):
            cleave("network", "export", "squeezenet_1.1", "--seed", seed, "-o", model)
        cls.out = cls.scratch / "out"
        cleave("explore", cls.config, "-o", cls.out, "--weights", cls.models[0], *cls.settings)
        cls.front = load(cls.out / "front.json")

    def test_the_front_says_which_weights(self):
        context = self.front["context"]
        self.assertEqual(context["weights"], hashlib.sha256(self.models[0].read_bytes()).hexdigest())
        logic = (self.out / "inputs/logic.json").read_bytes()
        self.assertEqual(context["inputs"]["logic"], hashlib.sha256(logic).hexdigest())
        schema = load(ROOT / "docs/schema/logic.schema.json")
        jsonschema.Draft7Validator(schema).validate(json.loads(logic))
        schema = load(ROOT / "docs/schema/front.schema.json")
        jsonschema.Draft7Validator(schema).validate(self.front)
        again = self.scratch / "again"
        cleave("explore", self.out / "inputs/config.yaml", "-o", again)
        front = load(again / "front.json")
        for one in (front, self.front):
            one["context"].pop("config_sha256", None)
        self.assertEqual(front, self.front)

    def test_other_weights_are_other_logic(self):
        other, assumed = self.scratch / "other", self.scratch / "assumed"
        cleave("explore", self.config, "-o", other, "--weights", self.models[1], *self.settings)
        self.assertNotEqual(load(other / "front.json")["front"], self.front["front"])
        cleave("explore", self.config, "-o", assumed, *self.settings[:-2])
        self.assertEqual(load(assumed / "front.json")["context"]["weights"], "assumed")
        self.assertFalse((assumed / "inputs/logic.json").exists())

    def test_weights_that_count_for_nothing(self):
        folded = ["--set", "fpga.implementation=folded", "--set", "search.share_step=8"]
        out = self.scratch / "folded"
        done = cleave("explore", self.config, "-o", out, "--weights", self.models[0], *folded)
        self.assertIn("weights count for nothing", done.stderr)
        self.assertEqual(load(out / "front.json")["context"]["weights"], "assumed")
        cleave("report", out / "front.json", "-o", self.scratch / "report.html")
        done = cleave("explore", self.config, "-o", self.scratch / "none", "--weights", self.models[0], *folded,
                      "--set", "search.pick=cheapest", status=2)
        self.assertIn("cheapest needs an implementation", done.stderr)
        done = cleave("explore", self.config, "-o", self.scratch / "none", "--weights", "assumed", *self.settings, status=2)
        self.assertIn("cheapest needs weights", done.stderr)
        cleave("explore", self.config, "-o", self.scratch / "none", "--weights", "", status=2)
        self.assertFalse((self.scratch / "none").exists())

    def test_other_counts_are_refused(self):
        for name, change in (("inputs/logic.json", lambda text: text.replace(" 1 ", " 0 ", 1)),
                             ("front.json", lambda text: text.replace('"weights": "', '"weights": "0', 1)),
                             ("front.json", lambda text: text.replace('"logic": ', '"other": ', 1))):
            with self.subTest(name):
                copy = self.scratch / "copy"
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(self.out, copy)
                text = (copy / name).read_text(encoding="utf-8")
                self.assertNotEqual(change(text), text)
                (copy / name).write_text(change(text), encoding="utf-8")
                cleave("report", copy / "front.json", "-o", self.scratch / "report2.html", status=2)
        self.assertFalse((self.scratch / "report2.html").exists())

    def test_mappings_pick_filters(self):
        mapping = self.out / self.front["front"][0]["mapping"]
        split = yaml.safe_load(mapping.read_text(encoding="utf-8"))["splits"][0]
        self.assertEqual(len(split["picked"]), split["fpga_share"])
        layers = {layer["name"]: layer for m in self.front["front"][0]["modules"] for layer in m["layers"]}
        self.assertEqual(layers[split["layer"]]["picked"], split["picked"])
        # The mapping says which, whatever the configuration would pick.
        for settings in (self.settings, self.settings[:-2]):
            done = cleave("evaluate", self.config, "-m", mapping, "--json", "--weights", self.models[0], *settings)
            self.assertEqual(json.loads(done.stdout)["latency_s"], self.front["front"][0]["latency_s"])
            self.assertEqual(json.loads(done.stdout)["resources"], self.front["front"][0]["resources"])
        done = cleave("evaluate", self.config, "-m", mapping, *self.settings[:-2], status=2)
        self.assertIn("counts only where the weights are known", done.stderr)
        text = mapping.read_text(encoding="utf-8").replace("picked: [", "picked: [999, ")
        wrong = self.scratch / "wrong.yaml"
        wrong.write_text(text, encoding="utf-8")
        cleave("evaluate", self.config, "-m", wrong, "--weights", self.models[0], *self.settings, status=2)

    def test_a_bundle_needs_the_weights(self):
        bundle = self.scratch / "bundle"
        for model in ([], ["--model", self.models[1]]):
            done = cleave("deploy", self.out / "front.json", "--point", "knee", "-o", bundle, *model, status=2)
            self.assertIn("the front counts", done.stderr)
            self.assertFalse(bundle.exists())
        cleave("deploy", self.out / "front.json", "--point", "knee", "-o", bundle, "--model", self.models[0])
        manifest = load(bundle / "manifest.json")
        jsonschema.Draft7Validator(load(ROOT / "docs/schema/manifest.schema.json")).validate(manifest)
        self.assertEqual(manifest["point"]["weights"], self.front["context"]["weights"])
        self.assertTrue(any("picked" in tensor for tensor in manifest["tensors"]))
        cleave("verify", bundle, "--model", self.models[0])
        cleave("verify", bundle, "--model", self.models[1], status=2)
        manifest["point"]["weights"] = "assumed"
        (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        cleave("verify", bundle, "--model", self.models[0], status=2)


if __name__ == "__main__":
    unittest.main()
