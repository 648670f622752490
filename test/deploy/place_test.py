#!/usr/bin/python3
"""Small circuits of each form placed and routed down to a bitstream. Usage: place_test.py ROOT CLEAVE

Skipped without Yosys, nextpnr-ice40 and icepack.
"""
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, CLEAVE = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
TOOLS = ("yosys", "nextpnr-ice40", "icepack")
CONFIG = """cleave_config: 1
network: network.yaml
gpu: {model: jetson_tx2, profile: graph, power_mode: max_n}
fpga: {model: cyclone10gx_10cx220, implementation: %s, capacity: {alm: %d}}
link: {model: pcie_gen2_x4_measured}
space: {strategies: [fpga]}
"""
NETWORK = """cleave_network: 1
name: small
source: made up
input: {channels: %d, height: 8, width: 8}
modules:
  - name: a
    layers:
"""
FOLDED = """      - {name: conv, op: conv, kernel: 3, stride: 2, pad: 1, filters: 3, then: [relu]}
      - {name: pool, op: max_pool, kernel: 2, stride: 2}
      - {name: last, op: conv, kernel: 1, filters: 2, then: [relu]}
"""
DIRECT = """      - {name: conv, op: conv, kernel: 3, pad: 1, filters: 2, then: [relu]}
      - {name: pool, op: max_pool, kernel: 2, stride: 2}
      - {name: next, op: conv, kernel: 1, filters: 2, then: [relu]}
      - {name: last, op: conv, kernel: 1, filters: 2, then: [relu]}
"""


class Placed(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)

    def place(self, network, implementation, alm):
        (self.scratch / "network.yaml").write_text(network, encoding="utf-8")
        (self.scratch / "config.yaml").write_text(CONFIG % (implementation, alm), encoding="utf-8")
        for command in ([CLEAVE, "-q", "explore", self.scratch / "config.yaml", "-o", self.scratch / "out"],
                        [CLEAVE, "-q", "deploy", self.scratch / "out/front.json", "--point", "min-energy", "--rtl", "-o",
                         self.scratch / "bundle"]):
            subprocess.run(command, check=True, capture_output=True)
        done = subprocess.run([ROOT / "scripts/synthesise", self.scratch / "bundle", "--place", "ice40"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        row = re.search(r"^ +\d+ +([0-9,]+) / 7,680 +(\d+) / 32 +([0-9.]+) MHz +([0-9,]+) B$", done.stdout, re.MULTILINE)
        self.assertIsNotNone(row, done.stdout)
        cells, memories, fmax, bitstream = (float(number.replace(",", "")) for number in row.groups())
        self.assertGreater(cells, 500)
        # Slower than this something would be wrong: a path through several modules, say.
        self.assertGreater(fmax, 40)
        # A bitstream of this device always has its size.
        self.assertGreater(bitstream, 100_000)
        return memories

    def test_folded(self):
        self.assertGreater(self.place(NETWORK % 2 + FOLDED, "folded", 1300), 0)

    def test_direct(self):
        self.place(NETWORK % 1 + DIRECT, "dhm-csd", 80000)


if __name__ == "__main__":
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed")
        sys.exit(77)
    unittest.main()
