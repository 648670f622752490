"""Fig. 1: single layers."""
import itertools

from ..readings import DIRECT, PROFILES
from ..single_layers import MOST_FILTERS
from .markdown import bullets, paragraph, span, table
from .summary import count_faster, energy_by_filters

# Milliseconds a run under PyTorch, least and most: from the time stamps of 5,000 runs each (tx2_fig1_timestamps.csv,
# SHA-256 8419945b90dcaf0bb005e9a8ac765e0955173c58cbe5aef852503173fbfb2f3a), without the first row, a warm-up.
MEASURED = {"all": (1.20, 4.13), "few": (1.21, 1.25), "many": (1.72, 4.13)}


def largest_fall(study):
    """Of the energy gain, in percent, from one number of filters to the next, among layers that fit."""
    falls = [0.0]
    for implementation, profile in itertools.product(DIRECT, PROFILES):
        for gains in energy_by_filters(study, implementation, profile):
            falls += [100 * (1 - b / a) for a, b in zip(gains, gains[1:])]
    return max(falls)


def layer_table(study):
    rows, layer = [], study.layer
    for kernel, filters in itertools.product(study.scope.kernels, study.scope.filters):
        cells = []
        for i in DIRECT:
            x = layer[i, "eager", kernel, filters, "plain"]
            cells.append(f"{x['alm']:,} ({100 * x['alm'] / study.available[i]:.0f} %){'' if x['fits'] else ' (no)'}")
            cells += [f"{y['energy']:.1f}, {y['latency']:.2f}"
                      for y in (layer[i, p, kernel, filters, "plain"] for p in PROFILES)]
        both = [layer["dhm-csd", p, kernel, filters, "plain"] for p in PROFILES]
        gpu = [f"{1e3 * x['latency'] * x['latency_s']:.2f}" for x in both]
        rows.append((f"{kernel}x{kernel}", filters, *cells, *gpu, f"{study.as_measured[kernel, filters]:.2f}"))
    head = ("kernel", "filters", "ALM, dhm-csd", "eager", "graph", "ALM, dhm-2021", "eager", "graph",
            "GPU eager, ms", "GPU graph, ms", "as measured, ms")
    return table(head, rows, right=(1, 8, 9, 10))


def folded_layers(study):
    """The same layers with multipliers that take turns."""
    layer, every = study.layer, list(itertools.product(study.scope.kernels, study.scope.filters))

    def of(implementation, profile):
        return {which: layer[implementation, profile, *which, "plain"] for which in every}
    folded, direct = of("folded", "graph"), of("dhm-csd", "graph")
    slower = [which for which in every if direct[which]["fits"] and folded[which]["fits"]
              and folded[which]["latency_s"] > direct[which]["latency_s"]]
    faster = [f"{p}: {sum(x['fits'] and x['latency'] > 1 for x in of('folded', p).values())}" for p in PROFILES]
    energy = [x["energy"] for p in PROFILES for x in of("folded", p).values()]
    most = [f"{k}x{k}: {study.most['folded', k]:,}{' or more' if study.most['folded', k] == MOST_FILTERS else ''}"
            for k in study.scope.kernels]
    return f"""**L4** Folded (`folded`, {study.clock:g} MHz), {sum(x['fits'] for x in folded.values())} of {len(every)}
        fit ({', '.join(most)} filters), but channels and taps take turns: a layer takes
        {span([1e3 * x['latency_s'] for x in folded.values()], lambda ms: f'{ms:.2f}')} ms, more than with `dhm-csd` for
        {len(slower)} of {sum(x['fits'] for x in direct.values())} that fit so. The FPGA is faster than the GPU on
        {' and '.join(faster)} of {len(every)}, with an energy gain of {span(energy)}. Folding is for layers
        that do not fit otherwise, not for those of Fig. 1."""


def layers(study):
    layer, most = study.layer, study.most
    text = "## Fig. 1: single layers\n\n"
    text += paragraph("""One convolution with ReLU, 224x224x3, padded to keep the size. Each device by itself: no
        transfers, no conversion. Gains are GPU / FPGA, energy then latency; (no): does not fit, so its gains are
        hypothetical. Times are the GPU's. The last column is what cleave gives under `eager` for the layers of the
        authors' measurement behind Fig. 1: their script has one input channel, where the paper says three, and pooling
        (2x2 assumed).""")
    text += "\n" + layer_table(study)
    few = [ms for (kernel, filters), ms in study.as_measured.items() if filters in (4, 8) and kernel <= 5]
    many = [ms for (_, filters), ms in study.as_measured.items() if filters >= 32]
    plain = {key[:2]: [] for key in layer}
    for (implementation, profile, _, _, variant), x in layer.items():
        if variant == "plain":
            plain[implementation, profile].append(1e3 * x["latency_s"])
    slowest = max(max(plain[i, "eager"]) for i in DIRECT)
    text += "\n" + bullets(
        f"""**L1** The FPGA takes {min(plain['dhm-csd', 'graph']):.2f} to {slowest:.2f} ms for any of them, one position
        a clock at 76 MHz. PyTorch never takes less than its host time: the authors' runs took {MEASURED['all'][0]:.2f}
        to {MEASURED['all'][1]:.2f} ms (`tx2_fig1_timestamps.csv`), all longer than the FPGA's, as the paper says. For
        the same layers cleave gives {min(few):.2f} to {max(few):.2f} ms for 4 or 8 filters of up to 5x5, where the host
        decides (measured {MEASURED['few'][0]:.2f} to {MEASURED['few'][1]:.2f} ms), and {min(many):.2f} to
        {max(many):.2f} ms for 32 filters and more (measured {MEASURED['many'][0]:.2f} to {MEASURED['many'][1]:.2f} ms),
        mostly pooling; gains over a GPU that is too slow are too high. In kernel time the smallest layers are faster on
        the GPU, and the very smallest take less energy there. Without ReLU, faster on the FPGA:
        {count_faster(study, 'latency', 'no relu')}. With transfers at 2.5 GB/s:
        {count_faster(study, 'latency', 'link')}.""",
        f"""**L2** Most filters on three channels that fit:
        {'; '.join(f"`{i}` " + ", ".join(f"{k}x{k}: {most[i, k]:,}" for k in study.scope.kernels)
                   for i in DIRECT)}.
        64 of 5x5 take {layer['dhm-csd', 'eager', 5, 64, 'plain']['alm']:,} ALM with `dhm-csd` and
        {layer['dhm-2021', 'eager', 5, 64, 'plain']['alm']:,} with `dhm-2021`, extrapolated from at most 1,440 weights.
        Its author's own design of 64 filters of 3x3 with trained weights took 53,610 ALM, where the model says
        {layer['dhm-2021', 'eager', 3, 64, 'plain']['alm']:,}; at the same ALM a weight, 64 of 5x5 would take
        {53610 * 25 / 9:,.0f}. So the paper's largest design does not follow from its author's published results; it
        does from a generator that shares constant multipliers.""",
        f"""**L3** More filters cost the GPU energy, while the FPGA's static and base power is shared by all of them.
        Where the advantage does not grow it falls by {largest_fall(study):.1f} % at most from one number of filters to
        the next that fits: with kernels that large the FPGA's own power grows as fast as the GPU's energy.""",
        folded_layers(study))
    return text
