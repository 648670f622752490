#!/usr/bin/python3
"""The JSON Schemas accept every file that ships, and refuse files that are wrong in form. Usage: schemas_test.py ROOT"""
import json
import sys
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(sys.argv.pop(1)) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
DATA = ROOT / "test/rejected/data"
KINDS = {
    "cleave_network": "network",
    "cleave_config": "config",
    "cleave_mapping": "mapping",
    "cleave_gpu": "gpu_model",
    "cleave_fpga": "fpga_model",
    "cleave_link": "link_model",
    "cleave_sweep": "sweep",
}
# Rejected inputs whose fault a schema can see: the others are wrong in what only the reader knows.
FORM_FAULTS = {
    "network": ["typos", "negative", "negative_input", "from_forms", "missing_keys", "no_modules", "names", "wrong_op_key"],
    "model": ["gpu_units", "gpu_no_source", "gpu_numbers", "gpu_missing_class", "fpga_power", "fpga_resources",
              "link_direction", "link_name"],
    "config": ["typos", "clock_units", "choices", "constraints", "constraints_units", "objectives", "search", "space"],
    "mapping": ["splits", "runs", "missing", "hardware"],
    "sweep": ["typos", "missing", "forms", "keys"],
}


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def faults(document, kind):
    schema = json.loads((ROOT / "docs/schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return list(jsonschema.Draft7Validator(schema).iter_errors(document))


def kind_of(document):
    return next(KINDS[key] for key in document if key in KINDS)


class Schemas(unittest.TestCase):
    def test_accept_what_ships(self):
        for folder in ("network_specs", "cost_models", "configs", "configs/sweeps"):
            for base in (ROOT, DATA) if not folder.startswith("configs") else (ROOT,):
                paths = sorted((base / folder).glob("*.yaml"))
                self.assertTrue(paths, f"no files in {base / folder}")
                for path in paths:
                    with self.subTest(file=str(path)):
                        document = load(path)
                        self.assertEqual([e.message for e in faults(document, kind_of(document))], [])

    def test_refuse_wrong_forms(self):
        for folder, names in FORM_FAULTS.items():
            for name in names:
                with self.subTest(file=f"{folder}/{name}"):
                    path = ROOT / "test/rejected" / folder / f"{name}.yaml"
                    if folder == "model":
                        kind = name.split("_")[0] + "_model"
                    else:
                        kind = folder
                    self.assertNotEqual(faults(load(path), kind), [])


if __name__ == "__main__":
    unittest.main()
