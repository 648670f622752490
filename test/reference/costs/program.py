"""The built program: what it shows of a network, and its score of a mapping."""
import json
import subprocess

import yaml

from .hardware import Fold
from .network import read_network

MODELS = {"gpu": "jetson_tx2", "fpga": "cyclone10gx_10cx220"}


class Refused(Exception):
    """The program's message on a mapping that it does not score."""


class Program:
    def __init__(self, root, cleave, folder):
        self.root, self.cleave, self.folder = root, cleave, folder

    def _run(self, *words):
        command = [self.cleave, "--data-dir", self.root, *words]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def network(self, name):
        return read_network(json.loads(self._run("network", "show", name, "--json").stdout))

    def score(self, name, settings, mapping):
        """What `evaluate --json` prints, feasible or not; `settings` as of draw_settings."""
        config = {"cleave_config": 1, "network": str(name)}
        config.update({room: {"model": model} for room, model in MODELS.items()})
        for key, value in settings.items():
            room, entry = key.split(".")
            config.setdefault(room, {})[entry] = value
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        text = yaml.safe_dump({key: value for key, value in mapping.items() if value})
        (self.folder / "mapping.yaml").write_text(text, encoding="utf-8")
        done = self._run("evaluate", "config.yaml", "--mapping", "mapping.yaml", "--json")
        if done.returncode not in (0, 4) or not done.stdout:
            raise Refused(done.stderr)
        return json.loads(done.stdout)


def hardware_of(score):
    """(implementation, fold or None) of each layer on the FPGA."""
    layers = [layer for module in score["modules"] for layer in module["layers"] if "implementation" in layer]
    return {layer["name"]: (layer["implementation"], Fold(**layer["fold"]) if "fold" in layer else None)
            for layer in layers}


def figures_of(score):
    """Whole ns, whole pJ, blocks, and (pace in ns, clock in Hz) of each pipeline."""
    return {"latency": round(score["latency_s"] * 1e9), "energy": round(score["energy_j"] * 1e12),
            "resources": tuple(score["resources"].values()), "bytes": score["link_bytes"],
            "pipelines": [(round(one["pace_s"] * 1e9), one["clock_hz"]) for one in score["pipelines"]]}
