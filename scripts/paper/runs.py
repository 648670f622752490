"""Runs of the program on the paper's networks, several at a time."""
import concurrent.futures
import hashlib
import os

from .families import NETWORKS
from .program import mapping_text


class Runs:
    def __init__(self, cleave):
        self.cleave = cleave
        self.pool = concurrent.futures.ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
        shown = {network: cleave.show(network) for network in NETWORKS}
        self.modules = {network: s["modules"] for network, s in shown.items()}
        self.layers = {network: {layer["name"]: layer for layer in s["layers"]} for network, s in shown.items()}

    def map(self, function, items):
        """Results by item, computed at the same time."""
        items = list(items)
        return dict(zip(items, self.pool.map(function, items)))

    def explore(self, network, sets):
        return self.cleave.explore(network, sets)

    def score(self, network, sets, runs=(), splits=()):
        """Of one of the networks with these runs and splits on the FPGA."""
        text = mapping_text(network, runs, splits)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        return self.cleave.evaluate(network, self.cleave.write(f"mappings/{name}.yaml", text), sets)

    def has(self, network, names):
        return [name for name in names if name in self.layers[network]]


def largest(fits, top):
    """The largest number from 0 to top that fits, if 0 does and so does each below one that fits."""
    low, high = 0, top
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
