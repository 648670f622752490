"""Foldings: what becomes of the paper's claims on hardware that fits."""
from ..folding import RESIDENT
from ..readings import FOLDED, PROFILES
from .markdown import bullets, pair, paragraph, span, table, times
from .modules import both_tables, count_fitting
from .shares import figures, follows, of_profile, passes, shares
from .summary import claim_rows

LABELS = {
    "fire": {"fits": "3x3 expand on the FPGA, of what does not fit a slice of its channels"},
    "bottleneck": {"fits": "all 1x1 on the FPGA where a module's fit"},
    "stage": {"fits": "left depthwise and all other units' 1x1 on the FPGA where a unit's fit",
              "other": "with all of the left branch on the FPGA"},
}


def count(study, family, partition, tests, readings=None):
    """Readings under which the gains of a partition pass the tests."""
    return sum(passes(study.total(family, partition, r), tests) for r in readings or study.folded)


def yardstick_rows(study):
    for family in study.families:
        eager, graph = (next(r for r in RESIDENT if r[1] == profile) for profile in PROFILES)
        alone = [sum(m["latency_s"] for m in study.base[family.network, r].values()) for r in (eager, graph)]
        gains = [study.whole[family.key, "front.min_latency", r] for r in (eager, graph)]
        stays = [study.resident[family.network, r, "knee"] for r in (eager, graph)]
        yield family, alone, gains, alone[0] / gains[0][1], stays


def yardstick(study):
    """Whole networks against both of the GPU's times."""
    text = "### What the GPU alone is taken to need\n\n"
    text += paragraph(f"""Whole networks with `mixed`, free conversion and 2.5 GB/s at their least latency; in the last
        two columns nothing is reconfigured (`resources.scope: network`): the knee, energy gain and speed-up, within
        {100 * study.resident_gap:.0f} %.""")
    rows, found = [], list(yardstick_rows(study))
    for family, (eager, graph), gains, reached, stays in found:
        front = study.fronts[family.key, "front", next(r for r in RESIDENT if r[1] == "eager")]
        rows.append((family.network, f"{1e3 * eager:.1f}", f"{1e3 * graph:.2f}", f"{1e3 * reached:.2f}",
                     front.left["min_latency"], times(gains[0][1]), times(graph / reached), times(gains[1][1]),
                     *map(pair, stays)))
    text += "\n" + table(("network", "GPU alone, eager, ms", "GPU alone, graph, ms", "best under eager, ms",
                          "layers left to the GPU", "against eager", "against graph", "best under graph",
                          "not reconfigured, eager", "not reconfigured, graph"), rows, right=range(1, 8))
    host = [100 * (1 - graph / eager) for _, (eager, graph), *_ in found]
    against = [(gains[0][1], graph / reached, gains[1][1]) for _, (_, graph), gains, reached, _ in found]
    eager, same, graph = zip(*against)
    return text + "\n" + bullets(
        f"""**H6** With foldings most or all of a network can leave the GPU, and then the factor measures what the GPU
        alone is taken to need. Under `eager` {span(host, lambda v: f'{v:.0f}')} % of that is host time, while a
        run of the FPGA costs the host one operation however many layers are in it. Partitions that are {span(eager)} as fast as PyTorch on the
        GPU are {span(same)} as fast as its kernels (host time for what is left to the GPU included), and where
        partitions are chosen against the kernels it is {span(graph)}. The paper's baseline is PyTorch, so a gain over
        it says as much of PyTorch's host time as of the FPGA.""",
        follows(study, study.families[0]))


def folded(study):
    fire, bottleneck, stage = study.families
    gap = max(front.gap for (_, _, reading), front in study.fronts.items() if reading[0] in FOLDED)
    text = "## Foldings: hardware that fits\n\n"
    text += paragraph(f"""The paper has a multiplier for each weight, and capacity is what most of its partitions fail
        at here. Folded, some multipliers take turns over the weights of a layer, which lie in memory: slower, but of a
        size to choose ([cost models](cost-models.md#resources-folded)). {len(study.folded)} more readings ask what the
        same partitions gain then: `folded`, and `mixed`, in which each layer is in `folded` or in `dhm-csd`
        (`fpga.implementation: [folded, dhm-csd]`). This rests on a clock of {study.clock:g} MHz that is assumed and on
        power that may be off by a factor of two. A partition (of Fire the whole 3x3 expand, where it fits) has the
        fastest hardware that fits. Exact fronts are not proved in reasonable time; these are within {100 * gap:.2g} %
        (`search.epsilon`), splits in sixteenths ([search](search.md#with-foldings)).""")
    rows = [row for row, _ in claim_rows(study, study.folded, ("fits",))]
    text += "\n" + table(("claim", "paper", "paper's partition", "any partition", "verdict"), rows)
    sizes = {fire.key: {(i, m): (x["alm"], x["fits"]) for (i, m), x in study.fires.items()},
             bottleneck.key: study.bottlenecks, stage.key: study.units}
    fitting = {f.key: min(count_fitting(f, sizes[f.key], FOLDED).values()) for f in study.families}
    both = [f"""{f.title}: {count(study, f, 'fits', figures(f))}
            ({', '.join(f"{count(study, f, 'fits', figures(f), of_profile(study.folded, p))} under `{p}`"
                        for p in PROFILES)})""" for f in study.families]
    text += "\n" + bullets(
        f"""**H1** {fitting['fire']} of {len(fire.modules)} 3x3 expands fit whole, the 1x1 convolutions of
        {fitting['bottleneck']} of {len(bottleneck.modules)} bottlenecks and the paper's part of {fitting['stage']} of
        {len(stage.modules)} units.""",
        f"""**H2** Readings, of {len(study.folded)}, in which the paper's partition reaches both figures of Table I at
        once: {'; '.join(both)}.""")
    text += "\n" + shares(study)
    text += "\n" + yardstick(study)
    text += "\n### All kinds of modules with foldings\n\n"
    text += "![Gains of Table I and of cleave with foldings](images/paper_folded.svg)\n"
    for family in study.families:
        text += f"\n**{family.title}.**\n\n" + both_tables(study, family, FOLDED, LABELS[family.key])
    return text
