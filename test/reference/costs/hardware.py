"""What a layer, a unit or a buffer is as hardware on the FPGA, and what folds into the layer before."""
from dataclasses import dataclass

CLAMPS = {"relu", "relu6"}
WIRES = {"flatten", "dropout"}


@dataclass(frozen=True)
class Blocks:
    """Resources. `lines` are the short, middle and long delay lines of the form `fitted`, in M20K or logic."""
    alm: int = 0
    dsp: int = 0
    m20k: int = 0
    lines: tuple = (0, 0, 0)

    def __add__(self, other):
        lines = tuple(a + b for a, b in zip(self.lines, other.lines))
        return Blocks(self.alm + other.alm, self.dsp + other.dsp, self.m20k + other.m20k, lines)


@dataclass(frozen=True)
class Hardware:
    """Resources and timing in clock cycles."""
    blocks: Blocks
    interval: int
    fill: int
    depth: int


@dataclass(frozen=True)
class Fold:
    pe: int
    simd: int
    multipliers: str
    columns: bool


def own_followers(layer, followers):
    """Those of what follows a layer that do not fold into it."""
    folds, own, clamped = layer.convolves or layer.op == "fc", [], False
    for index, follower in enumerate(followers):
        if follower.op == "dropout":
            continue
        first = all(before.op == "batch_norm" for before in followers[:index])
        if folds and follower.op == "batch_norm" and first:
            continue
        if folds and follower.op in CLAMPS and not clamped:
            clamped = True
            continue
        own.append(follower)
    return own


def has_hardware(layer):
    if layer.op in ("fc", "flatten"):
        return layer.inputs[0][1:] == (1, 1)
    return layer.convolves or layer.op in {"max_pool", "avg_pool", "global_avg_pool", "batch_norm", "add", "concat",
                                           "slice", "shuffle", "dropout"} | CLAMPS
