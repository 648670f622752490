"""The paper's modules with the GPU's time and energy by its first author's loop, and the FPGA's by the cost models.

A module is looked at on square maps of the sizes that the paper names, whatever the size in its network. Every
convolution on the GPU is a pass of the loop (authors_loop); nothing else of a module costs the GPU anything.
"""
import itertools
from dataclasses import astuple, dataclass
from functools import partial
from typing import Callable

from .authors_loop import ENERGY_MJ, TIME_MS, work
from .families import SQUEEZENET
from .program import mapping_text
from .readings import fpga

SIZES = (224, 112, 56, 28, 14, 7, 4)
OWN = None  # in place of a size: that of the module's network


@dataclass(frozen=True)
class Convolution:
    channels: int
    size: int
    kernel: int
    stride: int
    filters: int
    depthwise: bool

    @property
    def out(self):
        return -(-self.size // self.stride)


@dataclass(frozen=True)
class Cost:
    """Seconds and joules, of a task or of tasks one after the other."""
    time: float
    energy: float

    def __add__(self, other):
        return Cost(self.time + other.time, self.energy + other.energy)

    def beside(self, other):
        """Of both at the same time."""
        return Cost(max(self.time, other.time), self.energy + other.energy)


NOTHING = Cost(0, 0)


def on_gpu(conv):
    """A pass of the authors' loop."""
    done = work(conv.size, conv.channels, conv.kernel, conv.filters, conv.out, conv.channels if conv.depthwise else 1)
    return Cost(1e-3 * TIME_MS(*done), 1e-3 * ENERGY_MJ(*done))


def spec(conv):
    op = "depthwise" if conv.depthwise else "conv"
    filters = "" if conv.depthwise else f", filters: {conv.filters}"
    return (f"cleave_network: 1\nname: layer\ninput: {{channels: {conv.channels}, height: {conv.size}, width: {conv.size}}}\n"
            f"modules:\n  - name: layer\n    layers:\n      - {{name: conv, op: {op}, kernel: {conv.kernel}, "
            f"stride: {conv.stride}, pad: {conv.kernel // 2}{filters}, then: [relu]}}\n")


def measure_fpga(runs, convs, cases):
    """By case and convolution: its cost with its transfers, and whether it fits."""
    def one(item):
        (implementation, link), conv = item
        shape = f"{conv.channels}x{conv.size}_{conv.kernel}s{conv.stride}_{'d' if conv.depthwise else conv.filters}"
        network = runs.cleave.write(f"networks/loop_{shape}.yaml", spec(conv))
        mapping = runs.cleave.write("mappings/loop_fpga.yaml", mapping_text("layer", [["layer/conv"]]))
        # Under `graph` the host adds nothing to a run; the authors' loop has its own.
        found = runs.cleave.evaluate(SQUEEZENET, mapping, [f"network={network}", fpga(implementation), "gpu.profile=graph",
                                                           f"link.model={link}"])
        return Cost(found["latency_s"], found["energy_j"]), found["feasible"]
    return runs.map(one, itertools.product(cases, convs))


# What reads another convolution's output, whose map may be smaller; all others read the module's input.
BEHIND = {"project": "depthwise", "left_pointwise": "left_depthwise", "pointwise2": "depthwise"}


def own_size(layers, module):
    """Height of the map that a module reads in its network. layers: of `network show`."""
    first = next(x for x in layers.values() if x["module"] == module and x["op"] in ("conv", "depthwise"))
    return layers[first["inputs"][0]]["output"][1]


def convolutions(layers, module, size, width):
    """Of a module on a map of this size, by name. layers: of `network show`; width: of all its channels."""
    found = {}
    for layer in (x for x in layers.values() if x["module"] == module and x["op"] in ("conv", "depthwise")):
        name, filters, kernel = layer["name"].split("/")[1], layer["output"][0], layer["kernel"][0]
        depthwise = layer["op"] == "depthwise"
        channels = filters if depthwise else layer["weights"] // (kernel ** 2 * filters)
        source = found.get(BEHIND.get(name))
        found[name] = Convolution(int(channels * width), source.out if source else size, kernel, layer["stride"][0],
                                  int(filters * width), depthwise)
    return found


def fire(gpu, moved, side_by_side):
    join = Cost.beside if side_by_side else Cost.__add__
    squeeze, one, three = (gpu[n] for n in ("squeeze", "expand1x1", "expand3x3"))
    return squeeze + join(one, three), squeeze + one.beside(moved["expand3x3"])


def bottleneck(gpu, moved, names):
    return sum(gpu.values(), NOTHING), sum((moved[n] if n in names else gpu[n] for n in gpu), NOTHING)


def unit(gpu, moved, side_by_side):
    """Left depthwise on the FPGA while the GPU works on the right branch; of others the 1x1 behind the depthwise."""
    right = [gpu["pointwise1"], gpu["depthwise"]]
    if "left_depthwise" not in gpu:
        return sum(right, gpu["pointwise2"]), sum(right, moved["pointwise2"])
    right, last = sum(right, gpu["pointwise2"]), gpu["left_pointwise"]
    if side_by_side:
        return right.beside(gpu["left_depthwise"] + last), right.beside(moved["left_depthwise"] + last)
    return right + gpu["left_depthwise"] + last, right.beside(moved["left_depthwise"]) + last


@dataclass(frozen=True)
class LoopReading:
    """A reading of one kind of module: what runs where."""
    family: str  # key
    key: str
    label: str
    moved: tuple  # convolutions that are on the FPGA, of those that a module has
    costs: Callable  # costs on the GPU, costs of `moved` on the FPGA -> cost of the module on the GPU alone, and with both
    width: float = 1


LOOP_READINGS = (
    LoopReading("fire", "beside", "expands side by side", ("expand3x3",), partial(fire, side_by_side=True)),
    LoopReading("fire", "half", "the same, half as wide", ("expand3x3",), partial(fire, side_by_side=True), 0.5),
    LoopReading("fire", "after", "expands one after the other", ("expand3x3",), partial(fire, side_by_side=False)),
    LoopReading("bottleneck", "behind", "only the 1x1 behind the depthwise moves (Fig. 2a)", ("project",),
                partial(bottleneck, names=("project",))),
    LoopReading("bottleneck", "all", "all 1x1 move", ("expand", "project"), partial(bottleneck, names=("expand", "project"))),
    LoopReading("stage", "after", "branches one after the other", ("left_depthwise", "pointwise2"),
                partial(unit, side_by_side=False)),
    LoopReading("stage", "beside", "branches side by side", ("left_depthwise", "pointwise2"),
                partial(unit, side_by_side=True)),
)


@dataclass(frozen=True)
class LoopGains:
    """Energy gain and speed-up: of all modules on maps of all sizes together, on those of each size, and of all modules
    on the maps that they read in their network."""
    total: tuple
    by_size: dict
    own: tuple
    fitting: int  # of so many modules, on maps of every size, all that moves fits
    modules: int


def gains(pairs):
    """Of pairs of costs, before and after: ratios of sums."""
    before, after = (sum(costs, NOTHING) for costs in zip(*pairs))
    return before.energy / after.energy, before.time / after.time


def measure_loop(runs, families, cases):
    """LoopGains by family, reading, case, and whether only what fits moves."""
    by_key = {family.key: family for family in families}
    modules = {}
    for r in LOOP_READINGS:
        layers, names = runs.layers[by_key[r.family].network], by_key[r.family].modules
        modules[r] = [(module, size, convolutions(layers, module, size or own_size(layers, module), r.width))
                      for size in (*SIZES, OWN) for module in names]
    wanted = {convs[n] for r, rows in modules.items() for _, _, convs in rows for n in moved_of(r, convs)}
    costs = measure_fpga(runs, sorted(wanted, key=astuple), cases)
    return {(r.family, r.key, case, fits_only): loop_gains(r, modules[r], costs, case, fits_only)
            for r, case, fits_only in itertools.product(LOOP_READINGS, cases, (False, True))}


def loop_gains(reading, modules, costs, case, fits_only):
    pairs, fitting = {size: [] for size in (*SIZES, OWN)}, {}
    for module, size, convs in modules:
        moved = {n: costs[case, convs[n]] for n in moved_of(reading, convs)}
        fits = all(fit for _, fit in moved.values())
        alone, both = reading.costs({n: on_gpu(c) for n, c in convs.items()}, {n: cost for n, (cost, _) in moved.items()})
        pairs[size].append((alone, both if fits or not fits_only else alone))
        fitting[module] = fitting.get(module, True) and fits
    return LoopGains(gains(sum((pairs[size] for size in SIZES), [])), {size: gains(pairs[size]) for size in SIZES},
                     gains(pairs[OWN]), sum(fitting.values()), len(fitting))


def convolution_share(runs, families):
    """Of the loop's time for all modules of a kind, on maps of all sizes, the share that grows with multiply-accumulates."""
    found = {}
    for family in families:
        convs = [c for size in SIZES for m in family.modules
                 for c in convolutions(runs.layers[family.network], m, size, 1).values()]
        gmac = sum(work(c.size, c.channels, c.kernel, c.filters, c.out, c.channels if c.depthwise else 1)[1] for c in convs)
        found[family.key] = 1e-3 * TIME_MS.per_gmac * gmac / sum(on_gpu(c).time for c in convs)
    return found


def moved_of(reading, convs):
    """What a module has of that, without the 1x1 behind the depthwise of a unit whose left branch has one."""
    names = [n for n in reading.moved if n in convs]
    return names[:1] if "left_depthwise" in names else names
