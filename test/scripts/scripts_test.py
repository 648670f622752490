#!/usr/bin/python3
"""Scripts of the source tree, with stand-ins for what is too expensive to run. Usage: scripts_test.py ROOT CLEAVE [NAME...]

NAME is a module of this folder, or a class or test in one (bench_test.Bench). Without one, all.
"""
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import support  # takes ROOT and CLEAVE off the arguments

HERE = Path(__file__).resolve().parent
# What runs each script, below test/.
TESTS = {
    "bench": "scripts/bench_test.py",
    "bundle_steps.py": "scripts/circuits_test.py",
    "check_circuits": "scripts/build_test.py",
    "check_search": "scripts/build_test.py",
    "cleave": "scripts/build_test.py",
    "common.bash": "scripts/build_test.py",
    "characterise_fpga": "scripts/circuits_test.py",
    "compare_sweeps": "cli/cli_test.py",
    "count_tests": "scripts/results_test.py",
    "deploy/bundle.mjs": "deploy/runner.py",
    "deploy/circuit.mjs": "deploy/runner.py",
    "deploy/compare.mjs": "deploy/runner.py",
    "deploy/measure.mjs": "deploy/runner.py",
    "deploy/model.mjs": "deploy/runner.py",
    "deploy/package-lock.json": "deploy/runner.py",
    "deploy/package.json": "deploy/runner.py",
    "deploy/run_bundle.mjs": "deploy/runner.py",
    "deploy/time_models.mjs": "scripts/measure_test.py",
    "drawing": "scripts/plots_test.py",
    "format": "scripts/build_test.py",
    "fuzz": "scripts/build_test.py",
    "kill_sweep": "sweep/sweep_test.py",
    "measure_cpu": "scripts/measure_test.py",
    "measured": "scripts/measure_test.py",
    "package": "scripts/package_test.py",
    "packages": "scripts/build_test.py",
    "paper": "scripts/paper_test.py",
    "place_ice40.py": "scripts/circuits_test.py",
    "plot_circuit": "scripts/circuits_test.py",
    "plot_front": "scripts/plots_test.py",
    "plot_growth": "scripts/plots_test.py",
    "plot_uncertainty": "scripts/plots_test.py",
    "reproduce_paper": "scripts/paper_test.py",
    "result_table": "scripts/results_test.py",
    "simulate": "deploy/runner.py",
    "slurm/merge.sbatch": "scripts/sweeps_test.py",
    "slurm/submit": "scripts/sweeps_test.py",
    "slurm/sweep.sbatch": "scripts/sweeps_test.py",
    "synthesis.py": "scripts/circuits_test.py",
    "synthesise": "scripts/circuits_test.py",
    "test": "scripts/build_test.py",
    "tidy": "scripts/build_test.py",
    "try_calibration": "scripts/measure_test.py",
    "try_models": "scripts/models_test.py",
}


class Table(unittest.TestCase):
    def scripts(self):
        """Files by their name in TESTS; of a Python package its folder."""
        top = support.ROOT / "scripts"
        for path in sorted(top.rglob("*")):
            name = path.relative_to(top).as_posix()
            if path.is_file() and not {"node_modules", "__pycache__"} & set(path.parts):
                yield name.split("/")[0] if path.suffix == ".py" else name, path

    def test_every_script_has_a_test_that_names_it(self):
        self.assertEqual(sorted({name for name, _ in self.scripts()}), sorted(TESTS))
        for name, test in TESTS.items():
            # A folder of files is named as such.
            words = [name.rsplit("/", 1)[-1], "SOURCE.glob" if name.endswith(".mjs") else name]
            text = (HERE.parent / test).read_text(encoding="utf-8")
            self.assertTrue(any(word in text for word in words), f"{test} does not name {name}")

    def test_scripts_say_how_they_are_called(self):
        called = [path for _, path in self.scripts() if path.read_bytes().startswith(b"#!")]
        self.assertGreater(len(called), 10)
        for path in called:
            with self.subTest(path.name):
                self.assertRegex(path.read_text(encoding="utf-8"), rf"(?m)Usage: .*\b{path.name}\b")

    def test_no_file_is_long(self):
        files = [path for _, path in self.scripts() if path.suffix != ".json"] + list(HERE.glob("*"))
        for path in files:
            if path.is_file():
                with self.subTest(path.name):
                    self.assertLessEqual(len(path.read_text(encoding="utf-8").splitlines()), 450)


if __name__ == "__main__":
    names = [name for name in sys.argv[1:] if not name.startswith("-")]
    modules = [] if names else ["__main__", *sorted(path.stem for path in HERE.glob("*_test.py") if path.stem != "scripts_test")]
    unittest.main(module=None, argv=[*sys.argv, *modules])
