"""Each claim of the paper with what cleave says, and the verdict."""
from ..readings import IMPLEMENTATIONS, PROFILES, reading_name
from .markdown import change, paragraph, span, table, times

REASONS = {
    ("fire", 0): "F1, F2", ("fire", 1): "F2, F3",
    ("bottleneck", 0): "B1, B2", ("bottleneck", 1): "B1, B2, B3",
    ("stage", 0): "S1, S2", ("stage", 1): "S1, S2",
}


def verdict(fits, ignored, best, test):
    word = {0: "not reproduced", len(fits): "reproduced"}.get(sum(map(test, fits)), "depends on the reading")
    parts = [f"{sum(map(test, values))} of {len(values)}" for values in (fits, ignored, best)]
    return f"**{word}**: {', '.join(parts)}"


def at_least(paper):
    return lambda gain: round(gain, 2) >= paper


def inside(low, high):
    """Whether a gain is a reduction of so many percent."""
    return lambda gain: low <= round(100 * (1 - 1 / gain)) <= high


def claim_row(study, claim, paper, family, metric, test, show):
    best = "front.min_latency" if metric else "front.min_energy"
    values = [study.totals(family, partition, metric) for partition in ("fits", "ignored", best)]
    return claim, paper, *[span(v, show) for v in values], verdict(*values, test), REASONS[family.key, metric]


def claim_rows(study):
    fire, bottleneck, stage = study.families
    rows = []
    for family in study.families:
        for metric, name in enumerate(("energy gain", "latency speed-up")):
            paper = family.claim[metric]
            rows.append(claim_row(study, f"Table I, {family.title}, {name}", times(paper), family, metric,
                                  at_least(paper), times))
    abstract = ((bottleneck, 0, 12, 30), (bottleneck, 1, 4, 26), (fire, 0, 21, 28), (fire, 1, -2, 2),
                (stage, 0, 25, None), (stage, 1, 21, None))
    for family, metric, low, high in abstract:
        name = family.title.split("'")[0]
        paper = f"-{low} %" if high is None else f"-{low} to -{high} %" if low > 0 else "same (taken as within 2 %)"
        rows.append(claim_row(study, f"Abstract, {name}, {('energy', 'latency')[metric]}", paper, family, metric,
                              inside(low, 100 if high is None else high), change))
    return rows


def fitting(study, implementation, profile, kernels=None, variant="plain"):
    """Single layers that fit, by kernel and then filters."""
    layers = [study.layer[implementation, profile, k, n, variant]
              for k in kernels or study.scope.kernels for n in study.scope.filters]
    return [x for x in layers if x["fits"]]


def energy_by_filters(study, implementation, profile):
    """Energy gains of the layers that fit, with ever more filters, for each kernel of which several do."""
    gains = [[x["energy"] for x in fitting(study, implementation, profile, [k])] for k in study.scope.kernels]
    return [g for g in gains if len(g) > 1]


def count_growing(study, implementation, profile):
    """Kernels whose energy gain rises with every step of the filters, as far as they fit; and all looked at."""
    looked = energy_by_filters(study, implementation, profile)
    return sum(all(a < b for a, b in zip(gains, gains[1:])) for gains in looked), len(looked)


def count_faster(study, key, variant="plain"):
    """Of how many layers the FPGA is ahead, as text for each implementation and profile."""
    layers = {(i, p): fitting(study, i, p, variant=variant) for i in IMPLEMENTATIONS for p in PROFILES}
    return "; ".join(f"{reading_name(r)}: {sum(x[key] > 1 for x in v)} of {len(v)}" for r, v in layers.items())


def word(good, every):
    return "**reproduced**" if every else "**depends on the reading**" if good else "**not reproduced**"


def layer_rows(study):
    layers = {(i, p): fitting(study, i, p) for i in IMPLEMENTATIONS for p in PROFILES}
    faster = [all(x["latency"] > 1 for x in v) for v in layers.values()]
    thriftier = [all(x["energy"] > 1 for x in v) for v in layers.values()]
    largest = {i: study.most[i, 5] for i in IMPLEMENTATIONS}
    ratios = {r: [x["energy"] for x in v] for r, v in layers.items()}
    growth = {r: count_growing(study, *r) for r in layers}
    hundred = [max(v) >= 100 for v in ratios.values()]
    ten = sum(x >= 10 for v in ratios.values() for x in v)
    return [
        ("FPGA faster than the GPU on the layers that fit", count_faster(study, "latency"),
         word(any(faster), all(faster)), "L1"),
        ("FPGA takes less energy than the GPU", count_faster(study, "energy"),
         word(any(thriftier), all(thriftier)), "L1"),
        ("by orders of magnitude", "gain " + "; ".join(f"{reading_name(r)}: {span(v)}" for r, v in ratios.items()),
         word(any(hundred), all(hundred)),
         f"{ten} of {sum(map(len, ratios.values()))} gains are above 10x, "
         f"{'none' if not any(hundred) else 'some'} above 100x"),
        ("64 filters of 5x5 on 3 channels is the largest that fits",
         "; ".join(f"{i}: up to {n} filters of 5x5" for i, n in largest.items()),
         word(any(n >= 64 for n in largest.values()), all(64 <= n < 128 for n in largest.values())), "L2"),
        ("the energy advantage grows with the filters",
         "; ".join(f"{reading_name(r)}: {a} of {b} kernels" for r, (a, b) in growth.items()),
         word(any(a == b for a, b in growth.values()), all(a == b for a, b in growth.values())), "L3"),
    ]


def mostly_not(study, rows):
    """Whether gains over the GPU are there under most readings, but mostly not those of the paper."""
    knees = [study.total(f, "front.knee", r) for f in study.families for r in study.readings]
    beaten = sum(energy > 1 and latency >= 1 for energy, latency in knees)
    failed = sum(not r[5].startswith("**reproduced**") for r in rows)
    return beaten > 1.5 * len(study.readings) and failed > len(rows) / 2


def summary(study):
    rows, count = claim_rows(study), len(study.readings)
    text = "## Summary\n\n"
    text += paragraph(f"""Gains are GPU only / partition, for all modules of a kind together. Ranges are over
        {count} readings (below). *What fits* is the paper's partition on the modules whose share fits the FPGA, the
        others on the GPU; *capacity ignored* puts it on every module, also where that would take an FPGA many times as
        large; *any partition* is the front of the whole design space, at its least energy or least latency. The verdict
        is about what fits; its three numbers say under how many of the {count} readings what fits, capacity ignored and
        any partition reach the paper's figure (a range: lie inside it, so that more than it says does not count). F1 to
        S2 are explained below.""")
    text += "\n" + table(("claim", "paper", "what fits", "capacity ignored", "any partition", "verdict", "why"), rows)
    text += "\n" + paragraph("""Fig. 1 is about single layers on a 224x224x3 image; four readings, since it shows each
        device by itself. Only layers that fit are counted.""")
    text += "\n" + table(("claim", "cleave", "verdict", "why"), layer_rows(study))
    both = "; ".join(f"{f.title}: {sum(study.both[f.key, 'front', r] for r in study.readings)} of {count}"
                     for f in study.families)
    text += "\n" + paragraph(f"""Readings in which one partition of the front reaches both figures of Table I at once:
        {both}.""" + (""" What the paper concludes, that a GPU with a small FPGA beside it can beat the GPU alone, holds
            in cleave under most readings; its figures for its own partitions mostly do not."""
                      if mostly_not(study, rows) else ""))
    return text
