"""Gains over the GPU alone: of the paper's partitions, and of the fronts of the design space."""
import itertools
import sys

from .families import NETWORKS
from .readings import settings

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


def measure_fronts(runs, readings, families, base):
    """Of the paper's kind of partition (`restricted`) and of any (`front`), by family, name and reading: gains of
    groups at each selected point; of the whole network at the knee; whether a point reaches both claims."""
    by_key = {family.key: family for family in families}

    def one(item):
        key, kind, reading = item
        family = by_key[key]
        sets = settings(reading) + (list(family.restricted) if kind == "restricted" else [])
        front = runs.explore(family.network, sets)
        if front["completeness"] != "exact":
            sys.exit(f"reproduce_paper: the front of {family.network} is not exact")
        alone = base[family.network, reading]
        points = {role: gains_of(family, alone, select(front, role)["modules"]) for role in SELECTED}
        both = any(
            all(gains[k] >= family.claim[k] for k in (0, 1))
            for gains in (gains_of(family, alone, p["modules"])["all"] for p in front["front"]))
        knee = select(front, "knee")
        return points, both, (knee["energy_gain"], knee["latency_speedup"])
    found = runs.map(one, itertools.product(by_key, ("front", "restricted"), readings))
    gains = {(key, f"{kind}.{role}", reading): points[role]
             for (key, kind, reading), (points, _, _) in found.items() for role in SELECTED}
    both = {item: reached for item, (_, reached, _) in found.items()}
    whole = {item: knee for item, (_, _, knee) in found.items()}
    return gains, whole, both
