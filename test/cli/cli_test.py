#!/usr/bin/python3
"""The built program as people and pipelines meet it. Usage: cli_test.py ROOT CLEAVE

`compare`, --fail-if and --require with their exit status, help with an example for every command, and manual pages and
completions that have every option of that help; the completion for bash is run in bash, that for zsh is parsed by zsh
where there is one.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import yaml

sys.dont_write_bytecode = True
from support import CLEAVE, CONFIG, ROOT, Fronts, has_onnx, run

sys.path.insert(0, str(ROOT / "test/support"))
from onnx_file import Model


def leaf_commands():
    """Paths of all commands, groups included, found from the help alone."""
    found, todo = [], [()]
    while todo:
        path = todo.pop(0)
        found.append(path)
        text = run(*path, "--help").stdout
        section = text.split("Subcommands:\n", 1)
        if len(section) == 2:
            names = re.findall(r"^  (\S+)", section[1].split("\n\n")[0], re.MULTILINE)
            todo += [(*path, name) for name in names]
    return found


def options_of(path):
    """Names of a command's options, from its help."""
    names = set()
    for line in run(*path, "--help").stdout.splitlines():
        if re.match(r"  -", line):
            # Names come before two spaces; what is in the description does not count.
            names |= set(re.findall(r"(?:^|,)(--?[a-zA-Z][\w-]*)", line.strip().split(" ")[0]))
    return names


class Output(unittest.TestCase):
    def test_results_that_cannot_be_written_are_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            for arguments in (("network", "list"), ("platform", "show", "jetson_tx2"), ("--help",)):
                with self.subTest(arguments):
                    done = subprocess.run([CLEAVE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
                    self.assertEqual(done.returncode, 1)
                    self.assertEqual(done.stderr, "cleave: error: cannot write standard output: No space left on device\n")


class Compare(Fronts):
    def test_says_the_same_of_the_same_front(self):
        done = run("compare", self.old_front, self.old_front, "--fail-if", "hypervolume!=1", "--fail-if",
                   "points.lost>0", "--fail-if", "matched.worst_energy_ratio>1", "--fail-if", "points.gained>0")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("nothing changed", done.stdout)

    def test_takes_result_folders(self):
        done = run("compare", Path(self.old_front).parent, self.old_front)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "r.html"
            self.assertEqual(run("report", Path(self.old_front).parent, "-o", page).returncode, 0)
            self.assertIn('class="verdict"', page.read_text(encoding="utf-8"))

    def test_ends_with_5_if_a_condition_is_met_and_prints_all_the_same(self):
        done = run("compare", self.old_front, self.new_front, "--fail-if", "front.size<2", "--fail-if",
                   "knee.latency_s>1us", "--fail-if", "hypervolume>1")
        self.assertEqual(done.returncode, 5)
        self.assertIn("knee", done.stdout)
        self.assertIn("models.fpga.clock_hz", done.stdout)
        errors = done.stderr.splitlines()
        self.assertEqual(len(errors), 2, errors)
        self.assertRegex(errors[0], r"^cleave: error: --fail-if knee\.latency_s>1us: it is \d")
        self.assertRegex(errors[1], r"^cleave: error: --fail-if hypervolume>1: it is 1\.\d")

    def test_json_matches_its_schema_and_the_fronts(self):
        done = run("compare", self.old_front, self.new_front, "--format", "json", "--fail-if", "points.lost>99")
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        schema = json.loads((ROOT / "docs/schema/compare.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        self.assertEqual([e.message for e in jsonschema.Draft7Validator(schema).iter_errors(result)], [])
        fronts = [json.loads(p.read_text(encoding="utf-8")) for p in (self.old_front, self.new_front)]
        costs = [[(p["latency_s"], p["energy_j"]) for p in f["front"]] for f in fronts]
        reference = [1.1 * max(c[i] for front in costs for c in front) for i in (0, 1)]
        volumes = []
        for front in costs:
            volume, below = 0, reference[1]
            for latency, energy in front:
                volume += (reference[0] - latency) * (below - energy)
                below = energy
            volumes.append(volume)
        self.assertAlmostEqual(result["hypervolume"]["ratio"], volumes[1] / volumes[0], places=9)
        for pair in result["matched_points"]:
            best = min((e for t, e in costs[1] if t <= pair["latency_s"]), default=None)
            self.assertEqual(pair["new_energy_j"], best)

    def test_markdown_of_a_front_of_any_name_is_inert(self):
        name = "</script><b>$(id)|@octocat `x`\n#1"

        def rename(front):
            front["context"]["network"]["name"] = name
            front["context"]["platform"]["gpu"] = name

        done = run("compare", self.old_front, self.changed(rename), "--any-network", "--format", "markdown")
        self.assertEqual(done.returncode, 0, done.stderr)
        without_entities = re.sub(r"&#\d+;", "", done.stdout)
        for part in ("<b>", "script>", "@", "$", "`", "#1"):
            self.assertNotIn(part, without_entities)
        tables = [line for line in done.stdout.splitlines() if line.startswith("|")]
        self.assertGreater(len(tables), 5)
        for line in tables:
            self.assertIn(line.count("|"), (4, 8), line)
        self.assertNotIn("\n#1", done.stderr)

    def test_refuses_fronts_of_different_networks_unless_told(self):
        other = self.changed(lambda front: front["context"]["network"].update(name="other"))
        done = run("compare", self.old_front, other)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("is a front of network 'other'", done.stderr)
        done = run("compare", self.old_front, other, "--any-network")
        self.assertEqual(done.returncode, 0)
        self.assertIn("cleave: warning: these are fronts of different networks", done.stderr)

    def test_warns_of_different_objectives(self):
        done = run("compare", self.old_front, self.changed(lambda front: front["objectives"].append("interval")))
        self.assertEqual(done.returncode, 0)
        self.assertIn("cleave: warning: the fronts have different objectives", done.stderr)

    def test_reports_faults_of_both_files_and_of_conditions(self):
        broken = Path(self.temp.name, "broken.json")
        broken.write_text("{", encoding="utf-8")
        done = run("compare", broken, Path(self.temp.name, "none.json"))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("broken.json:1:2: error: is no JSON", done.stderr)
        self.assertIn("none.json: error: cannot read the file", done.stderr)
        done = run("compare", self.old_front, self.new_front, "--fail-if", "hypervolum<1", "--fail-if", "knee.alm<5ms")
        self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (2, "", 2))
        self.assertIn("did you mean 'hypervolume'?", done.stderr)
        self.assertEqual(run("compare", self.old_front, self.new_front, "--format", "xml").returncode, 2)


class Require(Fronts):
    def test_ends_with_5_with_the_results_written(self):
        folder = Path(self.temp.name, "required")
        done = run("--quiet", "explore", CONFIG, "-o", folder, "--require", "knee.energy_gain>=1.2", "--require",
                   "knee.energy_gain>=9", "--require", "front.size>100")
        self.assertEqual(done.returncode, 5)
        self.assertEqual((folder / "front.json").read_bytes(), self.old_front.read_bytes())
        errors = done.stderr.splitlines()
        self.assertEqual(len(errors), 2, errors)
        self.assertRegex(errors[0], r"^cleave: error: --require knee\.energy_gain>=9: it is 1\.\d")
        self.assertRegex(errors[1], r"^cleave: error: --require front\.size>100: it is 12$")

    def test_ends_with_0_if_all_are_met(self):
        done = run("--quiet", "explore", CONFIG, "-o", self.temp.name + "/met", "--require", "front.size==12",
                   "--require", "min_latency.latency_s<6ms")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_refuses_a_wrong_condition_before_anything_is_done(self):
        folder = Path(self.temp.name, "refused")
        done = run("explore", CONFIG, "-o", folder, "--require", "hypervolume<1")
        self.assertEqual(done.returncode, 2)
        self.assertFalse(folder.exists())
        done = run("explore", CONFIG, "-o", folder, "--require", "knee.energygain>=1.2")
        self.assertEqual(done.returncode, 2)
        self.assertIn("(did you mean 'knee.energy_gain'?; allowed: baseline.latency_s, ", done.stderr)
        self.assertIn(", front.gap, or min_latency, knee or min_energy followed by .latency_s, ", done.stderr)


class Sweeps(Fronts):
    def folder(self, name, **cases):
        folder = Path(self.temp.name, name)
        for case, front in cases.items():
            (folder / "cases" / case).mkdir(parents=True)
            if front:
                shutil.copy(front, folder / "cases" / case / "front.json")
        return folder

    def compare(self, *arguments):
        return subprocess.run([ROOT / "scripts/compare_sweeps", *arguments], capture_output=True, text=True, check=False,
                              env={**os.environ, "CLEAVE": str(CLEAVE)})

    def test_are_compared_case_by_case(self):
        old = self.folder("sweep_old", a=self.old_front, b=self.old_front, c=self.old_front, d=self.old_front)
        new = self.folder("sweep_new", a=self.old_front, b=self.new_front, c=None, e=self.new_front)
        done = self.compare(old, new, "--fail-if", "hypervolume>1")
        self.assertEqual(done.returncode, 5)
        rows = {line.split("|")[1].strip(" `"): line.split("|")[6].strip()
                for line in done.stdout.splitlines() if line.startswith("| `")}
        self.assertEqual(rows, {"a": "passed", "b": "**failed**", "c": "**front lost**", "d": "**removed**",
                                "e": "new"})
        self.assertEqual(done.stdout.count("#### "), 1)
        self.assertIn("## Fronts: 3 of 5 cases failed", done.stdout)
        same = self.compare(old, old, "--fail-if", "hypervolume!=1")
        self.assertEqual((same.returncode, same.stderr), (0, ""))

    def test_removed_cases_fail_unless_allowed(self):
        old = self.folder("whole", a=self.old_front, b=self.old_front)
        for new, count in ((self.folder("half", a=self.old_front), 1), (self.folder("other", c=self.old_front), 2)):
            done = self.compare(old, new)
            self.assertEqual((done.returncode, done.stdout.count("**removed**"), done.stderr), (5, count, ""))
            done = self.compare(old, new, "--allow-removed", "--fail-if", "hypervolume!=1")
            self.assertEqual((done.returncode, done.stdout.count("| removed |"), done.stderr), (0, count, ""))
            self.assertIn("## Fronts: 0 of ", done.stdout)

    def test_wrong_conditions_are_refused_without_a_pair(self):
        old, new = self.folder("without_pair", a=self.old_front), self.folder("with_no_front", b=None)
        for options, word in ((["--fail-if", "hypervolum>1"], "did you mean 'hypervolume'?"), (["--wrong"], "--wrong")):
            for arguments in ((old, new), (new, new)):
                done = self.compare(*arguments, "--allow-removed", *options)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(word, done.stderr)
        self.assertEqual(self.compare(new, new, "--fail-if", "hypervolume>1").returncode, 0)

    def test_mistakes_are_said(self):
        old = self.folder("sweep_wrong", a=self.old_front)
        self.assertEqual(self.compare(old).returncode, 2)
        self.assertEqual(self.compare(old, Path(self.temp.name, "none")).returncode, 2)
        done = self.compare(old, old, "--fail-if", "hypervolum>1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean", done.stderr)

    def test_the_pipeline_of_the_documentation_works(self):
        if not re.search(r"(?m)^  sweep ", run("--help").stdout):
            self.skipTest("this program has no sweeps")
        text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
        script = re.search(r"```bash\n(.*?)```", text, re.DOTALL).group(1)
        project = Path(self.temp.name, "project")
        project.mkdir()
        (project / "fronts.sh").write_text(script, encoding="utf-8")

        # The program, but sweeps end with $ENDS as if something broke them off.
        program = project / "program"
        program.write_text(f'#!/usr/bin/env bash\n"{CLEAVE}" "$@" || exit\n'
                           '[[ " $* " != *" sweep "* ]] || exit "$ENDS"\n', encoding="utf-8")
        program.chmod(0o755)
        output, comment = project / "output", project / "comment.md"

        def pipeline(clock, more="", ends=0):
            (project / "sweep.yaml").write_text(
                f"cleave_sweep: 1\nbase: {CONFIG}\nset:\n  fpga.clock: {clock}\n{more}"
                "grid:\n  link.bandwidth: [1 GB/s, 4 GB/s]\n", encoding="utf-8")
            output.write_text("", encoding="utf-8")
            return subprocess.run(["bash", "fronts.sh"], cwd=project, capture_output=True, text=True, check=False,
                                  env={**os.environ, "CLEAVE": str(program), "ENDS": str(ends),
                                       "GITHUB_OUTPUT": str(output),
                                       "PATH": f"{ROOT / 'scripts'}:{os.environ['PATH']}"})

        def said(done, status, words, whole):
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(words, comment.read_text(encoding="utf-8"))
            self.assertEqual(output.read_text(encoding="utf-8"), "whole=yes\n" if whole else "")

        for ends in (1, 3):
            said(pipeline("76 MHz", ends=ends), ends, "The sweep failed", whole=False)
        first = pipeline("76 MHz")
        said(first, 0, "no earlier fronts", whole=True)
        self.assertEqual(first.stderr, "")
        (project / "fronts").rename(project / "last")
        better = pipeline("80 MHz")
        said(better, 0, "0 of 2 cases failed", whole=True)
        self.assertEqual(better.stderr, "")
        said(pipeline("50 MHz"), 5, "2 of 2 cases failed", whole=True)
        said(pipeline("50"), 2, "The sweep failed", whole=False)
        # Constraints that cannot be met are a result: that fails which takes a front away.
        unmet = "  constraints.max_latency: 1 us\n"
        said(pipeline("76 MHz", unmet), 5, "2 of 2 cases failed", whole=True)
        shutil.rmtree(project / "last")
        (project / "fronts").rename(project / "last")
        said(pipeline("76 MHz", unmet), 0, "0 of 2 cases failed", whole=True)

    def test_the_workflow_renews_only_after_a_whole_sweep(self):
        text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
        workflow = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text, re.DOTALL).group(1))
        steps = workflow["jobs"]["fronts"]["steps"]
        self.assertEqual([step["run"] for step in steps if step.get("id") == "fronts"], ["bash ci/fronts.sh"])
        renewing = [step for step in steps
                    if "mv fronts last" in step.get("run", "") or "cache/save" in step.get("uses", "")]
        self.assertEqual(len(renewing), 2)
        for step in renewing:
            self.assertIn("steps.fronts.outputs.whole == 'yes'", step["if"])


class Tags(HTMLParser):
    """What elements a page has."""
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)


class NetworkName(unittest.TestCase):
    NAME = "</script><b>$(id)"

    def results(self, folder, name):
        """Everything that is written of a small network of that name, into `folder` alone."""
        folder.mkdir()
        text = (ROOT / "test/report/network.yaml").read_text(encoding="utf-8")
        line = f'name: "{self.NAME}"\n'
        self.assertIn(line, text)
        (folder / "network.yaml").write_text(text.replace(line, f"name: '{name}'\n"), encoding="utf-8")
        shutil.copy(ROOT / "test/report/config.yaml", folder)
        front = folder / "out/front.json"
        commands = [["explore", folder / "config.yaml", "-o", folder / "out"],
                    ["evaluate", folder / "config.yaml", "--mapping", folder / "out/mappings/p001.yaml"],
                    ["report", front, "-o", folder / "report.html", "--svg", folder / "plots"]]
        if has_onnx():
            commands += [["network", "export", folder / "network.yaml", "-o", folder / "model.onnx"],
                         ["deploy", front, "--point", "knee", "-o", folder / "bundle"],
                         ["verify", folder / "bundle"]]
        for command in commands:
            done = run(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = subprocess.run([ROOT / "scripts/plot_front", front, folder / "plots/script.svg"], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return {str(path.relative_to(folder)) for path in folder.rglob("*")}

    def test_steers_neither_files_nor_markup(self):
        with tempfile.TemporaryDirectory() as temp:
            plain, harmful = Path(temp, "plain"), Path(temp, "harmful")
            files = self.results(plain, "small")
            self.assertEqual(self.results(harmful, "../" + self.NAME), files)
            self.assertEqual({path.name for path in Path(temp).iterdir()}, {"plain", "harmful"})
            front = json.loads((harmful / "out/front.json").read_text(encoding="utf-8"))
            self.assertEqual(front["context"]["network"]["name"], "../" + self.NAME)
            page = (harmful / "report.html").read_text(encoding="utf-8")
            self.assertEqual(Tags(page).found, Tags((plain / "report.html").read_text(encoding="utf-8")).found)
            plots = [name for name in sorted(files) if name.endswith(".svg")]
            self.assertIn("plots/front.svg", plots)
            for name in plots:
                elements = [[element.tag for element in ElementTree.parse(folder / name).iter()]
                            for folder in (plain, harmful)]
                self.assertEqual(*elements, name)
            self.assertIn("../" + self.NAME, "".join(ElementTree.parse(harmful / "plots/front.svg").getroot().itertext()))


class Folds(unittest.TestCase):
    """Results of an FPGA whose layers have hardware to choose from, taken on by every command that reads them."""

    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temp.name)
        cls.config = ROOT / "test/report/config.yaml"
        cls.set = ["--set", "fpga.implementation=folded"]
        done = run("explore", cls.config, *cls.set, "-o", cls.folder / "out")
        assert done.returncode == 0, done.stderr
        cls.said = done.stderr
        cls.front = json.loads((cls.folder / "out/front.json").read_text(encoding="utf-8"))
        cls.points = [p for p in cls.front["front"] if any("fold" in layer for layer in cls.layers(p))]
        assert cls.points

    @classmethod
    def tearDownClass(cls):
        cls.temp.cleanup()

    @staticmethod
    def layers(point):
        return [layer for module in point["modules"] for layer in module["layers"]]

    def check(self, document, kind):
        schema = json.loads((ROOT / f"docs/schema/{kind}.schema.json").read_text(encoding="utf-8"))
        self.assertEqual([e.message for e in jsonschema.Draft7Validator(schema).iter_errors(document)], [])

    def evaluate(self, mapping):
        path = self.folder / "mapping.yaml"
        path.write_text(yaml.safe_dump(mapping), encoding="utf-8")
        done = run("evaluate", self.config, *self.set, "--mapping", path, "--json")
        self.assertIn(done.returncode, (0, 4), done.stderr)
        score = json.loads(done.stdout)
        self.check(score, "score")
        return score

    def test_files_match_their_schemas(self):
        self.check(self.front, "front")
        used = self.front["context"]["models"]["fpga"]["implementations"]
        self.assertEqual([one["name"] for one in used], ["folded"])
        for point in self.points:
            self.check(yaml.safe_load((self.folder / "out" / point["mapping"]).read_text(encoding="utf-8")), "mapping")
            for layer in self.layers(point):
                self.assertEqual("implementation" in layer, layer["device"] != "gpu", layer)

    def test_a_mapping_is_scored_as_its_point(self):
        keys = ("latency_s", "energy_j", "resources", "modules", "pipelines")
        for point in self.points:
            mapping = yaml.safe_load((self.folder / "out" / point["mapping"]).read_text(encoding="utf-8"))
            score = self.evaluate(mapping)
            self.assertEqual({key: score[key] for key in keys}, {key: point[key] for key in keys})

    def test_the_layer_that_paces_a_run_is_its_slowest(self):
        for point in self.points:
            heads = {layer["name"]: layer for layer in self.layers(point) if "interval_s" in layer}
            numbers = {layer["fpga_run"] for layer in heads.values() if layer["device"] == "fpga"}
            splits = [name for name, layer in heads.items() if layer["device"] == "split"]
            pipelines = point["pipelines"]
            self.assertEqual([p["fpga_run"] for p in pipelines if "fpga_run" in p], sorted(numbers))
            self.assertEqual([p["split"] for p in pipelines if "split" in p], splits)
            for pipeline in pipelines:
                own = [layer for name, layer in heads.items()
                       if name == pipeline.get("split") or layer.get("fpga_run", -1) == pipeline.get("fpga_run")]
                slowest = max(own, key=lambda layer: layer["interval_s"])
                self.assertEqual(pipeline["paced_by"], {"layer": slowest["name"]})
                self.assertEqual(pipeline["pace_s"], slowest["interval_s"])
                self.assertEqual(pipeline["clock_hz"], 150e6)

    def test_what_paces_is_said(self):
        self.assertRegex(self.said, r"\nrun of the (knee|fastest): \S.* at [\d.]+ .?s a frame, paced by .* \(folded PE \d+ x SIMD ")
        point = self.points[0]
        mapping = self.folder / "out" / point["mapping"]
        done = run("evaluate", self.config, *self.set, "--mapping", mapping)
        lines = [line for line in done.stdout.splitlines() if line.startswith("run: ")]
        paces = [p for p in point["pipelines"] if "fpga_run" in p]
        self.assertEqual(len(lines), len(paces))
        for pace in paces:
            self.assertTrue(any(f"paced by {pace['paced_by']['layer']} (folded " in line for line in lines), lines)
        # A link so slow that only transfers can set the pace.
        done = run("evaluate", self.config, *self.set, "--set", "link.hand_over=streamed", "--set", "link.floor=1s",
                   "--mapping", mapping, "--json")
        score = json.loads(done.stdout)
        self.check(score, "score")
        self.assertTrue(score["pipelines"])
        for pipeline in score["pipelines"]:
            self.assertEqual(pipeline["paced_by"], {"transfers": "to_fpga"})
            self.assertGreaterEqual(pipeline["pace_s"], 1)

    def test_hardware_that_is_left_out_is_chosen(self):
        point = self.points[0]
        mapping = yaml.safe_load((self.folder / "out" / point["mapping"]).read_text(encoding="utf-8"))
        named = mapping.pop("hardware")
        score = self.evaluate(mapping)
        self.assertEqual(score["feasible"], True)
        self.assertEqual(sorted(layer["name"] for layer in self.layers(score) if "fold" in layer),
                         sorted(choice["layer"] for choice in named))
        kept = {key: value for key, value in named[0].items() if key not in ("layer", "implementation")}
        score = self.evaluate({**mapping, "hardware": named[:1]})
        folds = {layer["name"]: layer.get("fold") for layer in self.layers(score)}
        self.assertEqual(folds[named[0]["layer"]], kept)

    def test_a_point_is_reported_deployed_and_verified(self):
        done = run("report", self.folder / "out/front.json", "-o", self.folder / "report.html")
        self.assertEqual(done.returncode, 0, done.stderr)
        if not has_onnx():
            self.skipTest("no ONNX library")
        for point in self.points[:2]:
            bundle = self.folder / point["id"]
            done = run("deploy", self.folder / "out/front.json", "--point", point["id"], "-o", bundle)
            self.assertEqual(done.returncode, 0, done.stderr)
            written = yaml.safe_load((bundle / "mapping.yaml").read_text(encoding="utf-8"))
            explored = yaml.safe_load((self.folder / "out" / point["mapping"]).read_text(encoding="utf-8"))
            self.assertEqual(written, explored)
            done = run("verify", bundle)
            self.assertEqual(done.returncode, 0, done.stderr)


class OnFpga(unittest.TestCase):
    """`network show --fpga`."""
    CONFIG = ROOT / "test/configs/shufflenet_v2_0.5.yaml"
    BOTH = ("--set", "fpga.implementation=[folded, dhm-csd]")

    @staticmethod
    def layers(*arguments):
        done = run("network", "show", *arguments, "--fpga", "--json")
        assert done.returncode == 0, done.stderr
        shown = json.loads(done.stdout)
        return shown, {layer["name"]: layer for layer in shown["layers"]}

    def test_each_layer_says_what_it_could_be(self):
        shown, layers = self.layers(self.CONFIG, *self.BOTH)
        plain = json.loads(run("network", "show", "shufflenet_v2_0.5", "--json").stdout)
        self.assertEqual(shown["fpga"]["implementations"],
                         [{"name": "folded", "clock_hz": 150e6}, {"name": "dhm-csd", "clock_hz": 76e6}])
        self.assertEqual(list(layers), [layer["name"] for layer in plain["layers"]])
        for name, layer in layers.items():
            with self.subTest(layer=name):
                if "goes_with" in layer:
                    self.assertIn("on_fpga", layers[layer["goes_with"]])
                    self.assertNotIn("on_fpga", layer)
                    continue
                self.assertEqual([one["implementation"] for one in layer["on_fpga"]], ["folded", "dhm-csd"])
                for one in layer["on_fpga"]:
                    self.assertEqual("fastest" in one, one["variants"] > 0)
                    self.assertEqual("slowest" in one, one["variants"] > 0)
                    if one["variants"]:
                        self.assertLessEqual(one["fastest"]["interval_s"], one["slowest"]["interval_s"])
                        self.assertEqual("fold" in one["fastest"], one["implementation"] == "folded")
        # 24 filters of 3 x 3 x 3 over 224 x 224 positions with stride 2: by direct mapping a cycle for each position.
        stem = next(layer for layer in shown["layers"] if layer["op"] == "conv")
        self.assertEqual(stem["on_fpga"][1]["fastest"]["interval_s"], round(224 * 224 / 76e6, 9))
        self.assertEqual(stem["on_fpga"][1]["variants"], 1)
        self.assertGreater(stem["on_fpga"][0]["variants"], 5)
        # The classifier: 1,024,000 weights.
        fc = next(layer for layer in shown["layers"] if layer["op"] == "fc")
        self.assertEqual(fc["on_fpga"][1]["lacks"]["resource"], "alm")
        self.assertEqual(fc["on_fpga"][1]["lacks"]["available"], shown["fpga"]["usable_alm"])
        self.assertGreater(fc["on_fpga"][1]["lacks"]["needed"], 1e6)

    def test_rows_of_networks_are_written_and_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            layers, none = Path(folder) / "layers.csv", Path(folder) / "none.csv"
            done = run("network", "rows", "squeezenet_1.1", "shufflenet_v2_0.5", "-o", layers)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            lines = layers.read_text().splitlines()
            self.assertEqual({line.split(",")[0] for line in lines[1:]}, {"squeezenet_1.1@224", "shufflenet_v2_0.5@224"})
            self.assertTrue(lines[1].startswith("squeezenet_1.1@224,1,conv,224,224,3,"))
            again = run("network", "rows", "squeezenet_1.1", "squeezenet_1.1", "-o", none)
            self.assertEqual(again.returncode, 2)
            self.assertIn("its workload is called squeezenet_1.1@224", again.stderr)
            self.assertFalse(none.exists())

    def test_where_nothing_can_be_written_nothing_is_searched(self):
        with tempfile.TemporaryDirectory() as folder:
            taken = Path(folder) / "taken"
            taken.write_text("")
            for output in (taken, taken / "below"):
                done = run("explore", CONFIG, "-o", output, "--set", "search.time_limit=1ns")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("cannot write", done.stderr)
                self.assertNotIn("stopped", done.stderr)
            self.assertEqual(taken.read_text(), "")

    def test_a_spec_is_explored_as_its_model_would_be(self):
        with tempfile.TemporaryDirectory() as folder:
            spec = ROOT / "network_specs" / "squeezenet_1.1.yaml"
            done = run("explore", spec, "-o", Path(folder) / "spec")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stderr.startswith("verdict: put "), done.stderr)
            same = run("explore", ROOT / "configs" / "squeezenet_1.1.yaml", "-o", Path(folder) / "config")
            self.assertEqual(same.returncode, 0, same.stderr)
            fronts = [json.loads((Path(folder) / name / "front.json").read_text()) for name in ("spec", "config")]
            self.assertEqual(fronts[0]["front"], fronts[1]["front"])
            self.assertEqual(fronts[0]["verdict"], fronts[1]["verdict"])

    def test_the_page_has_the_table_of_operators(self):
        done = run("network", "operators")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("| refused | ONNX | If, Loop, Scan, SequenceMap |\n", done.stdout)
        self.assertIn("\n" + done.stdout + "\n", (ROOT / "docs" / "onnx.md").read_text())

    def test_a_network_is_shown_on_the_default_platform(self):
        shown, layers = self.layers("shufflenet_v2_0.5", *self.BOTH)
        self.assertEqual((shown, layers), self.layers(self.CONFIG, *self.BOTH))
        self.assertEqual((shown, layers), self.layers("shufflenet_v2_0.5"))
        slower, _ = self.layers("shufflenet_v2_0.5", "--set", "fpga.clock=38MHz")
        self.assertEqual(slower["fpga"]["implementations"][0]["clock_hz"], 38e6)
        _, none = self.layers(self.CONFIG, *self.BOTH, "--set", "fpga.capacity.alm=10")
        self.assertTrue(all(one["variants"] == 0 for layer in none.values() if layer["op"] == "conv"
                            for one in layer["on_fpga"]))

    def test_the_table_has_a_row_for_each_implementation(self):
        done = run("network", "show", self.CONFIG, "--fpga", *self.BOTH)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        _, layers = self.layers(self.CONFIG, *self.BOTH)
        heads = [layer for layer in layers.values() if "on_fpga" in layer]
        rows, last = done.stdout.split("\n\n")
        self.assertEqual(len(rows.splitlines()), 1 + 2 * len(heads))
        self.assertRegex(rows, r"lacks [\d,]+ of [\d,]+ alm")
        possible = sum(any(one["variants"] for one in layer["on_fpga"]) for layer in heads)
        self.assertTrue(last.startswith(f"{possible} of {len(heads)} layers "), last)

    def test_mistakes_are_said(self):
        done = run("network", "show", "shufflenet_v2_0.5", "--set", "fpga.clock=1MHz")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--fpga", done.stderr)
        done = run("network", "show", "shufflenet_v2_0.5", "--fpga", "--set", "fpga.implementation=fold")
        self.assertEqual(done.returncode, 2)
        self.assertIn("fpga.implementation", done.stderr)
        done = run("network", "show", "nothing.yaml", "--fpga")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("error:"), 1)


class Export(unittest.TestCase):
    def test_a_model_is_exported_at_another_size(self):
        if not has_onnx():
            self.skipTest("this program has no ONNX library")
        with tempfile.TemporaryDirectory() as temp:
            large, small = temp + "/large.onnx", temp + "/small.onnx"
            for command in (["squeezenet_1.1", "-o", large], [large, "-o", small, "--input-shape", "input=1,3,96,64"]):
                done = run("network", "export", *command)
                self.assertEqual(done.returncode, 0, done.stderr)
            layers = json.loads(run("network", "show", small, "--json").stdout)["layers"]
            # The first convolution has a kernel of 3, a stride of 2 and no padding.
            self.assertEqual(layers[0]["output"], [64, 47, 31])
            done = run("network", "export", "squeezenet_1.1", "-o", small, "--input-shape", "input=1,3,96,64")
            self.assertEqual(done.returncode, 2)
            self.assertIn("is for ONNX models", done.stderr)

    def test_operators_without_a_model_are_copied(self):
        if not has_onnx():
            self.skipTest("this program has no ONNX library")
        with tempfile.TemporaryDirectory() as temp:
            model, spec, again = (Path(temp) / name for name in ("model.onnx", "spec.yaml", "again.onnx"))
            network = Model(18)
            first = network.conv("first", network.input("x", [1, 3, 9, 9]), 3, 4)
            network.node("y", "LpPool", [first], kernel_shape=[2, 2], p=3)
            network.output("y")
            network.write(model)
            for command in (["export", model, "-o", again], ["import", model, "-o", spec]):
                done = run("network", *command)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b"LpPool", again.read_bytes())
            layers = json.loads(run("network", "show", again, "--json").stdout)["layers"]
            self.assertEqual([(layer["op"], layer["output"]) for layer in layers], [("conv", [4, 9, 9]), ("other", [4, 8, 8])])
            # A spec knows its costs alone.
            again.unlink()
            done = run("network", "export", spec, "-o", again)
            self.assertEqual(done.returncode, 2)
            self.assertIn("operation LpPool has no ONNX form", done.stderr)
            self.assertFalse(again.exists())


class Usage(unittest.TestCase):
    def check(self, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr

    def test_unknown_commands_are_named(self):
        self.assertIn("unknown command 'explor' (did you mean 'explore'?)", self.check("explor", CONFIG))
        self.assertIn("unknown command 'foo' (allowed: explore, ", self.check("foo"))
        self.assertIn("unknown command 'shw' (did you mean 'show'?)", self.check("-q", "network", "shw", "x"))
        self.assertIn("unknown command 'help' (did you mean '--help'?)", self.check("help"))
        self.assertNotIn("docs", self.check("dosc"))

    def test_unknown_options_are_named(self):
        for arguments in (["explore", CONFIG, "--colour", "never"], ["--colour=never", "explore", CONFIG],
                          ["--data-dir", "foo", "explore", "--set", "a=b", "--colour", "never"]):
            self.assertIn("error: unknown option '--colour' (did you mean '--color'?)", self.check(*arguments))
        self.assertIn("unknown option '-v' (did you mean '--version'?)", self.check("-v"))
        self.assertIn("unknown option '--fail_if' (did you mean '--fail-if'?)",
                      self.check("compare", "a", "b", "--fail_if", "x"))

    def test_other_mistakes_are_told_apart(self):
        self.assertIn("too many arguments: b, c\n", self.check("explore", "a", "b", "c"))
        self.assertIn("config is required", self.check("explore"))
        self.assertIn("missing", self.check("explore", "--set"))


class Infeasible(unittest.TestCase):
    def test_large_excess_is_a_factor(self):
        with tempfile.TemporaryDirectory() as temp:
            done = run("explore", CONFIG, "-o", Path(temp, "out"), "--set", "constraints.max_latency=1us")
            self.assertEqual(done.returncode, 4)
            self.assertRegex(done.stderr, r"is 4\.\d\d ms \(4\.\d\d ms more, 4,\d\d0 times as much\)\n")
            done = run("explore", CONFIG, "-o", Path(temp, "out"), "--set", "constraints.max_latency=4.8ms")
            self.assertRegex(done.stderr, r" \(\d+ us or \d\.\d % more\)\n")

    def test_older_results_are_mentioned(self):
        with tempfile.TemporaryDirectory() as temp:
            bound = ["--set", "constraints.max_latency=1us"]
            self.assertNotIn("older results", run("explore", CONFIG, "-o", temp, *bound).stderr)
            self.assertEqual(run("explore", CONFIG, "-o", temp).returncode, 0)
            done = run("explore", CONFIG, "-o", temp, *bound)
            self.assertEqual(done.returncode, 4)
            self.assertIn(f"cleave: note: older results in '{temp}' are left as they were\n", done.stderr)
            self.assertNotIn("older results", run("explore", CONFIG, "-o", "-", *bound).stderr)

    def test_a_sweep_has_its_message_in_one_line(self):
        with tempfile.TemporaryDirectory() as temp:
            sweep = Path(temp, "s.yaml")
            sweep.write_text(f"cleave_sweep: 1\nbase: {CONFIG}\ngrid:\n  constraints.max_latency: [1us]\n",
                             encoding="utf-8")
            done = run("sweep", sweep, "-o", Path(temp, "out"))
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertNotIn("\\n", done.stderr)
            self.assertRegex(done.stderr, r"times as much\); even all layers")


class MissingFiles(unittest.TestCase):
    def test_a_configuration_in_configs_is_suggested(self):
        for name in ("squeezenet_1.1", "squeezenet_1.1.yaml"):
            for command in (["explore", name], ["evaluate", name, "-m", "mine.yaml"]):
                done = subprocess.run([CLEAVE, *command], cwd=ROOT, capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (
                    2, f"{name}: error: there is no such file (did you mean 'configs/squeezenet_1.1.yaml'?)\n"))
        with tempfile.TemporaryDirectory() as temp:
            Path(temp, "configs").mkdir()
            shutil.copy(CONFIG, Path(temp, "configs/mine.yaml"))
            done = run("--data-dir", temp, "explore", "mine")
            self.assertIn(f"(did you mean '{temp}/configs/mine.yaml'?)", done.stderr)

    def test_a_file_that_cannot_be_read_has_no_line(self):
        done = run("explore", "none.yaml")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "none.yaml: error: cannot read the file: No such file or directory\n"))


class OddNames(unittest.TestCase):
    """Names that YAML 1.1, as Python's yaml reads it, takes for something else unless they are in quotes."""

    NAMES = ["yes", "No", "ON", "off", "y", "N", "true", "False", "NULL", "Null", "null", "~", "007", "0o7", "0x1f", "0b1",
             "1_000", "12:30", "1:30:59", "1e5", "1.5e+3", "-1", "+.5", ".inf", "-.INF", ".nan", "=", "<<", "-", "?", "- a",
             "a: b", "a:", "a #b", "#a", "[a]", "{a}", "a, b", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">-", "'a'",
             '"a"', "a\\n", " a", "a ", "a\nb", "a\tb", "---", "...", "2001-12-14", "2001-12-14T21:59:43Z", "\u00e9",
             "a\u2028b", "\ufeffx", "\U0001f600", "15W", "plain", "two words", "It's (5) *a"]

    def test_files_name_what_they_are_of(self):
        data = ROOT / "test/rejected/data"
        model = yaml.safe_load((data / "cost_models/toy_gpu.yaml").read_text(encoding="utf-8"))
        for name in self.NAMES:
            with self.subTest(name=name), tempfile.TemporaryDirectory() as temp:
                folder = Path(temp)
                gpu = {**model, "profiles": {name: model["profiles"]["plain"]},
                       "power_modes": {name: model["power_modes"]["fast"]}, "reference_mode": name}
                (folder / "gpu.yaml").write_text(yaml.safe_dump(gpu), encoding="utf-8")
                config = yaml.safe_load((data / "toy_config.yaml").read_text(encoding="utf-8"))
                config["gpu"] = {"model": "./gpu.yaml", "profile": name, "power_mode": name}
                (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
                first = run("--data-dir", data, "explore", folder / "config.yaml", "-o", folder / "out")
                self.assertEqual(first.returncode, 0, first.stderr)
                written = yaml.safe_load((folder / "out/inputs/config.yaml").read_text(encoding="utf-8"))
                self.assertEqual((written["gpu"]["profile"], written["gpu"]["power_mode"]), (name, name))
                again = run("explore", folder / "out/inputs/config.yaml", "-o", folder / "again")
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual((folder / "again/front.csv").read_bytes(), (folder / "out/front.csv").read_bytes())

    def test_mappings_name_the_network(self):
        data = ROOT / "test/rejected/data"
        spec = yaml.safe_load((data / "network_specs/tiny.yaml").read_text(encoding="utf-8"))
        names = [n for n in self.NAMES if n.isprintable()]
        for name in names:
            with self.subTest(name=name), tempfile.TemporaryDirectory() as temp:
                folder = Path(temp)
                (folder / "network.yaml").write_text(yaml.safe_dump({**spec, "name": name}), encoding="utf-8")
                config = yaml.safe_load((data / "toy_config.yaml").read_text(encoding="utf-8"))
                (folder / "config.yaml").write_text(yaml.safe_dump({**config, "network": "./network.yaml"}),
                                                    encoding="utf-8")
                done = run("--data-dir", data, "explore", folder / "config.yaml", "-o", folder / "out")
                self.assertEqual(done.returncode, 0, done.stderr)
                mapping = folder / "out/mappings/p001.yaml"
                self.assertEqual(yaml.safe_load(mapping.read_text(encoding="utf-8"))["network"], name)
                done = run("--data-dir", data, "evaluate", folder / "config.yaml", "--mapping", mapping)
                self.assertEqual(done.returncode, 0, done.stderr)


class Documentation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temp.name)
        for kind in ("man", "bash", "zsh"):
            done = run("docs", kind, "-o", cls.folder / kind)
            assert done.returncode == 0, done.stderr
        cls.commands = leaf_commands()

    @classmethod
    def tearDownClass(cls):
        cls.temp.cleanup()

    def test_there_are_commands_with_options(self):
        self.assertGreater(len(self.commands), 15)
        self.assertIn("--require", options_of(("explore",)))
        self.assertIn("-o", options_of(("explore",)))
        self.assertIn("--json", options_of(("network", "show")))
        self.assertNotIn(("docs",), self.commands)

    def test_help_has_an_example(self):
        for path in self.commands:
            with self.subTest(command=" ".join(path)):
                self.assertRegex(run(*path, "--help").stdout, r"(?m)^Examples?: cleave ")

    def test_every_option_is_in_the_manual(self):
        for path in self.commands:
            with self.subTest(command=" ".join(path)):
                page = (self.folder / "man/man1" / ("-".join(("cleave", *path)) + ".1")).read_text(encoding="utf-8")
                for name in options_of(path) | options_of(()) - {"--version"}:
                    self.assertIn("\\fB" + name.replace("-", "\\-") + "\\fR", page)
                self.assertIn(".SH EXAMPLES", page)
        pages = list((self.folder / "man/man1").iterdir())
        self.assertEqual(len(pages), len(self.commands))

    def test_groff_has_nothing_to_say(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        for page in (self.folder / "man/man1").iterdir():
            done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", page], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)
            self.assertIn("User Commands", done.stdout)

    def complete(self, *words, folder=None):
        """What bash offers for the last word."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cleave; '
                  'printf "%s\\n" "${COMPREPLY[@]}"; complete -p cleave')
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", self.folder / "bash/cleave", *words],
                              capture_output=True, text=True, check=False, cwd=folder or self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        *offers, registered = done.stdout.splitlines()
        self.assertEqual(registered, "complete -F _cleave cleave")
        return {offer for offer in offers if offer}

    def test_bash_completes_every_option_of_every_command(self):
        for path in self.commands:
            with self.subTest(command=" ".join(path)):
                offered = self.complete("cleave", *path, "-")
                self.assertLessEqual(options_of(path) | options_of(()) - {"--version"}, offered | {"--version"})
                below = {p[-1] for p in self.commands if p and p[:-1] == path}
                self.assertLessEqual(below, self.complete("cleave", *path, ""))

    def test_bash_completes_values(self):
        (self.folder / "bundle dir").mkdir()
        (self.folder / "front.json").write_text("{}", encoding="utf-8")
        self.assertEqual(self.complete("cleave", "compare", "--format", ""), {"text", "json", "markdown"})
        self.assertEqual(self.complete("cleave", "compare", "--format", "=", "ma"), {"markdown"})
        self.assertEqual(self.complete("cleave", "compare", "--format", "="), {"text", "json", "markdown"})
        self.assertEqual(self.complete("cleave", "compare", "fr"), {"front.json"})
        self.assertIn("bundle dir", self.complete("cleave", "explore", "-o", "b"))
        self.assertNotIn("front.json", self.complete("cleave", "explore", "-o", ""))
        self.assertEqual(self.complete("cleave", "explore", "--set", ""), set())
        # A value is no command, though it has the name of one.
        self.assertIn("explore", self.complete("cleave", "--data-dir", "network", ""))
        self.assertEqual(self.complete("cleave", "--quiet", "network", "sh"), {"show"})

    def test_zsh_has_every_option(self):
        text = (self.folder / "zsh/_cleave").read_text(encoding="utf-8")
        self.assertTrue(text.startswith("#compdef cleave\n"))
        for path in self.commands:
            function = text.split("\n" + "_".join(("_cleave", *path)) + "() {\n", 1)[1].split("\n}\n", 1)[0]
            for name in options_of(path) | options_of(()) - {"--version"}:
                self.assertRegex(function, r"[)*]" + re.escape(name) + r"[=+]?\[", " ".join(path))

    def test_zsh_parses_it(self):
        if shutil.which("zsh") is None:
            self.skipTest("zsh is not installed")
        done = subprocess.run(["zsh", "-n", self.folder / "zsh/_cleave"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_same_options_give_the_same_bytes(self):
        for kind in ("man", "bash", "zsh"):
            run("docs", kind, "-o", self.folder / "again" / kind)
            for path in (self.folder / kind).rglob("*"):
                if path.is_file():
                    again = self.folder / "again" / kind / path.relative_to(self.folder / kind)
                    self.assertEqual(path.read_bytes(), again.read_bytes())


if __name__ == "__main__":
    unittest.main()
