#!/usr/bin/python3
"""Checks the built program from outside: files against their schemas, results against each other.
Usage: validate.py ROOT CLEAVE

Every file that ships and every file that cleave writes must match its JSON Schema. The fronts of all configurations,
of those with folded layers also with direct hardware mapping alone, are checked with arithmetic of their own: proved,
sorted, no point dominated, sums right, the same bytes for any number of threads, every point scored again by
`cleave evaluate`, and no small change to a point better than the front by more than may be missing.
"""
import csv
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT, CLEAVE = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
CONFIGS = sorted(p for p in (ROOT / "configs").rglob("*.yaml") if p.parent.name != "sweeps")
KINDS = {
    "cleave_network": "network",
    "cleave_config": "config",
    "cleave_mapping": "mapping",
    "cleave_gpu": "gpu_model",
    "cleave_fpga": "fpga_model",
    "cleave_link": "link_model",
    "cleave_sweep": "sweep",
}
EXACT = ("--set", "fpga.implementation=dhm-csd", "--set", "search.epsilon=0")
# Each with what is set for it.
CASES = [(config, ()) for config in CONFIGS] + [(config, EXACT) for config in CONFIGS if config.parent.name == "configs"]
# What a ladder of paces leaves out.
LADDER_STEP = 2 ** (1 / 8)
MOST_POINTS = 40
MOST_CHANGES = 60
WIRING = {"concat", "slice", "shuffle", "flatten", "dropout"}
SCORED = ("latency_s", "energy_j", "latency_speedup", "energy_gain", "resources", "link_bytes", "strategies", "modules")


def validator(kind):
    schema = json.loads((ROOT / "docs/schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


VALIDATORS = {kind: validator(kind) for kind in [*KINDS.values(), "front", "stats", "score"]}


def load_yaml(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_json(text):
    def refuse(name):
        raise ValueError(f"{name} is no JSON")

    def once(pairs):
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError(f"a key is repeated: {[key for key, _ in pairs]}")
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=once)


def cleave(*arguments):
    return subprocess.run([CLEAVE, *map(str, arguments)], capture_output=True, text=True, check=False)


def evenly(items, most):
    """At most `most` of the items, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def dominates(a, b):
    return a[0] <= b[0] and a[1] <= b[1] and a != b


def cost(point):
    return (point["latency_s"], point["energy_j"])


def epsilon_of(case):
    return 0 if case[1] else load_yaml(case[0]).get("search", {}).get("epsilon", 0)


def results(folder):
    """The files whose bytes must not depend on the run."""
    files = [folder / "front.json", folder / "front.csv", *sorted((folder / "mappings").iterdir())]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def changes(mapping, step, operations):
    """Mappings that differ in one run or split. Not all of them are possible."""
    for changed in changed_places(mapping, step, operations):
        if "hardware" in changed:
            placed = {name for run in changed["fpga_runs"] for name in run} | {s["layer"] for s in changed["splits"]}
            changed["hardware"] = [own for own in changed["hardware"] if own["layer"] in placed]
        yield changed


def changed_places(mapping, step, operations):
    runs, splits = mapping["fpga_runs"], mapping["splits"]

    def replaced(items, i, *new):
        return items[:i] + list(new) + items[i + 1:]

    for i, run in enumerate(runs):
        yield {**mapping, "fpga_runs": replaced(runs, i)}
        for part in (run[1:], run[:-1]):
            # A run of wires alone is in no design space.
            if any(operations[layer] not in WIRING for layer in part):
                yield {**mapping, "fpga_runs": replaced(runs, i, part)}
        for j in range(1, len(run)):
            if all(any(operations[layer] not in WIRING for layer in part) for part in (run[:j], run[j:])):
                yield {**mapping, "fpga_runs": replaced(runs, i, run[:j], run[j:])}
    for i, split in enumerate(splits):
        yield {**mapping, "splits": replaced(splits, i)}
        for share in (split["fpga_share"] - step, split["fpga_share"] + step):
            if share > 0:
                yield {**mapping, "splits": replaced(splits, i, {**split, "fpga_share": share})}


def for_each_case(check):
    """A test that runs `check(self, case, folder, front)` on the results of every configuration."""

    def test(self):
        self.assertGreaterEqual(len(self.folders), 15)
        for case, folder in self.folders.items():
            with self.subTest(config=str(case[0].relative_to(ROOT)), set=case[1]):
                check(self, case, folder, load_json((folder / "front.json").read_text(encoding="utf-8")))

    return test


class Case(unittest.TestCase):
    def assert_valid(self, document, kind, what):
        faults = VALIDATORS[kind].iter_errors(document)
        texts = [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:300]}" for fault in faults]
        self.assertEqual(texts, [], f"{what} against {kind}.schema.json")

    def run_cleave(self, *arguments):
        done = cleave(*arguments)
        self.assertEqual(done.returncode, 0, f"cleave {' '.join(map(str, arguments))}\n{done.stderr}")
        return done


class ShippedFiles(Case):
    def test_match_their_schemas(self):
        for folder in ("network_specs", "cost_models", "configs", "configs/paper", "configs/sweeps"):
            paths = sorted((ROOT / folder).glob("*.yaml"))
            self.assertTrue(paths, f"no files in {folder}")
            for path in paths:
                with self.subTest(file=str(path.relative_to(ROOT))):
                    document = load_yaml(path)
                    self.assert_valid(document, KINDS[next(iter(document))], path.name)

    def test_every_network_has_a_configuration(self):
        networks = {path.stem for path in (ROOT / "network_specs").glob("*.yaml")}
        self.assertEqual({path.stem for path in (ROOT / "configs").glob("*.yaml")}, networks)
        for path in CONFIGS:
            self.assertEqual(load_yaml(path)["network"], path.stem)

    def test_schemas_are_not_empty(self):
        for kind, schema in VALIDATORS.items():
            self.assertFalse(schema.is_valid({}), kind)


class Results(Case):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folders = {}
        for number, (config, options) in enumerate(CASES):
            folder = Path(cls.scratch.name) / str(number)
            done = cleave("explore", config, "-o", folder, *options)
            if done.returncode != 0:
                raise AssertionError(f"{config} {options}: exit status {done.returncode}\n{done.stderr}")
            cls.folders[config, options] = folder

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @for_each_case
    def test_match_their_schemas(self, _case, folder, front):
        self.assert_valid(front, "front", "front.json")
        self.assert_valid(load_json((folder / "stats.json").read_text(encoding="utf-8")), "stats", "stats.json")
        mappings = sorted((folder / "mappings").iterdir())
        self.assertEqual([p.name for p in mappings], sorted(Path(p["mapping"]).name for p in front["front"]))
        for path in mappings:
            self.assert_valid(load_yaml(path), "mapping", path.name)

    @for_each_case
    def test_front_is_proved_sorted_and_undominated(self, case, folder, front):
        epsilon = epsilon_of(case)
        self.assertEqual(front["completeness"], "epsilon" if epsilon else "exact")
        self.assertLessEqual(front.get("gap", 0), epsilon)
        points = [cost(p) for p in front["front"]]
        self.assertTrue(points)
        for a, b in zip(points, points[1:]):
            self.assertLess(a[0], b[0])
            self.assertGreater(a[1], b[1])
        for a in points:
            self.assertFalse([b for b in points if dominates(b, a)])
        self.assertEqual([p["id"] for p in front["front"]], [f"p{i + 1:03}" for i in range(len(points))])
        stats = load_json((folder / "stats.json").read_text(encoding="utf-8"))
        self.assertEqual((stats["front"], stats["design_points"]), (len(points), front["design_points"]))
        self.assertGreaterEqual(int(front["design_points"]), len(points))

    @for_each_case
    def test_gpu_only_is_on_the_front_or_dominated(self, _case, _folder, front):
        gpu = cost(front["baseline"]["gpu_only"])
        points = [cost(p) for p in front["front"]]
        self.assertTrue(gpu in points or any(dominates(p, gpu) for p in points))
        for p in front["front"]:
            self.assertAlmostEqual(p["latency_speedup"] * p["latency_s"], gpu[0], delta=1e-12 * gpu[0])
            self.assertAlmostEqual(p["energy_gain"] * p["energy_j"], gpu[1], delta=1e-12 * gpu[1])

    @for_each_case
    def test_selected_points(self, _case, _folder, front):
        points = {p["id"]: cost(p) for p in front["front"]}
        chosen = front["selected"]
        self.assertEqual(points[chosen["min_latency"]][0], min(p[0] for p in points.values()))
        self.assertEqual(points[chosen["min_energy"]][1], min(p[1] for p in points.values()))
        low = [min(p[k] for p in points.values()) for k in (0, 1)]
        span = [max(p[k] for p in points.values()) - low[k] or 1 for k in (0, 1)]

        def far(p):
            return sum((p[k] - low[k]) / span[k] for k in (0, 1))

        self.assertLessEqual(far(points[chosen["knee"]]), min(map(far, points.values())) + 1e-9)

    @for_each_case
    def test_modules_sum_to_totals(self, case, _folder, front):
        network = load_json(self.run_cleave("network", "show", front["context"]["network"]["name"], "--json").stdout)
        names = [layer["name"] for layer in network["layers"]]
        for p in front["front"]:
            for key in ("latency_s", "energy_j"):
                total = math.fsum(module[key] for module in p["modules"])
                self.assertAlmostEqual(total, p[key], delta=1e-9 * p[key])
            self.assertEqual([layer["name"] for m in p["modules"] for layer in m["layers"]], names)
            self.assertEqual({m["strategy"] for m in p["modules"]}, set(p["strategies"]))
            if load_yaml(case[0]).get("resources", {}).get("scope") != "module":
                usable = front["context"]["models"]["fpga"]
                self.assertLessEqual(p["resources"]["alm"], usable["capacity"]["alm"] * usable["usable_alm_share"])
                self.assertLessEqual(p["resources"]["m20k"], usable["capacity"]["m20k"])

    @for_each_case
    def test_points_say_what_their_mappings_say(self, _case, folder, front):
        for p in front["front"]:
            mapping = load_yaml(folder / p["mapping"])
            layers = {layer["name"]: layer for m in p["modules"] for layer in m["layers"]}
            for number, run in enumerate(mapping["fpga_runs"]):
                for name in run:
                    self.assertEqual((layers[name]["device"], layers[name]["fpga_run"]), ("fpga", number))
            for split in mapping["splits"]:
                layer = layers[split["layer"]]
                self.assertEqual({**split, "layer": "split"},
                                 {"layer": layer["device"], "axis": layer["axis"], "fpga_share": layer["fpga_share"]})
            named = {name for run in mapping["fpga_runs"] for name in run} | {s["layer"] for s in mapping["splits"]}
            heads = {name for name in layers if "." not in name.split("/", 1)[1]}
            placed = {name for name in heads if layers[name]["device"] != "gpu"}
            self.assertLessEqual(named, placed)
            self.assertEqual(bool(named), p["link_bytes"] > 0)

    @for_each_case
    def test_csv_repeats_the_points(self, _case, folder, front):
        with open(folder / "front.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(front["front"]))
        for row, p in zip(rows, front["front"]):
            mapping = load_yaml(folder / p["mapping"])
            numbers = ("latency_s", "energy_j", "latency_speedup", "energy_gain")
            self.assertEqual(
                {**row, **{k: float(row[k]) for k in numbers}},
                {"id": p["id"], **{k: p[k] for k in numbers},
                 **{k: str(v) for k, v in p["resources"].items()}, "link_bytes": str(p["link_bytes"]),
                 "fpga_runs": str(len(mapping["fpga_runs"])), "splits": str(len(mapping["splits"])),
                 "strategies": "+".join(p["strategies"])})

    @for_each_case
    def test_evaluate_gives_the_same_score(self, case, folder, front):
        for p in evenly(front["front"], MOST_POINTS):
            score = load_json(self.run_cleave("evaluate", case[0], "--mapping", folder / p["mapping"], "--json", *case[1]).stdout)
            self.assert_valid(score, "score", "score")
            self.assertTrue(score["feasible"])
            self.assertEqual({k: score[k] for k in SCORED}, {k: p[k] for k in SCORED}, p["id"])

    @for_each_case
    def test_no_small_change_beats_the_front(self, case, folder, front):
        network = load_json(self.run_cleave("network", "show", front["context"]["network"]["name"], "--json").stdout)
        operations = {layer["name"]: layer["op"] for layer in network["layers"]}
        step = front["context"]["space"]["share_step"]
        epsilon = epsilon_of(case)
        missing = (1 + epsilon) * LADDER_STEP if epsilon else 1
        points = [cost(p) for p in front["front"]]
        mappings = [load_yaml(folder / p["mapping"]) for p in evenly(front["front"], 5)]
        tried = [changed for mapping in mappings for changed in changes(mapping, step, operations)]
        random.Random(1).shuffle(tried)
        path = folder / "changed.yaml"
        feasible = 0
        for changed in tried[:MOST_CHANGES]:
            path.write_text(yaml.safe_dump(changed), encoding="utf-8")
            done = cleave("evaluate", case[0], "--mapping", path, "--json", *case[1])
            self.assertIn(done.returncode, (0, 2, 4), done.stderr)  # 2: not possible, 4: does not fit
            if done.returncode == 2:
                continue
            score = load_json(done.stdout)
            self.assert_valid(score, "score", "score")
            self.assertEqual(score["feasible"], done.returncode == 0)
            if score["feasible"]:
                feasible += 1
                least = [missing * value for value in cost(score)]
                covered = any(all(a <= b for a, b in zip(p, least)) for p in points)
                self.assertTrue(covered, f"{cost(score)} is below the front: {path.read_text(encoding='utf-8')}")
        self.assertGreater(feasible, 3)

    @for_each_case
    def test_bytes_do_not_depend_on_run_or_threads(self, case, folder, _front):
        expected = results(folder)
        # Of the longer searches, some.
        if epsilon_of(case) and case[0].stem not in ("mobilenet_v2_0.5", "shufflenet_v2_0.5"):
            return
        for options in ((), ("--set", "search.threads=1"), ("--set", "search.threads=2")):
            with tempfile.TemporaryDirectory() as other:
                self.run_cleave("explore", case[0], "-o", other, *case[1], *options)
                found = results(Path(other))
            self.assertEqual(found.keys(), expected.keys())
            for name in expected:
                # An override is part of the configuration's hash.
                before, after = expected[name], found[name]
                if options and name == "front.json":
                    before, after = (re.sub(rb'"config_sha256": "[0-9a-f]{64}"', b"", text) for text in (before, after))
                self.assertEqual(after, before, f"{name} {options}")


if __name__ == "__main__":
    unittest.main()
