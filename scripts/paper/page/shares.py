"""Fire's 3x3 expands with foldings: which share of them on the FPGA gives the paper's figures."""
import itertools

from ..folding import AXES, WHOLE_SHARE
from ..readings import CLOCKS, FOLDED, PLAIN_FOLDED, PROFILES, reading_name
from .markdown import bullets, pair, paragraph, span, table, times
from .modules import by_profile
from .summary import at_least, inside

ABSTRACT = inside(21, 28), inside(-2, 2)  # what it says of Fire


KINDS = {"dsp": "DSP blocks", "logic": "logic"}


def anything(_):
    return True


def milliseconds(seconds):
    return f"{1e3 * seconds:.2f}"


def figures(family):
    """Tests for both figures of Table I."""
    return tuple(map(at_least, family.claim))


def passes(gains, tests):
    return all(test(gain) for test, gain in zip(tests, gains))


def of_profile(readings, profile):
    return [r for r in readings if r[1] == profile]


def by_share(study, reading, axis="filters"):
    return {share: study.shares[reading, axis, share] for share in study.scope.shares}


def reaching(gains, tests):
    """Sixteenths of the 3x3 expands with which the gains of all Fires pass the tests."""
    return [share for share, found in gains.items() if found and passes(found, tests)]


def share_text(share):
    return "all" if share == WHOLE_SHARE else f"{share}/{WHOLE_SHARE}"


def stretches(shares):
    """As text, such as 3/16, 5/16 to 11/16, all."""
    runs = []
    for share in shares:
        if runs and share == runs[-1][-1] + 1:
            runs[-1] = runs[-1][0], share
        else:
            runs.append((share, share))
    return ", ".join(share_text(a) if a == b else f"{share_text(a)} to {share_text(b)}" for a, b in runs) or "none"


def expand_table(study, family):
    rows = []
    for module in family.modules:
        x, times_of = study.fires["folded", module], study.expands[module]
        number, kind = x["multipliers"]
        rows.append((module, f"{x['channels']} to {x['filters']}", "x".join(map(str, x["map"])), f"{x['weights']:,}",
                     f"{number} in {KINDS[kind]}",
                     f"{x['alm']:,}{'' if x['fits'] else ' (no)'}", x["dsp"], x["m20k"], f"{1e3 * x['pace_s']:.2f}",
                     *[f"{1e3 * times_of[expand]:.2f}" for expand in ("expand3x3", "expand1x1")]))
    return table(("module", "3x3 expand", "map", "weights", "multipliers", "ALM", "DSP", "M20K", "FPGA, ms", "GPU, ms",
                  "GPU, 1x1 expand, ms"), rows, right=(3, *range(5, 11)))


def share_table(study, family):
    rows, tests = [], figures(family)
    shown = [r for r in PLAIN_FOLDED if r[0] == "folded"]
    for share in study.scope.shares:
        every = [study.shares[r, "filters", share] or (0, 0) for r in study.folded]
        reached = [sum(map(test, values)) for test, values in zip(tests, zip(*every))]
        cells = [study.shares[r, axis, share] for axis in AXES for r in shown]
        rows.append((share_text(share), *[pair(c) if c else "does not fit" for c in cells],
                     *reached, sum(passes(gains, tests) for gains in every)))
    head = ("share", *[f"{axis}, {r[1]}" for axis in AXES for r in shown],
            *[f"{text}, of {len(study.folded)}" for text in (*map(times, family.claim), "both")])
    return table(head, rows)


def split_table(study, family):
    """The best splits at no loss of time: the 3x3 expand's share in each module, how many other layers are split."""
    rows = []
    for reading in PLAIN_FOLDED:
        front = study.fronts["fire", "restricted", reading]
        names, shares = [f"{m}/expand3x3" for m in family.modules], []
        for module, name in zip(family.modules, names):
            axis, share = front.splits.get(name, ("channels", 0))
            shares.append(f"{share} of {study.fires['folded', module][axis]}{' ch.' if axis == 'channels' else ''}"
                          if share else "-")
        convolutions = [n for n in front.splits if "." not in n.split("/")[1]]
        gains = "none" if front.at_no_loss is None else pair(front.points[front.at_no_loss])
        rows.append((reading_name(reading), gains, *shares, len(set(convolutions) - set(names))))
    return table(("reading", "gains", *family.modules, "other layers"), rows)


def at_no_loss(study, reading):
    """The most energy gain of splits that are as fast as the GPU alone; None if no point is."""
    front = study.fronts["fire", "restricted", reading]
    return None if front.at_no_loss is None else front.points[front.at_no_loss][0]


def at_no_loss_reached(study, family):
    """Readings in which splits have the paper's energy gain and are as fast as the GPU alone."""
    return [r for r in study.folded if at_least(family.claim[0])(at_no_loss(study, r) or 0)]


def whole_bullet(study, family):
    gains = by_profile(study, family, "fits", FOLDED)
    paces = [study.fires["folded", m]["pace_s"] for m in family.modules]
    kernels = [study.expands[m]["expand3x3"] for m in family.modules]
    return f"""**H3** The whole 3x3 expand. Under `eager` it gains {span(gains['eager'][0])} in energy and
        {span(gains['eager'][1])} in time: the GPU has an operation less to start, and the FPGA is mostly hidden behind
        the host time of the next. In kernel time (`graph`) it is {span(gains['graph'][0])} and
        {span(gains['graph'][1])}: the FPGA takes {span(paces, milliseconds)} ms for what takes the GPU
        {span(kernels, milliseconds)} ms."""


def thriftiest_split(gains):
    """The split of the most energy gain among those as fast as the GPU alone, as text."""
    good = {s: g for s, g in gains.items() if s < WHOLE_SHARE and g and round(g[1], 2) >= 1}
    best = max(good, key=lambda s: good[s][0], default=None)
    return "none" if best is None else f"{share_text(best)}: {pair(good[best])}"


def reach_table(study, family):
    """Which shares of the filters have which figures."""
    energy, latency = figures(family)
    wanted = {times(family.claim[0]): (energy, anything), times(family.claim[1]): (anything, latency),
              "both": (energy, latency), "21 to 28 % less energy in the same time": ABSTRACT}
    found = {reading_name(r): by_share(study, r) for r in PLAIN_FOLDED}
    for reading, clock in itertools.product([r for r in PLAIN_FOLDED if r[0] == "folded"], CLOCKS):
        found[f"{reading_name(reading)}, {clock} MHz"] = {s: study.at_clock[reading, clock, s]
                                                          for s in study.scope.shares}
    rows = [(name, *[stretches(reaching(gains, tests)) for tests in wanted.values()], thriftiest_split(gains),
             pair(gains[WHOLE_SHARE]) if gains[WHOLE_SHARE] else "does not fit") for name, gains in found.items()]
    return table(("reading", *wanted, "split of most energy gain, no slower than the GPU", "all"), rows)


def share_bullet(study, family):
    by_split = [r for r in study.folded if splits_reaching(study, r, figures(family))]
    by_channels = [study.shares[r, "channels", s] for r in study.folded for s in study.scope.shares if s < WHOLE_SHARE]
    energies, latencies = zip(*filter(None, by_channels))
    clocks = "; ".join(f"{clock:g} MHz: " + " and ".join(f"`{p}` with {stretches(shares)}" for p, shares in found)
                       if found else f"{clock:g} MHz: neither" for clock, found in clock_splits(study, family).items())
    return f"""**H4** The same share of every 3x3 expand. By filters, a split has both figures in {len(by_split)} of
        {len(study.folded)} readings. By channels, as in the paper's formula, no split gains more than
        {max(energies):.2f}x in energy or {max(latencies):.2f}x in time, since N maps of partial sums come back and are
        added. The clock decides as well; the profile of the GPU under which a split has both, with `folded`, free
        conversion and 2.5 GB/s: {clocks}."""


def splits_reaching(study, reading, tests):
    return [s for s in reaching(by_share(study, reading), tests) if s < WHOLE_SHARE]


def clock_splits(study, family):
    """By clock: profile and splits of all 3x3 expands that have both figures, with plain `folded`."""
    found = {clock: [] for clock in sorted((*CLOCKS, study.clock))}
    for clock, reading in itertools.product(found, [r for r in PLAIN_FOLDED if r[0] == "folded"]):
        gains = ({s: study.at_clock[reading, clock, s] for s in study.scope.shares} if clock in CLOCKS
                 else by_share(study, reading))
        if shares := [s for s in reaching(gains, figures(family)) if s < WHOLE_SHARE]:
            found[clock].append((reading[1], shares))
    return found


def best_bullet(study, family):
    best = {p: [gain for r in of_profile(study.folded, p) if (gain := at_no_loss(study, r))] for p in PROFILES}
    reached = at_no_loss_reached(study, family)
    both = [r for r in study.folded if study.fronts["fire", "restricted", r].reaches(family.claim)]
    return f"""**H5** Every layer of Fires split with a share of its own, 1x1 convolutions too (`gconv` only). As fast
        as the GPU alone (1.00x), the energy gain is at best
        {' and '.join(f"{span(gains)} under `{p}`" for p, gains in best.items() if gains)}: {times(family.claim[0])} or
        more in {len(reached)} of {len(study.folded)} readings{reading_list(reached)}. Both {times(family.claim[0])} and
        {times(family.claim[1])} are there in {len(both)}{reading_list(both)}. The table has the splits that lose no
        time: filters of the 3x3 expands, and how many other layers are split."""


def reading_list(readings):
    """What all of these have in common, in brackets."""
    common = [values[0] for values in map(sorted, map(set, zip(*readings))) if len(values) == 1]
    return f" (all {', '.join(f'`{word}`' for word in common)})" if common and len(readings) > 1 else ""


def follows(study, family):
    tests, readings = figures(family), study.folded
    whole = [r for r in readings if passes(study.total(family, "fits", r), tests)]
    split, reached = [r for r in readings if splits_reaching(study, r, tests)], at_no_loss_reached(study, family)
    energy, latency = map(times, family.claim)
    text = f"""**H7** What follows. {energy} and {latency} come out together from whole 3x3 expands in {len(whole)} of
        {len(readings)} readings{reading_list(whole)}"""
    if whole:
        text += f", where Fires are {span([study.total(family, 'fits', r)[1] for r in whole])} as fast"
    text += f"""; from the same share of each in {len(split)}; {energy} with no loss of time from shares layer by layer
        in {len(reached)}{reading_list(reached)}."""
    clocks = [clock for clock, found in clock_splits(study, family).items() if found and clock in CLOCKS]
    if clocks:
        text += f" The same share of each would do at {' and '.join(map(str, clocks))} MHz (H4)."
    if reached or split:
        text += """ So Fire's figures are not beyond this FPGA. They take hardware that the paper does not have,
            multipliers that take turns; an axis that its formula does not have, filters, so that nothing is added; and
            shares that it does not give."""
    direct = sum(study.fronts["fire", "restricted", r].reaches(family.claim) for r in study.direct)
    text += f" With a multiplier for each weight splits have them in {direct} of {len(study.direct)} readings."
    return text


def shares(study):
    family = study.families[0]
    text = "### Fire's 3x3 expand, and which share of it\n\n"
    text += paragraph("""The 3x3 expands whole in `folded`, with the fastest hardware that fits: how long the FPGA takes
        for a map, and the GPU's kernels for this expand and for the other, which it computes meanwhile.""")
    text += "\n" + expand_table(study, family)
    sizes = [study.fires["folded", m]["multipliers"] for m in family.modules]
    beyond = sum(number > study.seen[kind] for number, kind in sizes)
    text += "\n" + paragraph(f"""{beyond} of {len(sizes)} have more multipliers than any layer that the model is fitted
        to ({study.seen['logic']} in logic, {study.seen['dsp']} in DSP blocks).""")
    text += "\n" + paragraph(f"""Energy gain and speed-up of all Fires together when the FPGA has the same share of
        every 3x3 expand, with `folded`, free conversion and 2.5 GB/s. The last columns say in how many of the
        {len(study.folded)} readings a share of the filters reaches the figures of Table I.""")
    text += "\n" + share_table(study, family)
    text += "\n" + paragraph(f"""Which shares of the filters have which figures, with free conversion and 2.5 GB/s;
        folded layers run at {study.clock:g} MHz unless another clock is named:""")
    text += "\n" + reach_table(study, family)
    text += "\n![Gains of all Fires by the share of their 3x3 expands](images/paper_fire.svg)\n"
    text += "\n" + bullets(whole_bullet(study, family), share_bullet(study, family), best_bullet(study, family))
    text += "\n" + split_table(study, family)
    return text
