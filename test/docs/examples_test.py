#!/usr/bin/python3
"""The commands of the documentation print what it shows. Usage: examples_test.py ROOT CLEAVE

Of each page the first YAML block of each kind is a file, as are the samples of SAMPLES, and each indented `$ cleave ...` is run in a folder with
those files; standard output and then standard error have to be the lines below it. `...` stands for any lines, the
seconds that a run took may differ, and a command without lines below it only has to end well. Indented `cleave ...`
without `$` are run, too.
"""
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, CLEAVE = Path(sys.argv.pop(1)).resolve(), Path(sys.argv.pop(1)).resolve()
# Names under which the commands of a page know its files.
FILES = {
    "tutorial.md": {"cleave_network": "tiny.yaml", "cleave_config": "tiny_config.yaml",
                    "cleave_mapping": "mine.yaml"},
    "file-formats.md": {"cleave_network": "small.yaml", "cleave_config": "small_config.yaml",
                        "cleave_mapping": "mapping.yaml"},
    "measuring.md": {},
}
# Folders whose files the commands of a page find beside them.
SAMPLES = {"measuring.md": "test/measurements/data"}


def write_files(text, names, folder):
    for block in re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        path = folder / names.get(block.split(":")[0], "-")
        if path.name != "-" and not path.exists():
            path.write_text(block, encoding="utf-8")


def examples(text):
    """Commands, each with the lines that follow it."""
    found, current = [], None
    for line in text.splitlines():
        command = re.match(r"    (\$ )?cleave (.*)", line)
        if command:
            current = (command[2], [])
            found.append(current)
        elif current and line.startswith("    "):
            current[1].append(line[4:])
        else:
            current = None
    return found


def pattern(lines):
    parts = [r"(?:.*\n)*?" if line == "..." else re.sub(r"\d+\\\.\d\d\\ s$", r"\\d+\\.\\d\\d s", re.escape(line)) + r"\n"
             for line in lines]
    return "".join(parts)


class Examples(unittest.TestCase):
    def check_page(self, name):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        found = examples(text)
        self.assertGreater(len(found), 3)
        with tempfile.TemporaryDirectory() as temp:
            write_files(text, FILES[name], Path(temp))
            if name in SAMPLES:
                shutil.copytree(ROOT / SAMPLES[name], temp, dirs_exist_ok=True)
            for command, lines in found:
                with self.subTest(command=command):
                    done = subprocess.run([CLEAVE, *shlex.split(command)], cwd=temp, capture_output=True, text=True,
                                          check=False)
                    printed = done.stdout + done.stderr
                    if not lines:
                        self.assertEqual(done.returncode, 0, printed)
                    elif not re.fullmatch(pattern(lines), printed):
                        self.fail("the page shows\n" + "\n".join(lines) + "\nbut the command prints\n" + printed)

    def test_tutorial(self):
        self.check_page("tutorial.md")

    def test_file_formats(self):
        self.check_page("file-formats.md")

    def test_measuring(self):
        self.check_page("measuring.md")

    def test_differences_are_seen(self):
        self.assertTrue(re.fullmatch(pattern(["a 1.5x", "...", "c, 0.01 s"]), "a 1.5x\nb\nb\nc, 12.34 s\n"))
        self.assertFalse(re.fullmatch(pattern(["a 1.5x", "c, 0.01 s"]), "a 1.6x\nc, 0.01 s\n"))
        self.assertFalse(re.fullmatch(pattern(["a"]), "a\nb\n"))


if __name__ == "__main__":
    unittest.main()
