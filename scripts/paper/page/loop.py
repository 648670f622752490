"""Readings with the GPU of the authors' published loop."""
from ..authors_loop import DATA, ENERGY_MJ, ROWS, SHA256, TIME_MS
from ..loop_readings import LOOP_READINGS, SIZES
from ..readings import DIRECT, LINKS
from .markdown import bullets, pair, paragraph, span, table, two_digits

TITLE = "The authors' own loop"


def off(gains, claim):
    return ", ".join(f"{100 * (gain / figure - 1):+.0f} %" for gain, figure in zip(gains, claim))


def line(name, found, unit):
    return (name, f"{found.fixed:g} {unit}", f"{found.per_mb:g} {unit}/MB", f"{found.per_gmac:g} {unit}/GMAC",
            f"{100 * found.mean:.0f} %", f"{100 * found.median:.0f} %")


def gain_rows(study):
    families = {family.key: family for family in study.families}
    for reading in LOOP_READINGS:
        family = families[reading.family]
        found = {(i, fits): of(study, family, reading.key, i, fits) for i in DIRECT for fits in (False, True)}
        ignored = found[DIRECT[0], False]
        yield (family.title.split("'s ")[1], reading.label, pair(family.claim), pair(ignored.total),
               off(ignored.total, family.claim),
               ", ".join(span([g[metric] for g in ignored.by_size.values()], two_digits) for metric in (0, 1)),
               pair(ignored.own), pair(found[DIRECT[1], False].total),
               *[f"{pair(found[i, True].total)} ({found[i, True].fitting} of {found[i, True].modules})" for i in DIRECT])


def of(study, family, key, implementation=DIRECT[0], fits=False):
    return study.loop[family.key, key, (implementation, LINKS[0]), fits]


def between(low, figures, high):
    return all(a <= figure <= b for a, figure, b in zip(low, figures, high))


def largest_effect_of_the_link(study):
    """The most that the measured link takes from any gain, in percent."""
    pairs = [(found.total, study.loop[f, r, (i, LINKS[1]), fits].total)
             for (f, r, (i, link), fits), found in study.loop.items()
             if link == LINKS[0] and (f, r, (i, LINKS[1]), fits) in study.loop]
    return max((100 * (1 - b / a) for before, after in pairs for a, b in zip(before, after)), default=0)


def loop(study):
    fire, bottleneck, stage = study.families
    text = f"## {TITLE}\n\n"
    text += paragraph(f"""**These readings were looked for.** The tables above say of Fire and of the bottleneck that the paper's
        figures do not come out; then its first author's published measurements of convolutions on the TX2 were taken for the
        GPU, and Fig. 2a at its word, to see whether they would. Nothing is fitted to the paper, but a search among readings
        finds what it looks for more easily than one that was fixed before.""")
    text += "\n" + paragraph(f"""The measurements (`{DATA}`, SHA-256 `{SHA256[:12]}`, {ROWS:,} convolutions of stride 1) time a
        loop under PyTorch, each pass of which also draws a random input and random weights, copies them to the GPU, applies
        ReLU and reads the power from a file. A line in the input's size and the multiply-accumulates is fitted to time and
        energy, by least squares of the relative error with the weights of Huber, since single passes take several times as long
        as their neighbours:""")
    text += "\n" + table(("a pass", "fixed", "by input", "by work", "mean error", "median"),
                         (line("time", TIME_MS, "ms"), line("energy, GPU rail", ENERGY_MJ, "mJ")), right=range(1, 6))
    shares = {key: f"{100 * share:.0f} %" for key, share in study.loop_share.items()}
    text += "\n" + paragraph(f"""Only what grows with the work is convolution: of the time that the modules below take so,
        {shares['fire']} (Fire), {shares['bottleneck']} (bottleneck) and {shares['stage']} (stage). Depthwise and strided
        convolutions are not in the data; they are taken to follow the same lines.""")
    text += "\n" + paragraph(f"""Every convolution on the GPU is one pass, and nothing else costs the GPU anything. The FPGA and
        the link are those of the cost models as above, one convolution at a time, with free conversion. Modules keep their
        channels (but for "half as wide") on square maps of {', '.join(map(str, SIZES))} pixels, as the paper samples them. Energy
        gain and speed-up, of all modules on maps of all sizes together; 2.5 GB/s, from which the measured link takes
        {largest_effect_of_the_link(study):.0f} % at most. *Capacity ignored* and *what fits* as in the summary; (of how many
        modules all that moves fits, on maps of every size):""")
    text += "\n" + table(("module", "reading", "paper", "capacity ignored, dhm-csd", "off by", "range over sizes",
                          "maps of the network", "capacity ignored, dhm-2021", "what fits, dhm-csd", "what fits, dhm-2021"),
                         gain_rows(study))
    beside, half = (of(study, fire, key, fits=True) for key in ("beside", "half"))
    behind, some = (of(study, bottleneck, "behind", fits=fits).total for fits in (False, True))

    def shown(family, key, implementation=DIRECT[0], fits=False):
        return pair(of(study, family, key, implementation, fits).total)
    text += "\n" + bullets(
        f"""**A1** Fire. With the expands side by side and capacity ignored, energy gain and speed-up are
        {shown(fire, 'beside')}, where Table I has {pair(fire.claim)}. Two passes take much the same time whatever they
        compute, so taking one of two that run side by side changes energy more than latency; one after the other it would
        be {shown(fire, 'after')}. What it needs is an FPGA that holds every 3x3 expand: {beside.fitting} of {beside.modules}
        fit, and of those half as wide {half.fitting}, with gains of {pair(half.total)} for what fits.""",
        f"""**A2** Bottleneck. If only the 1x1 behind the depthwise moves, gains are {pair(behind)} with capacity ignored and
        {pair(some)} for what fits ({shown(bottleneck, 'behind', DIRECT[1], True)} under `dhm-2021`); Table I has
        {pair(bottleneck.claim)}{', in between' if between(some, bottleneck.claim, behind) else ''}. With all 1x1 moved, as
        the paper's text says, it is {shown(bottleneck, 'all')} with capacity ignored.""",
        f"""**A3** Stage. Gains are {shown(stage, 'after')} with the branches of a GPU alone one after the other and
        {shown(stage, 'beside')} side by side, and {shown(stage, 'after', DIRECT[1], True)} and
        {shown(stage, 'beside', DIRECT[1], True)} for what fits under `dhm-2021`; Table I has {pair(stage.claim)}.""",
        """**A4** What this shows: once every operation of the GPU costs a pass of such a loop, gains depend little on what is
        computed, and mostly on how many passes a partition saves and which of them wait for each other; gains of about the
        paper's size are then easy to have. What it does not show: that the authors counted so, that a GPU timed without the loop
        would lose as much (the tables above say that it would not), or that designs fit that do not. All readings that were
        tried are in the table.""")
    return text
