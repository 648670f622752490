"""Gains over the GPU alone: of the paper's partitions, and of the fronts of the design space."""
import itertools
import sys
from dataclasses import dataclass

from .families import NETWORKS
from .readings import FOLDED, settings

SELECTED = ("min_latency", "knee", "min_energy")
METRICS = ("energy_j", "latency_s")


def select(front, role):
    return next(p for p in front["front"] if p["id"] == front["selected"][role])


def gains_of(family, base, modules):
    """Energy gain and latency speed-up of each group, and of all modules of the family together."""
    by_name = {m["name"]: m for m in modules}

    def total(source, members, key):
        return sum(source[m][key] for m in members)
    groups = {**family.groups, "all": family.modules}
    return {
        group: tuple(total(base, members, key) / total(by_name, members, key) for key in METRICS)
        for group, members in groups.items()
    }


def measure_base(runs, readings):
    """Each module on the GPU, by network and reading."""
    def one(item):
        network, reading = item
        return {m["name"]: m for m in runs.score(network, settings(reading))["modules"]}
    return runs.map(one, itertools.product(NETWORKS, readings))


def measure_partitions(runs, readings, families, partitions, base):
    """By family, partition and reading: gains of its groups, of its whole network, and of every module."""
    by_key = {family.key: family for family in families}

    def one(item):
        key, name, reading = item
        family = by_key[key]
        fpga_runs, splits = partitions[key][name].of(reading[0])
        score = runs.score(family.network, settings(reading), fpga_runs, splits)
        alone = base[family.network, reading]
        modules = {m["name"]: tuple(alone[m["name"]][k] / m[k] for k in METRICS) for m in score["modules"]}
        return gains_of(family, alone, score["modules"]), (score["energy_gain"], score["latency_speedup"]), modules
    found = runs.map(one, ((key, name, r) for key in by_key for name in partitions[key] for r in readings))
    return ({item: result[number] for item, result in found.items()} for number in range(3))


@dataclass(frozen=True)
class Front:
    """What is kept of a front. Gains are pairs: energy gain, latency speed-up."""
    gap: float
    points: tuple  # of each design point: gains of all modules of the family together
    groups: dict  # selected point -> group -> gains
    whole: dict  # selected point -> gains of the whole network
    left: dict  # selected point -> layers that are not on the FPGA, or not all of them
    at_no_loss: int | None  # of the points that are as fast as the GPU alone, the one of the most energy gain
    splits: dict  # its splits in the family's modules: layer -> axis, share

    def reaches(self, claim):
        """Whether a point has both figures."""
        return any(all(gain >= figure for gain, figure in zip(point, claim)) for point in self.points)


def front_options(scope, family, kind, reading):
    """As options of --set, of which the last counts."""
    return [*settings(reading), *(scope.fronts if reading[0] in FOLDED else ()),
            *(family.restricted if kind == "restricted" else ())]


def thriftiest_at_no_loss(points):
    """Number of the point of the most energy gain among those as fast as the GPU alone, as far as two digits tell."""
    good = [n for n, (_, latency) in enumerate(points) if round(latency, 2) >= 1]
    return max(good, key=lambda n: points[n][0], default=None)


def splits_of(family, point):
    return {layer["name"]: (layer["axis"], layer["fpga_share"])
            for module in point["modules"] if module["name"] in family.modules
            for layer in module["layers"] if layer["device"] == "split"}


def measure_fronts(runs, scope, families, base):
    """Of the paper's kind of partition (`restricted`) and of any (`front`), by family, name and reading."""
    by_key = {family.key: family for family in families}

    def one(item):
        key, kind, reading = item
        family = by_key[key]
        front = runs.explore(family.network, front_options(scope, family, kind, reading))
        if front["completeness"] != ("epsilon" if reading[0] in FOLDED else "exact"):
            sys.exit(f"reproduce_paper: the front of {family.network} is not proved")
        alone = base[family.network, reading]
        points = [gains_of(family, alone, point["modules"])["all"] for point in front["front"]]
        best = thriftiest_at_no_loss(points)
        selected = {role: select(front, role) for role in SELECTED}
        return Front(
            gap=front.get("gap", 0), points=tuple(points),
            groups={role: gains_of(family, alone, point["modules"]) for role, point in selected.items()},
            whole={role: (point["energy_gain"], point["latency_speedup"]) for role, point in selected.items()},
            left={role: sum(layer["device"] != "fpga" for module in point["modules"] for layer in module["layers"])
                  for role, point in selected.items()},
            at_no_loss=best, splits={} if best is None else splits_of(family, front["front"][best]))
    return runs.map(one, itertools.product(by_key, ("front", "restricted"), scope.readings))
