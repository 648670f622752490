#!/usr/bin/python3
"""The program's costs are those of docs/cost-models.md. Usage: reference_test.py ROOT CLEAVE [MAPPINGS [SEED]]

`costs` computes latency, energy and resources of a mapping by that page alone; here random mappings under random
settings, of the networks that ship and of those in specs/, are scored by the program, too: all must be equal to the
nanosecond, the picojoule and the block. MAPPINGS are drawn for each way to use the FPGA (60), from SEED on (0).
"""
import random
import sys
import tempfile
import unittest
from pathlib import Path

from costs.drawing import draw_hardware, draw_mapping, draw_settings
from costs.mapping import cost
from costs.platform import Models
from costs.program import Program, figures_of, hardware_of

ROOT, CLEAVE = Path(sys.argv.pop(1)).resolve(), Path(sys.argv.pop(1)).resolve()
MAPPINGS, FIRST = (int(sys.argv.pop(1)) if len(sys.argv) > 1 else default for default in (60, 0))
SHIPPED = sorted(path.stem for path in (ROOT / "network_specs").glob("*.yaml"))
OWN = sorted((ROOT / "test/reference/specs").glob("*.yaml"))


class Reference(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program, self.models, self.networks = Program(ROOT, CLEAVE, Path(folder.name)), Models(ROOT), {}

    def network(self, name):
        if name not in self.networks:
            self.networks[name] = self.program.network(name)
        return self.networks[name]

    def check_mapping(self, name, settings, mapping):
        score = self.program.score(name, settings, mapping)
        reference = cost(self.models.platform(settings), self.network(name), mapping, hardware_of(score))
        self.assertEqual(reference.figures(), figures_of(score), (settings, mapping))

    def check_random(self, implementations, groups):
        self.assertGreater(MAPPINGS, 0)
        for seed in range(FIRST, FIRST + MAPPINGS):
            rand = random.Random(seed)
            name = rand.choice(rand.choice((SHIPPED, OWN)))
            settings = draw_settings(rand, implementations)
            mapping = draw_mapping(rand, self.network(name), rand.randrange(1, groups + 1) if groups else 0)
            if self.models.platform(settings).fpga.folds and rand.random() < 0.7:
                mapping["hardware"] = draw_hardware(rand, self.network(name), mapping,
                                                    self.models.platform(settings).fpga)
            with self.subTest(seed=seed, network=str(name)):
                self.check_mapping(name, settings, mapping)

    def test_gpu_alone(self):
        self.check_random([["dhm-csd"]], 0)

    def test_dhm_csd(self):
        self.check_random([["dhm-csd"]], 4)

    def test_dhm_2021(self):
        self.check_random([["dhm-2021"]], 4)

    def test_folded(self):
        self.check_random([["folded"]], 3)

    def test_folded_beside_dhm(self):
        self.check_random([["folded", "dhm-csd"]], 3)


if __name__ == "__main__":
    unittest.main()
