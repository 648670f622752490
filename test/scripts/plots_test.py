"""The plots plot_front, plot_uncertainty and plot_growth, and what drawing has for all of them."""
import json
import math
import re
import subprocess
from xml.etree import ElementTree

from support import CLEAVE, ROOT, Script

SVG = "{http://www.w3.org/2000/svg}"
HEAD = "name,regions,options,seconds,most_labels,completeness,peak_bytes\n"


def with_class(svg, kind):
    return [e for e in ElementTree.fromstring(svg).iter() if e.get("class") == kind]


def tip(element):
    return element.findtext(f"{SVG}title")


class Plots(Script):
    @classmethod
    def setUpClass(cls):
        def explore(*options):
            done = subprocess.run([CLEAVE, "-q", "explore", *options, "-o", "-"],
                                  capture_output=True, text=True, check=True)
            return done.stdout
        draws = ("--uncertainty", "3")
        cls.readme = explore(ROOT / "configs/shufflenet_v2_0.5.yaml")
        cls.shufflenet = explore(ROOT / "test/configs/shufflenet_v2_0.5.yaml", *draws)
        cls.gpu_alone = explore(ROOT / "test/configs/squeezenet_1.1.yaml", "--set", "fpga.capacity.alm=1", *draws)

    def plot(self, script, text, status=0):
        """The drawing, which is the same on standard output and in a file; or what is said."""
        source, target = self.write("source", text), self.dir / "drawing.svg"
        done = self.run_script(ROOT / "scripts" / script, source, status=status)
        if status:
            self.assertEqual(done.stdout, "")
            return done.stderr.replace(str(source), "source")
        silent = self.run_script(ROOT / "scripts" / script, source, target)
        self.assertEqual((silent.stdout, silent.stderr), ("", ""))
        self.assertEqual(target.read_text(encoding="utf-8"), done.stdout)
        self.assertIn("@media (prefers-color-scheme: dark)", done.stdout)
        return done.stdout

    def test_a_front_is_drawn_as_in_the_readme(self):
        svg = self.plot("plot_front", self.readme)
        self.assertEqual(svg, (ROOT / "docs/images/shufflenet_v2_0.5.svg").read_text(encoding="utf-8"))
        self.assertIn("Pareto front within 1 %", svg)
        self.assertIn("exact Pareto front", self.plot("plot_front", self.shufflenet))
        points = json.loads(self.readme)["front"]
        self.assertGreater(len(points), 1)
        tips = [f"{p['id']}: {1e3 * p['latency_s']:.3f} ms, {1e3 * p['energy_j']:.2f} mJ" for p in points]
        # In the overview and enlarged.
        self.assertEqual([tip(e) for e in with_class(svg, "front")], tips + tips)

    def test_a_front_of_one_point_has_one_panel(self):
        svg = self.plot("plot_front", self.gpu_alone)
        self.assertEqual(len(with_class(svg, "front")), 1)
        self.assertEqual(with_class(svg, "zoom"), [])
        self.assertIn("front: 1 point<", svg)

    def test_uncertainty_is_drawn_as_a_cross_for_each_point(self):
        svg = self.plot("plot_uncertainty", self.shufflenet)
        points = json.loads(self.shufflenet)["front"]
        dots, arms = with_class(svg, "front"), with_class(svg, "arm")
        self.assertEqual(len(dots), len(points))
        self.assertIn("90 % intervals over 3 draws", svg)
        for dot, across, up, point in zip(dots, arms[::2], arms[1::2], points, strict=True):
            self.assertEqual(tip(dot).split(":")[0], point["id"])
            self.assertEqual((across.get("y1"), across.get("y2")), (dot.get("cy"), dot.get("cy")))
            self.assertEqual((up.get("x1"), up.get("x2")), (dot.get("cx"), dot.get("cx")))
            self.assertLessEqual(float(across.get("x1")), float(across.get("x2")))
            self.assertGreaterEqual(float(up.get("y1")), float(up.get("y2")))
        self.assertEqual(len(with_class(self.plot("plot_uncertainty", self.gpu_alone), "front")), 1)

    def test_growth_is_drawn_on_logarithmic_axes(self):
        svg = self.plot("plot_growth", HEAD + """chain,10,10,0.001,10,exact,1000000
chain,10,100,1,1000,exact,10000000
chain,100,10,0.1,0,exact,1000000
chain,100,100,10,100000,bounded,100000000
network,100,100,10,100000,bounded,100000000
""")
        # 4 runs in 3 panels; one has no labels, one is stopped.
        self.assertEqual((len(with_class(svg, "front")), len(with_class(svg, "hollow"))), (8, 3))
        first, second = with_class(svg, "front")[:2]
        # x: 196 for 2.5 powers of ten from 10^0.9 at 64 on. y: 250 for 4 powers, from 10^-3 at 334 to 10^1 at 84.
        self.assertEqual((first.get("cx"), first.get("cy")), (f"{64 + 0.1 / 2.5 * 196:.1f}", "334.0"))
        self.assertEqual((second.get("cx"), second.get("cy")), (f"{64 + 1.1 / 2.5 * 196:.1f}", f"{334 - 250 * 3 / 4}"))
        self.assertEqual(tip(second), "10 regions of 100 options: 1 s, exact")

    def test_the_benchmark_prints_what_is_drawn(self):
        sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bench").rglob("*.cpp"))
        header = re.search(r'"(name,regions,[^;]*?)\\n"', re.sub(r'"\s*"', "", sources))[1]
        self.assertLessEqual(set(HEAD.strip().split(",")), set(header.split(",")))

    def test_what_cannot_be_drawn_is_refused(self):
        front = json.loads(self.shufflenet)
        without_points = json.dumps({**front, "front": []})
        del front["uncertainty"]
        for script, text, words in (
            ("plot_front", "no JSON", "source: Expecting value"),
            ("plot_front", "{}", "source: has no 'front'"),
            ("plot_front", without_points, "source: has no points"),
            ("plot_uncertainty", json.dumps(front), "source: was written without --uncertainty"),
            ("plot_growth", HEAD, "source: has no chains"),
            ("plot_growth", self.shufflenet, "source: has no 'name'"),
        ):
            with self.subTest(script=script, words=words):
                self.assertTrue(self.plot(script, text, status=2).startswith(f"{script}: error: {words}"))

    def test_usage(self):
        for script in ("plot_front", "plot_growth", "plot_uncertainty"):
            path = ROOT / "scripts" / script
            shown = self.run_script(path, "--help").stdout
            self.assertIn(f"Usage: {script} ", shown)
            self.assertEqual(self.run_script(path, status=2).stderr, shown)
        self.assertEqual(self.run_script(path, "a", "b", "c", status=2).stderr, shown)
        done = self.run_script(path, self.dir / "none", status=2)
        self.assertEqual(done.stderr, f"{script}: error: {self.dir}/none: No such file or directory\n")


class Ticks(Script):
    def test_are_round_and_inside(self):
        done = self.run_script("/usr/bin/python3", "-B", "-c", f"""import json, sys
sys.path.insert(0, '{ROOT}/scripts')
from drawing.panel import padded, ticks
print(json.dumps([ticks(0, 10), ticks(0.9, 1.32), ticks(-3, 1234), padded([1, 2]), padded([1, 1]), padded([0])]))
""")
        ten, small, large, *ranges = json.loads(done.stdout)
        self.assertEqual([text for _, text in ten], ["0", "2", "4", "6", "8", "10"])
        self.assertEqual([text for _, text in small], ["0.9", "1.0", "1.1", "1.2", "1.3"])
        self.assertEqual([text for _, text in large], ["0", "250", "500", "750", "1000"])
        for (low, high), expected in zip(ranges, ((0.88, 2.12), (0.9, 1.1), (-1, 1)), strict=True):
            self.assertTrue(math.isclose(low, expected[0]) and math.isclose(high, expected[1]), (low, high))
