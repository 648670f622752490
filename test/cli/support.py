"""What tests of the built program share. The first arguments of a test are ROOT and CLEAVE."""
import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, CLEAVE = Path(sys.argv.pop(1)).resolve(), Path(sys.argv.pop(1)).resolve()
CONFIG = ROOT / "test/configs/squeezenet_1.1.yaml"


def run(*arguments, **environment):
    return subprocess.run([CLEAVE, *map(str, arguments)], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})


def run_on_terminal(*arguments, **environment):
    """Exit status and what a terminal gets to see, standard output and error together."""
    main, other = pty.openpty()
    variables = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    process = subprocess.Popen([CLEAVE, *map(str, arguments)], stdout=other, stderr=other, stdin=other,
                               env={**variables, "TERM": "xterm", **environment})
    os.close(other)
    seen = b""
    while True:
        try:
            if select.select([main], [], [], 600)[0]:
                piece = os.read(main, 65536)
                if not piece:
                    break
                seen += piece
        except OSError:  # the other end is closed
            break
    os.close(main)
    return process.wait(), seen.decode()


def has_onnx():
    """Whether the program was built with support for ONNX files."""
    with tempfile.TemporaryDirectory() as temp:
        model = Path(temp, "model.onnx")
        model.write_bytes(b"")
        return "CLEAVE_ONNX is OFF" not in run("network", "check", model).stderr


class Fronts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.TemporaryDirectory()
        cls.old, cls.new = Path(cls.temp.name, "old"), Path(cls.temp.name, "new")
        for folder, more in ((cls.old, []), (cls.new, ["--set", "fpga.clock=80MHz"])):
            done = run("--quiet", "explore", CONFIG, "-o", folder, *more)
            assert done.returncode == 0, done.stderr
        cls.old_front, cls.new_front = cls.old / "front.json", cls.new / "front.json"

    @classmethod
    def tearDownClass(cls):
        cls.temp.cleanup()

    def changed(self, change):
        """The old front with a change to its JSON, as a file."""
        front = json.loads(self.old_front.read_text(encoding="utf-8"))
        change(front)
        path = Path(self.temp.name, "changed.json")
        path.write_text(json.dumps(front), encoding="utf-8")
        return path
