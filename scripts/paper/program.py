"""The program, and the files that it is given."""
import json
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def set_options(sets):
    return [text for item in sets for text in ("--set", item)]


def mapping_text(network, runs=(), splits=()):
    lines = ["cleave_mapping: 1", f"network: {network}"]
    if runs:
        lines += ["fpga_runs:", *[f"  - [{', '.join(run)}]" for run in runs]]
    if splits:
        lines += ["splits:", *[f"  - {{layer: {layer}, axis: {axis}, fpga_share: {share}}}"
                               for layer, axis, share in splits]]
    return "\n".join(lines) + "\n"


class Cleave:
    """Runs the program in one folder of networks, mappings and results."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.lock, self.written = threading.Lock(), set()

    def run(self, *arguments, allowed=(0,)):
        command = [self.program, "--data-dir", ROOT, "--quiet", *arguments]
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
        if done.returncode not in allowed:
            called = " ".join(map(str, command))
            sys.exit(f"reproduce_paper: {called}\nended with status {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def show(self, network):
        return self.run("network", "show", network, "--json")

    def figures(self, model):
        """Values of a cost model by their path, as text."""
        return {f["path"]: f["value"] for f in self.run("platform", "show", model, "--json")["figures"]}

    def explore(self, network, sets):
        return self.run("explore", ROOT / f"configs/paper/{network}.yaml", "-o", "-", *set_options(sets))

    def evaluate(self, config, mapping, sets):
        """A score; one that does not fit is a score too."""
        return self.run("evaluate", ROOT / f"configs/paper/{config}.yaml", "-m", mapping, "--json", *set_options(sets),
                        allowed=(0, 4))

    def write(self, name, text):
        """The file, which is written once: its name says what is in it."""
        path = self.folder / name
        with self.lock:
            if path not in self.written:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                self.written.add(path)
        return path
