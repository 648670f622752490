"""What fits the FPGA, and the partitions that follow from it."""
import itertools
import math
from dataclasses import dataclass
from typing import Callable

from .families import MOBILENET, SHUFFLENET, SQUEEZENET
from .readings import IMPLEMENTATIONS, LINKS, ROUGHLY, fpga
from .runs import largest


FPGA = "cyclone10gx_10cx220"


@dataclass(frozen=True)
class Partition:
    """What of a family is on the FPGA."""
    label: str
    of: Callable  # implementation -> runs, splits


def usable(runs):
    """ALM that each implementation may fill; MHz of folded layers; the cost models' files with their SHA-256."""
    def models(implementation):
        return runs.explore(SQUEEZENET, [fpga(implementation), *ROUGHLY])["context"]["models"]
    found = runs.map(models, IMPLEMENTATIONS)
    available = {i: math.floor(m["fpga"]["capacity"]["alm"] * m["fpga"]["usable_alm_share"] + 1e-9)
                 for i, m in found.items()}
    plain = found[IMPLEMENTATIONS[0]]
    measured = runs.explore(SQUEEZENET, [f"link.model={LINKS[1]}"])["context"]["models"]["link"]
    clock, = (i["clock_hz"] / 1e6 for i in found["folded"]["fpga"]["implementations"])
    return available, clock, {
        "jetson_tx2": plain["gpu"]["sha256"],
        FPGA: plain["fpga"]["sha256"],
        LINKS[0]: plain["link"]["sha256"],
        LINKS[1]: measured["sha256"],
    }


def size(runs, network, implementation, fpga_runs):
    """ALM and whether it fits, with the fastest hardware that does."""
    score = runs.score(network, [fpga(implementation)], fpga_runs)
    return score["resources"]["alm"], score["feasible"]


def largest_slice(runs, network, layer, axis, top, implementation):
    def fits(share):
        return runs.score(network, [fpga(implementation)], splits=[(layer, axis, share)])["feasible"]
    return largest(fits, top - 1)  # the whole layer is not a split


def multipliers(score, layer):
    """How many a folded convolution that stands alone on the FPGA has, and what they are; None if it is not folded."""
    shown = next(x for m in score["modules"] for x in m["layers"] if x["name"] == layer["name"])
    if "fold" not in shown:
        return None
    fold = shown["fold"]
    return fold["pe"] * fold["simd"] * (layer["kernel"][0] if fold["columns"] else 1), fold["multipliers"]


def most_seen(runs):
    """Multipliers of the largest folded layer that the model is fitted to, in DSP blocks and in logic."""
    figures = runs.cleave.figures(FPGA)
    return {kind: int(figures[f"implementations.folded.seen.{kind}_multipliers"].split(" to ")[1])
            for kind in ("dsp", "logic")}


def fit_fires(runs, family):
    """Sizes of each 3x3 expand by implementation and module; partitions."""
    layers = runs.layers[SQUEEZENET]

    def one(item):
        implementation, module = item
        name = f"{module}/expand3x3"
        channels, filters = layers[f"{module}/squeeze"]["output"][0], layers[name]["output"][0]
        score = runs.score(SQUEEZENET, [fpga(implementation)], [[name]])
        fits = score["feasible"]

        def most(axis, top):
            return top if fits else largest_slice(runs, SQUEEZENET, name, axis, top, implementation)
        return {
            "channels": channels, "filters": filters, "map": layers[name]["output"][1:],
            "weights": layers[name]["weights"], **score["resources"], "fits": fits,
            "pace_s": score["pipelines"][0]["pace_s"], "multipliers": multipliers(score, layers[name]),
            "slice_channels": most("channels", channels), "slice_filters": most("filters", filters),
        }
    fires = runs.map(one, itertools.product(IMPLEMENTATIONS, family.modules))

    def slices(axis):
        def made(implementation):
            found = {f"{m}/expand3x3": fires[implementation, m] for m in family.modules}
            return ([[name] for name, x in found.items() if x["fits"]],
                    [(name, axis, x[f"slice_{axis}"]) for name, x in found.items()
                     if not x["fits"] and x[f"slice_{axis}"]])
        return made
    return fires, {
        "ignored": Partition("3x3 expand on the FPGA, capacity ignored",
                             lambda _: ([[f"{m}/expand3x3"] for m in family.modules], [])),
        "fits": Partition("largest slice of its input channels that fits", slices("channels")),
        "other": Partition("largest slice of its filters that fits", slices("filters")),
    }


def fit_pieces(runs, family, pieces):
    """Size of all of a module's pieces by implementation and module. pieces: module -> runs of the partition."""
    def one(item):
        implementation, module = item
        return size(runs, family.network, implementation, pieces[module])
    return runs.map(one, itertools.product(IMPLEMENTATIONS, pieces))


def everywhere(pieces):
    return lambda _: (sum(pieces.values(), []), [])


def where_fits(pieces, sizes):
    return lambda i: (sum((r for m, r in pieces.items() if sizes[i, m][1]), []), [])


def fit_bottlenecks(runs, family):
    """Sizes of each bottleneck's 1x1 convolutions; partitions."""
    pieces = {m: [[n] for n in runs.has(MOBILENET, (f"{m}/expand", f"{m}/project"))] for m in family.modules}
    sizes = fit_pieces(runs, family, pieces)
    return sizes, {
        "ignored": Partition("all 1x1 on the FPGA, capacity ignored", everywhere(pieces)),
        "fits": Partition("the same where a module's fit, else GPU", where_fits(pieces, sizes)),
    }


def fit_units(runs, family):
    """Sizes of what the paper's partition puts on the FPGA of each unit; partitions."""
    pieces, branches = {}, {}
    for module in family.modules:
        left = runs.has(SHUFFLENET, (f"{module}/left_depthwise", f"{module}/left_pointwise"))
        if left:
            pieces[module], branches[module] = [left[:1]], [left]
        else:
            pieces[module] = branches[module] = [[f"{module}/pointwise1"], [f"{module}/pointwise2"]]
    sizes = fit_pieces(runs, family, pieces)
    return sizes, {
        "ignored": Partition("left depthwise and all other units' 1x1 on the FPGA, capacity ignored",
                             everywhere(pieces)),
        "fits": Partition("the same where a unit's fit, else GPU", where_fits(pieces, sizes)),
        "other": Partition("with all of the left branch on the FPGA",
                           where_fits(branches, fit_pieces(runs, family, branches))),
    }
