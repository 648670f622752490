"""The whole page."""
from ..readings import DIRECT, FOLDED, LINKS, plain, reading_name
from .folded import folded
from .layers import layers
from .loop import loop
from .markdown import pair, paragraph, span, table, two_digits
from .method import differences, method
from .modules import bottleneck, fire, stage
from .summary import summary


def whole_networks(study, implementations):
    shown, rows = plain(implementations), []
    for family in study.families:
        for key, label in (("fits", "paper's partition where it fits"), ("front.knee", "any partition, knee")):
            every = [study.whole[family.key, key, r] for r in study.of(implementations)]
            rows.append((family.network, label, *[pair(study.whole[family.key, key, r]) for r in shown],
                         *[span([gains[metric] for gains in every], two_digits) for metric in (0, 1)]))
    return table(("network", "partition", *[reading_name(r) for r in shown], "energy, all", "latency, all"), rows)


def all_readings(study):
    text = "## All readings\n\n"
    text += paragraph("""Energy gain, speed-up of all modules of a kind together: the paper's partition where it fits;
        knee of the front.""")
    rows = [(r[0], r[1], r[2], "2.5 GB/s" if r[3] == LINKS[0] else "measured",
             *[pair(study.total(f, key, r)) for f in study.families for key in ("fits", "front.knee")])
            for r in study.readings]
    text += "\n" + table(("FPGA", "GPU", "conversion", "link", "Fire, fits", "Fire, knee", "bottleneck, fits",
                          "bottleneck, knee", "stage, fits", "stage, knee"), rows)
    text += "\n" + paragraph("""Whole networks, first layers and classifiers included, each module with the FPGA to
        itself (which no board can do: the FPGA would have to be reconfigured between modules in no time):""")
    text += "\n" + whole_networks(study, DIRECT)
    text += "\n" + paragraph("The same with foldings:")
    return text + "\n" + whole_networks(study, FOLDED)


def document(study):
    files = ", ".join(f"`{name}` {sha[:12]}" for name, sha in sorted(study.model_files.items()))
    return "\n".join((
        "# Comparison with the paper\n",
        "<!-- Written by scripts/reproduce_paper; change that and run it again. -->\n",
        paragraph("""What cleave says about the claims of Carballo-Hernández, Pelcat and Berry, [Why is FPGA-GPU
            Heterogeneity the Best Option for Embedded Deep Neural
            Networks?](https://hal.science/hal-03135114) (2021). This page and its drawings are written by"""),
        "    scripts/reproduce_paper\n",
        paragraph(f"""from `configs/paper/` and the cost models with these SHA-256 (first digits): {files}. The same
            program and models give the same bytes."""),
        summary(study),
        "![Gains of Table I and of cleave, by kind of module and partition](images/paper_gains.svg)\n",
        method(study),
        fire(study),
        bottleneck(study),
        stage(study),
        loop(study),
        folded(study),
        layers(study),
        "![Gain of the FPGA over the GPU on single layers by number of filters](images/paper_fig1.svg)\n",
        all_readings(study),
        differences(),
    ))
