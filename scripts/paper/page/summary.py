"""Each claim of the paper with what cleave says, and the verdict."""
from ..readings import DIRECT, LINKS, PROFILES, reading_name
from .markdown import change, pair, paragraph, span, table, times

REASONS = {
    ("fire", 0): "F1, F2", ("fire", 1): "F2, F3",
    ("bottleneck", 0): "B1, B2", ("bottleneck", 1): "B1, B2, B3",
    ("stage", 0): "S1, S2", ("stage", 1): "S1, S2",
}


def verdict(columns, test):
    """On the first column; and how much of each passes the test."""
    fits = columns[0]
    found = {0: "not reproduced", len(fits): "reproduced"}.get(sum(map(test, fits)), "depends on the reading")
    return f"**{found}**: " + ", ".join(f"{sum(map(test, values))} of {len(values)}" for values in columns)


def at_least(paper):
    return lambda gain: round(gain, 2) >= paper


def inside(low, high):
    """Whether a gain is a reduction of so many percent."""
    return lambda gain: low <= round(100 * (1 - 1 / gain)) <= high


def claims(study):
    """Each with the family and metric that it is about, the test for it and how its figures are written."""
    fire, bottleneck, stage = study.families
    for family in study.families:
        for metric, name in enumerate(("energy gain", "latency speed-up")):
            paper = family.claim[metric]
            yield f"Table I, {family.title}, {name}", times(paper), family, metric, at_least(paper), times
    abstract = ((bottleneck, 0, 12, 30), (bottleneck, 1, 4, 26), (fire, 0, 21, 28), (fire, 1, -2, 2),
                (stage, 0, 25, None), (stage, 1, 21, None))
    for family, metric, low, high in abstract:
        name = family.title.split("'")[0]
        paper = f"-{low} %" if high is None else f"-{low} to -{high} %" if low > 0 else "same (taken as within 2 %)"
        test = inside(low, 100 if high is None else high)
        yield f"Abstract, {name}, {('energy', 'latency')[metric]}", paper, family, metric, test, change


def claim_rows(study, readings, partitions):
    """Of each claim what these partitions and, at its best, the front have; the verdict; family and metric."""
    for claim, paper, family, metric, test, show in claims(study):
        best = "front.min_latency" if metric else "front.min_energy"
        columns = [study.totals(family, partition, metric, readings) for partition in (*partitions, best)]
        yield (claim, paper, *[span(c, show) for c in columns], verdict(columns, test)), (family.key, metric)


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
    layers = {(i, p): fitting(study, i, p, variant=variant) for i in DIRECT for p in PROFILES}
    return "; ".join(f"{reading_name(r)}: {sum(x[key] > 1 for x in v)} of {len(v)}" for r, v in layers.items())


def word(good, every):
    return "**reproduced**" if every else "**depends on the reading**" if good else "**not reproduced**"


def layer_rows(study):
    layers = {(i, p): fitting(study, i, p) for i in DIRECT for p in PROFILES}
    faster = [all(x["latency"] > 1 for x in v) for v in layers.values()]
    thriftier = [all(x["energy"] > 1 for x in v) for v in layers.values()]
    largest = {i: study.most[i, 5] for i in DIRECT}
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
    knees = [study.total(f, "front.knee", r) for f in study.families for r in study.direct]
    beaten = sum(energy > 1 and latency >= 1 for energy, latency in knees)
    failed = sum(not r[-2].startswith("**reproduced**") for r in rows)
    return beaten > 1.5 * len(study.direct) and failed > len(rows) / 2


def with_foldings(study):
    fire, folded = study.families[0], study.folded
    fitting = sum(study.fires["folded", m]["fits"] for m in fire.modules)
    reached = [sum(all(at_least(figure)(gain) for gain, figure in zip(study.total(f, "fits", r), f.claim))
                   for r in folded) for f in study.families]
    return paragraph(f"""With [foldings](#foldings-hardware-that-fits), hardware that the paper does not have, {fitting}
        of {len(fire.modules)} 3x3 expands of Fire fit. In {len(folded)} more readings the paper's partition then has
        both figures of Table I at once in {', '.join(f'{n} ({f.title})' for n, f in zip(reached, study.families))};
        which share of Fire's expands has them, and what follows, is told there (H1 to H7).""")


def with_the_loop(study):
    rows = []
    for family, key in zip(study.families, ("beside", "behind", "after")):
        found = [pair(study.loop[family.key, key, (DIRECT[0], LINKS[0]), fits].total) for fits in (False, True)]
        rows.append(f"{family.title} {found[0]} with capacity ignored and {found[1]} for what fits (paper: {pair(family.claim)})")
    return paragraph(f"""With the GPU's time and energy from the first author's own published [loop](#the-authors-own-loop), most of
        which is not convolution, and Fig. 2a taken literally, readings that were looked for, energy gain and speed-up under
        `dhm-csd` are: {'; '.join(rows)}.""")


def summary(study):
    rows = [(*row, REASONS[about]) for row, about in claim_rows(study, study.direct, ("fits", "ignored"))]
    count = len(study.direct)
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
    reached = {f.title: sum(study.fronts[f.key, "front", r].reaches(f.claim) for r in study.direct)
               for f in study.families}
    both = "; ".join(f"{title}: {number} of {count}" for title, number in reached.items())
    text += "\n" + paragraph(f"""Readings in which one partition of the front reaches both figures of Table I at once:
        {both}.""" + (""" What the paper concludes, that a GPU with a small FPGA beside it can beat the GPU alone, holds
            in cleave under most readings; its figures for its own partitions mostly do not."""
                      if mostly_not(study, rows) else ""))
    return text + "\n" + with_foldings(study) + "\n" + with_the_loop(study)
