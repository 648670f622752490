#!/usr/bin/python3
"""Colours and progress on a real (pseudo) terminal, and their absence elsewhere. Usage: terminal_test.py ROOT CLEAVE"""
import re
import shutil
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from support import CONFIG, ROOT, Fronts, has_onnx, run, run_on_terminal

SLOW = [ROOT / "test/configs/shufflenet_v2_1.0.yaml", "--set", "objectives=[latency, energy, alm]",
        "--set", "search.time_limit=3 s", "--set", "search.threads=1"]
ESCAPE = "\x1b["


class Terminal(Fronts):
    def compare(self, *options, **environment):
        return run_on_terminal("compare", self.old_front, self.new_front, *options, **environment)[1]

    def test_colours_are_for_terminals(self):
        self.assertIn(ESCAPE, self.compare())
        self.assertNotIn(ESCAPE, self.compare(NO_COLOR="1"))
        self.assertIn(ESCAPE, self.compare(NO_COLOR=""))
        self.assertNotIn(ESCAPE, self.compare(TERM="dumb"))
        self.assertNotIn(ESCAPE, self.compare("--color", "never"))
        self.assertNotIn(ESCAPE, self.compare("--quiet", "--fail-if", "front.size>0"))
        self.assertIn(ESCAPE, run("compare", self.old_front, self.new_front, "--color", "always").stdout)
        self.assertNotIn(ESCAPE, run("compare", self.old_front, self.new_front, TERM="xterm").stdout)

    def test_colours_change_nothing_but_colours(self):
        plain = run("compare", self.old_front, self.new_front).stdout
        painted = run("compare", self.old_front, self.new_front, "--color", "always").stdout
        self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", painted), plain)

    def test_what_is_wrong_is_red(self):
        red = ESCAPE + "1;31m"
        status, seen = run_on_terminal("explore", CONFIG, "-o", self.temp.name + "/unmet", "--set",
                                       "constraints.max_latency=1us")
        self.assertEqual(status, 4)
        self.assertIn(f"cleave: {red}error:{ESCAPE}0m constraints.max_latency", seen)
        if has_onnx():
            bundle = self.temp.name + "/bundle"
            seen = run_on_terminal("deploy", self.old_front, "--point", "knee", "-o", bundle)[1]
            self.assertIn(f"{ESCAPE}1mdevice{ESCAPE}0m", seen)
            status, seen = run_on_terminal("verify", bundle, "--min-sqnr", "99", "--inputs", "1")
            self.assertEqual(status, 5)
            self.assertRegex(seen, re.escape(red) + r"\d+\.\d dB")
            self.assertIn(f"{red}error:{ESCAPE}0m SQNR is ", seen)
            self.assertRegex(seen, r"SQNR is [\d.]+ dB, less than the 99 dB of --min-sqnr")

    def test_progress_is_shown_on_a_terminal_and_gone_at_the_end(self):
        status, seen = run_on_terminal("explore", *SLOW, "-o", self.temp.name + "/slow")
        lines = [line for line in seen.split("\r") if re.search(r"(options, state|search, pass) \d+", line)]
        self.assertTrue(lines, seen)
        self.assertRegex(lines[-1], r"^\d+ s: .*\d+/\d+.*\x1b\[K$")
        # The line is cleared before the next text.
        after = seen[seen.rindex(lines[-1]) + len(lines[-1]):]
        self.assertTrue(after.startswith("\r\x1b[K"), after[:40])
        self.assertIn(status, (0, 3))

    def test_a_sweep_shows_its_cases(self):
        sweep = Path(self.temp.name, "sweep.yaml")
        sweep.write_text(f"cleave_sweep: 1\nbase: {SLOW[0]}\nset: {{search.time_limit: 1 s}}\n"
                         "grid:\n  objectives: [[latency, energy, alm]]\n  fpga.clock: [50 MHz, 76 MHz]\n",
                         encoding="utf-8")
        command = ["sweep", sweep, "--jobs", "1", "-o", self.temp.name + "/sweep"]
        _, seen = run_on_terminal(*command)
        lines = [line for line in seen.split("\r") if re.match(r"\d+ s: case \d/2", line)]
        self.assertTrue(lines, seen)
        after = seen[seen.rindex(lines[-1]) + len(lines[-1]):]
        self.assertTrue(after.startswith("\r\x1b[K"), after[:40])
        shutil.rmtree(self.temp.name + "/sweep")
        self.assertNotIn("\r", run(*command).stderr)
        shutil.rmtree(self.temp.name + "/sweep")
        self.assertNotIn("case", run_on_terminal("--quiet", *command)[1])

    def test_no_progress_elsewhere(self):
        for more, environment in (([], {}), (["--quiet"], {})):
            done = run(*more, "explore", *SLOW, "-o", self.temp.name + "/piped", **environment)
            self.assertNotIn("\r", done.stderr)
        self.assertNotIn("pass", run_on_terminal("--quiet", "explore", *SLOW, "-o", self.temp.name + "/q")[1])
        self.assertNotIn("\x1b[K", run_on_terminal("explore", *SLOW, "-o", self.temp.name + "/d", TERM="dumb")[1])


if __name__ == "__main__":
    unittest.main()
