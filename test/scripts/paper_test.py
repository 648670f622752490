"""scripts/reproduce_paper on the smallest comparison that it makes, and paper's modules on numbers made up here."""
import itertools
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

from support import CLEAVE, ROOT, Script

sys.path.insert(0, str(ROOT / "scripts"))
from paper import authors_loop, capacity, gains, loop_readings, readings, runs
from paper.command import stale, write
from paper.families import Family, make_families
from paper.page import markdown, shares, summary
from paper.program import mapping_text

PAGE = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
RENEW = "docs/paper.md is out of date: run scripts/reproduce_paper"


def sections(page):
    """Lines of each section by its heading."""
    found = {}
    for line in page.splitlines():
        if line.startswith("#"):
            found[line] = rows = []
        elif found:
            rows.append(line)
    return found


def rows(lines, first):
    """Rows of a table whose first cell begins so."""
    return [line for line in lines if line.startswith(f"| {first}")]


class Quick(Script):
    """What does not depend on how much is compared has to be as in docs/paper.md."""

    @classmethod
    def setUpClass(cls):
        scratch = Script("run")
        scratch.setUp()
        cls.addClassCleanup(scratch.doCleanups)
        cls.output, kept = scratch.dir / "docs", scratch.dir / "kept"
        done = subprocess.run([ROOT / "scripts/reproduce_paper", "--quick", "-o", cls.output, "--keep", kept, "--cleave",
                               CLEAVE], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        cls.kept = {path.parent.name for path in kept.glob("*/*.yaml")}
        cls.page = (cls.output / "paper.md").read_text(encoding="utf-8")

    def test_the_page_has_every_section(self):
        self.assertEqual(list(sections(self.page)), list(sections(PAGE)))
        self.assertIn("Ranges are over 4 readings", " ".join(self.page.split()))
        self.assertEqual(self.kept, {"mappings", "networks"})

    def test_texts_without_results_are_those_of_the_documentation(self):
        for heading in ("# Comparison with the paper", "## What is compared, and how",
                        "## Why cleave and the paper differ"):
            self.assertEqual(sections(self.page)[heading], sections(PAGE)[heading], RENEW)

    def test_modules_are_as_in_the_documentation(self):
        for heading, module in (("## Fire", "fire"), ("## Bottleneck", "bottleneck"), ("## Stage", "stage")):
            found = rows(sections(self.page)[heading], module)
            self.assertEqual(len(found), 2)
            for row in found:
                self.assertIn(row, sections(PAGE)[heading], RENEW)

    def test_whole_expands_on_the_fpga_are_as_in_the_documentation(self):
        heading = "### Fire's 3x3 expand, and which share of it"
        found = [row for row in rows(sections(self.page)[heading], "fire") if "54x54" in row]
        self.assertEqual(len(found), 2)
        for row in found:
            self.assertIn(row, sections(PAGE)[heading], RENEW)

    def test_the_loop_is_as_in_the_documentation(self):
        """What is fitted does not depend on how many modules are compared; all readings are there."""
        heading = "## The authors' own loop"
        for first in ("time", "energy, GPU rail"):
            self.assertEqual(rows(sections(self.page)[heading], first), rows(sections(PAGE)[heading], first), RENEW)
        for family in ("Fire", "bottleneck", "stage"):
            found = [[row.split(" | ")[:3] for row in rows(sections(page)[heading], family)] for page in (self.page, PAGE)]
            self.assertEqual(*found, RENEW)
            self.assertGreaterEqual(len(found[0]), 2)

    def test_single_layers_are_as_in_the_documentation(self):
        heading = "## Fig. 1: single layers"
        found = rows(sections(self.page)[heading], "3x3") + rows(sections(self.page)[heading], "5x5")
        self.assertEqual(len(found), 4)
        for row in found:
            self.assertIn(row, sections(PAGE)[heading], RENEW)

    def test_whole_networks_gain_what_they_do_in_the_documentation(self):
        """Exact fronts do not depend on how many modules are looked at; those of the paper's partitions do."""
        found = [row for row in rows(sections(self.page)["## All readings"], "") if "any partition, knee" in row][:3]
        expected = [row for row in rows(sections(PAGE)["## All readings"], "") if "any partition, knee" in row][:3]
        self.assertEqual(len(found), 3)
        # Without the ranges over all readings.
        self.assertEqual([row.split(" | ")[:6] for row in found], [row.split(" | ")[:6] for row in expected], RENEW)

    def test_drawings_have_a_mark_for_each_number(self):
        def marks(name):
            svg = ElementTree.parse(self.output / "images" / name)
            return [e.get("class") for e in svg.iter() if (e.get("class") or "").startswith("mark ")]
        # 4 in the legend; 5, 4 and 5 partitions of a kind, with 4 readings each, in energy and in latency.
        self.assertEqual(len(marks("paper_gains.svg")), 4 + 14 * 4 * 2)
        # 3, 3 and 4 partitions of a kind with foldings.
        self.assertEqual(len(marks("paper_folded.svg")), 4 + 10 * 4 * 2)
        # 2 of 3 in the legend; 3 shares by filters and by channels under 2 profiles.
        self.assertEqual(len([kind for kind in marks("paper_fire.svg") if kind != "mark best"]), 2 + 3 * 2 * 2)
        # 2 kernels, 2 numbers of filters, 2 profiles, energy and latency.
        self.assertEqual(len(marks("paper_fig1.svg")), 16)


class Command(Script):
    def test_a_quick_comparison_does_not_go_to_the_documentation(self):
        done = self.run_script(ROOT / "scripts/reproduce_paper", "--quick", "--cleave", CLEAVE, status=2)
        self.assertIn("--quick needs --output", done.stderr)

    def test_what_the_program_says_is_shown_when_it_fails(self):
        program = self.stand_in("cleave", '[[ $* == --version ]] || { echo "no such network" >&2; exit 2; }\n')
        done = self.run_script(ROOT / "scripts/reproduce_paper", "--quick", "-o", self.dir, "--cleave", program, status=1)
        self.assertRegex(done.stderr, r"^reproduce_paper: .*/bin/cleave .* network show squeezenet_1\.0 --json\n"
                         "ended with status 2\nno such network\n")

    def test_files_that_would_change_are_told(self):
        files = {"paper.md": "a", "images/one.svg": "b"}
        self.assertEqual(stale(files, self.dir), list(files))
        write(files, self.dir)
        self.assertEqual(stale(files, self.dir), [])
        self.assertEqual(stale({**files, "paper.md": "c"}, self.dir), ["paper.md"])


class Loop(unittest.TestCase):
    """The authors' loop, and modules on the GPU that it describes."""

    def test_a_line_is_found_in_spite_of_wild_rows(self):
        works = [(a, b) for a in (0.1, 1, 3, 9) for b in (0.01, 0.5, 2, 20)]
        true = authors_loop.Line(2, 3, 5, 0, 0)
        values = [true(*one) * (8 if n in (3, 9) else 1) for n, one in enumerate(works)]
        found = authors_loop.rounded(authors_loop.robust_line(works, values))
        self.assertEqual((found.fixed, found.per_mb, found.per_gmac), (2, 3, 5))
        self.assertLess(found.median, 1e-9)
        self.assertAlmostEqual(found.mean, 2 * 0.875 / len(works), 4)

    def test_work_is_that_of_the_layer(self):
        self.assertEqual(authors_loop.work(5, 2, 3, 7), (4 * 2 * 25 / 1e6, 9 * 7 * 2 * 9 / 1e9))
        self.assertEqual(authors_loop.work(5, 4, 3, 4, out=3, groups=4), (4 * 4 * 25 / 1e6, 9 * 4 * 9 / 1e9))

    def test_figures_are_those_of_the_data(self):
        data = ROOT.parent / "shared/data" / authors_loop.DATA
        if not data.is_file():
            self.skipTest(f"{authors_loop.DATA} is not at hand")
        self.assertIsNone(authors_loop.differs(data))

    def test_other_data_are_told(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(authors_loop.differs(f"{folder}/none.csv"))
            path = Path(folder, "other.csv")
            path.write_text("h_in\n", encoding="utf-8")
            self.assertIn("is not the file that the loop was fitted to", authors_loop.differs(path))

    def costs(self, **times):
        return {name: loop_readings.Cost(time, 10 * time) for name, time in times.items()}

    def test_fire(self):
        gpu, moved = self.costs(squeeze=1, expand1x1=2, expand3x3=4), self.costs(expand3x3=3)
        cost = loop_readings.Cost
        self.assertEqual(loop_readings.fire(gpu, moved, True), (cost(5, 70), cost(4, 60)))
        self.assertEqual(loop_readings.fire(gpu, moved, False), (cost(7, 70), cost(4, 60)))

    def test_bottleneck(self):
        gpu, moved = self.costs(expand=1, depthwise=2, project=4), self.costs(expand=0.5, project=3)
        cost = loop_readings.Cost
        self.assertEqual(loop_readings.bottleneck(gpu, moved, ("project",)), (cost(7, 70), cost(6, 60)))
        self.assertEqual(loop_readings.bottleneck(gpu, moved, ("expand", "project")), (cost(7, 70), cost(5.5, 55)))

    def test_units(self):
        gpu = self.costs(left_depthwise=4, left_pointwise=2, pointwise1=1, depthwise=1, pointwise2=1)
        moved, cost = self.costs(left_depthwise=5), loop_readings.Cost
        # While the GPU takes 3 for the right branch; then the left pointwise.
        self.assertEqual(loop_readings.unit(gpu, moved, False), (cost(9, 90), cost(7, 100)))
        self.assertEqual(loop_readings.unit(gpu, moved, True), (cost(6, 90), cost(7, 100)))
        plain = self.costs(pointwise1=1, depthwise=1, pointwise2=2)
        self.assertEqual(loop_readings.unit(plain, self.costs(pointwise2=1), True), (cost(4, 40), cost(3, 30)))

    def test_modules_on_other_maps(self):
        def layer(name, op, weights, filters, kernel, stride=1):
            return {"name": name, "module": name.split("/")[0], "op": op, "weights": weights, "output": [filters, 1, 1],
                    "kernel": [kernel] * 2, "stride": [stride] * 2, "inputs": ["before/conv.relu"]}
        layers = {x["name"]: x for x in (
            layer("m/expand", "conv", 8 * 48, 48, 1), layer("m/depthwise", "depthwise", 9 * 48, 48, 3, 2),
            layer("m/project", "conv", 48 * 16, 16, 1), {"name": "m/add", "module": "m", "op": "add"})}
        layers["before/conv.relu"] = {"name": "before/conv.relu", "module": "before", "op": "relu", "output": [8, 30, 30]}
        found = loop_readings.convolutions(layers, "m", 7, 0.5)
        self.assertEqual({n: (c.channels, c.size, c.out, c.filters) for n, c in found.items()},
                         {"expand": (4, 7, 7, 24), "depthwise": (24, 7, 4, 24), "project": (24, 4, 4, 8)})
        self.assertEqual(loop_readings.own_size(layers, "m"), 30)

    def test_what_does_not_fit_stays_on_the_gpu(self):
        conv = loop_readings.Convolution(3, 4, 1, 1, 2, False)
        reading = loop_readings.LoopReading("f", "r", "", ("a",), lambda gpu, moved: (gpu["a"], moved["a"]))
        alone = loop_readings.on_gpu(conv)
        half = loop_readings.Cost(alone.time / 2, alone.energy / 4)
        modules = [(m, size, {"a": conv}) for size in (*loop_readings.SIZES, loop_readings.OWN) for m in ("m", "n")]
        for fits, kept in ((True, (4, 2)), (False, (1, 1))):
            found = loop_readings.loop_gains(reading, modules, {("case", conv): (half, fits)}, "case", True)
            for gains_ in (found.total, found.own, *found.by_size.values()):
                for gain, expected in zip(gains_, kept):
                    self.assertAlmostEqual(gain, expected)
            self.assertEqual((found.fitting, found.modules), (2 * fits, 2))


class Computed(unittest.TestCase):
    FAMILY = Family("one", "One", "net", (1.5, 1.0), {"a": ["a1", "a2"], "b": ["b1"]}, (), "")

    @staticmethod
    def cost(**modules):
        return [{"name": name, "energy_j": energy, "latency_s": latency} for name, (energy, latency) in modules.items()]

    def test_gains_are_ratios_of_sums(self):
        base = {m["name"]: m for m in self.cost(other=(9, 9), a1=(4, 1), a2=(2, 3), b1=(6, 2))}
        found = gains.gains_of(self.FAMILY, base, self.cost(other=(1, 1), a1=(1, 1), a2=(1, 1), b1=(3, 4)))
        self.assertEqual(found, {"a": (6 / 2, 4 / 2), "b": (6 / 3, 2 / 4), "all": (12 / 5, 6 / 6)})

    def fronts(self, implementation, completeness):
        """measure_fronts of one reading, with what the program was given."""
        reading, given = (implementation, "p", "c", "l"), []

        class Runs:
            def map(self, function, items):
                return {item: function(item) for item in items}

            def explore(self, network, sets):
                given.append(sets)
                split = {"name": "a1/conv", "device": "split", "axis": "filters", "fpga_share": 3}
                modules = [{**m, "layers": [split]} for m in Computed.cost(a1=(1, 1), a2=(1, 1), b1=(1, 2))]
                slower = [{**m, "layers": []} for m in Computed.cost(a1=(1, 2), a2=(1, 2), b1=(0.5, 3))]
                points = [{"id": n, "modules": m, "energy_gain": 2, "latency_speedup": 1}
                          for n, m in (("p0", modules), ("p1", slower))]
                return {"completeness": completeness, "front": points, "gap": 0.01,
                        "selected": dict.fromkeys(gains.SELECTED, "p0")}
        scope = readings.Scope((reading,), (), (), 1, (), ("search.epsilon=0.01",), ())
        base = {("net", reading): {m["name"]: m for m in self.cost(a1=(2, 1), a2=(2, 1), b1=(2, 2))}}
        return gains.measure_fronts(Runs(), scope, [self.FAMILY], base), given

    def test_a_front_that_is_not_proved_is_refused(self):
        for implementation, completeness in (("i", "epsilon"), ("i", "stopped"), ("mixed", "stopped")):
            with self.assertRaisesRegex(SystemExit, "the front of net is not proved"):
                self.fronts(implementation, completeness)

    def test_fronts_with_foldings_are_proved_within_epsilon(self):
        found, given = self.fronts("mixed", "epsilon")
        for sets in given:
            self.assertEqual((sets[0], sets[4]), ("fpga.implementation=[folded, dhm-csd]", "search.epsilon=0.01"))
        _, given = self.fronts("dhm-csd", "exact")
        self.assertNotIn("search.epsilon=0.01", itertools.chain(*given))

    def test_what_is_kept_of_a_front(self):
        front = self.fronts("folded", "epsilon")[0]["one", "front", ("folded", "p", "c", "l")]
        self.assertEqual(front.points, ((2, 1), (2.4, 4 / 7)))
        # The second has a greater energy gain, but takes longer than the GPU alone.
        self.assertEqual((front.at_no_loss, front.splits), (0, {"a1/conv": ("filters", 3)}))
        self.assertEqual(front.left["knee"], 3)
        self.assertTrue(front.reaches((2, 1)))
        self.assertFalse(front.reaches((2.4, 1)))

    def test_shares_as_text(self):
        self.assertEqual([shares.stretches(s) for s in ([], [16], [1, 2, 3, 7, 15, 16], [4, 6])],
                         ["none", "all", "1/16 to 3/16, 7/16, 15/16 to all", "4/16, 6/16"])
        gains_of = {4: (1.1, 1.2), 8: (1.3, 0.997), 12: (1.4, 0.9), 14: None, 16: (2, 2)}
        self.assertEqual(shares.thriftiest_split(gains_of), "8/16: 1.30, 1.00")
        self.assertEqual(shares.thriftiest_split({16: (2, 2)}), "none")
        self.assertEqual(shares.reaching(gains_of, shares.figures(self.FAMILY)), [16])

    def test_what_readings_have_in_common(self):
        self.assertEqual(shares.reading_list([("a", "p", "free"), ("b", "p", "free")]), " (all `p`, `free`)")
        self.assertEqual(shares.reading_list([("a", "p"), ("b", "q")]), "")
        self.assertEqual(shares.reading_list([("a", "p")]), "")

    def test_expands_are_whole_where_they_fit_and_else_the_largest_slice(self):
        class Runs:
            layers = {"squeezenet_1.0": {
                "a/squeeze": {"output": [8, 1, 1]},
                "a/expand3x3": {"name": "a/expand3x3", "output": [16, 1, 1], "weights": 9, "kernel": [3, 3]}}}

            def map(self, function, items):
                return {item: function(item) for item in items}

            def score(self, network, sets, fpga_runs=(), splits=()):
                fits = sets == ["fpga.implementation=folded"] or any(share <= 5 for _, _, share in splits)
                layer = {"name": "a/expand3x3"}
                if "folded" in sets[0]:
                    layer["fold"] = {"pe": 4, "simd": 2, "multipliers": "dsp", "columns": True}
                return {"feasible": fits, "resources": {"alm": 1}, "pipelines": [{"pace_s": 1}],
                        "modules": [{"layers": [layer]}]}
        fires, partitions = capacity.fit_fires(Runs(), Family("fire", "", "", (), {"a": ["a"]}, (), ""))
        self.assertEqual((fires["folded", "a"]["slice_filters"], fires["dhm-csd", "a"]["slice_filters"]), (16, 5))
        self.assertEqual((fires["folded", "a"]["multipliers"], fires["dhm-csd", "a"]["multipliers"]), ((24, "dsp"), None))
        self.assertEqual(partitions["other"].of("folded"), ([["a/expand3x3"]], []))
        self.assertEqual(partitions["fits"].of("dhm-csd"), ([], [("a/expand3x3", "channels", 5)]))

    def test_the_largest_that_fits(self):
        for top in range(6):
            for limit in range(8):
                self.assertEqual(runs.largest(lambda n, limit=limit: n <= limit, top), min(top, limit))

    def test_a_slice_is_never_the_whole_layer(self):
        class Runs:
            def score(self, network, sets, runs=(), splits=()):
                return {"feasible": True}
        self.assertEqual(capacity.largest_slice(Runs(), "net", "one/conv", "filters", 8, "i"), 7)

    def test_pieces_are_on_the_fpga_where_all_of_a_module_fit(self):
        pieces = {"m": [["x"], ["y"]], "n": [["z"]]}
        sizes = {("i", "m"): (10, True), ("i", "n"): (20, False), ("j", "m"): (10, False), ("j", "n"): (1, True)}
        self.assertEqual(capacity.everywhere(pieces)("i"), ([["x"], ["y"], ["z"]], []))
        self.assertEqual(capacity.where_fits(pieces, sizes)("i"), ([["x"], ["y"]], []))
        self.assertEqual(capacity.where_fits(pieces, sizes)("j"), ([["z"]], []))

    def test_families_are_made_of_the_networks_modules(self):
        modules = {"squeezenet_1.0": ["stem", "fire2", "fire3"], "mobilenet_v2_0.5": ["bottleneck1"],
                   "shufflenet_v2_0.5": ["stage2_1", "stage2_2", "stage3_1", "head"]}
        fire, bottleneck, stage = make_families(modules, 3)
        self.assertEqual((fire.modules, bottleneck.modules), (["fire2", "fire3"], ["bottleneck1"]))
        self.assertEqual(stage.groups, {"stage2": ["stage2_1", "stage2_2"], "stage3": ["stage3_1"]})
        self.assertEqual(make_families(modules, 1)[0].modules, ["fire2"])

    def test_mappings(self):
        self.assertEqual(mapping_text("n", [["a", "b"]], [("c", "filters", 3)]),
                         "cleave_mapping: 1\nnetwork: n\nfpga_runs:\n  - [a, b]\n"
                         "splits:\n  - {layer: c, axis: filters, fpga_share: 3}\n")

    def test_numbers_as_text(self):
        self.assertEqual([markdown.change(gain) for gain in (1.25, 0.5, 1.001, 0.999)], ["-20 %", "+100 %", "0 %", "0 %"])
        self.assertEqual([markdown.span(v) for v in ([2, 1, 1.5], [1.001, 1.002])], ["1.00x to 2.00x", "1.00x"])
        self.assertEqual(markdown.table(("a", "b"), [(1, 2)], right=(1,)), "| a | b |\n|---|---:|\n| 1 | 2 |\n")

    def test_verdicts(self):
        # -20 % is inside -12 to -30 %, -40 % is not; 1.336 rounds to what the paper says, 1.334 does not.
        test = summary.inside(12, 30)
        self.assertEqual(summary.verdict(([1 / 0.8] * 2, [1 / 0.6] * 2, [1 / 0.8, 1]), test),
                         "**reproduced**: 2 of 2, 0 of 2, 1 of 2")
        self.assertEqual(summary.verdict(([1.336, 1.334], [1], [2]), summary.at_least(1.34)),
                         "**depends on the reading**: 1 of 2, 0 of 1, 1 of 1")
        self.assertEqual(summary.verdict(([1.3], [2]), summary.at_least(1.34)), "**not reproduced**: 0 of 1, 1 of 1")
