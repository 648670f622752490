"""The three kinds of modules: what of the paper's partition fits, and gains."""
from ..families import MOBILENET
from ..gains import SELECTED
from ..readings import DIRECT, LINKS, PLAIN, PROFILES, plain, reading_name
from .markdown import bullets, pair, paragraph, span, table, times, two_digits


def gains_table(study, family, metric, implementations, labels):
    rows, shown, readings = [], plain(implementations), study.of(implementations)
    for kind, label in (("restricted", family.restricted_label), ("front", "any partition")):
        labels += [(f"{kind}.{role}", f"{label}, {role.replace('min_', 'least ')}") for role in SELECTED]
    for key, label in labels:
        cells = []
        for reading in shown:
            values = study.single(family, key, metric, reading)
            cells.append(f"{study.total(family, key, reading)[metric]:.2f} ({min(values):.2f} to {max(values):.2f})")
        rows.append((label, *cells, span(study.totals(family, key, metric, readings), two_digits)))
    head = (("energy gain", "latency speed-up")[metric], *[reading_name(r) for r in shown], "all readings")
    return table(head, rows)


def both_tables(study, family, implementations=DIRECT, labels=None):
    """Energy gains and speed-ups of fronts and of partitions, which are those that `labels` names, else all."""
    unit = "stages" if family.key == "stage" else "modules"
    labels = labels or {key: partition.label for key, partition in study.partitions[family.key].items()}
    tables = [gains_table(study, family, metric, implementations, list(labels.items())) for metric in (0, 1)]
    return "\n".join((paragraph(f"""All {unit} together, in brackets the least and most of a single one; the last column
        is the range over the {len(study.of(implementations))} readings."""), *tables))


def runs_of(study, family, module):
    """What the paper's partition puts on the FPGA."""
    runs, _ = study.partitions[family.key]["ignored"].of(DIRECT[0])
    return [run for run in runs if run[0].split("/")[0] == module]


def module_rows(study, family, sizes):
    rows, layers = [], study.layers[family.network]
    for module in family.modules:
        runs = runs_of(study, family, module)
        _, height, width = layers[runs[0][0]]["output"]
        alone = [study.modules[family.key, "ignored", r][module] for r in PLAIN]
        rows.append((
            module, f"{height}x{width}", f"{sum(layers[n]['weights'] for run in runs for n in run):,}",
            *[f"{alm:,}{'' if fits else ' (no)'}" for alm, fits in (sizes[i, module] for i in DIRECT)],
            *map(pair, alone)))
    return rows


def module_table(kind, rows):
    head = (kind, "map", "weights", *[f"ALM, {i}" for i in DIRECT], *[reading_name(r) for r in PLAIN])
    return table(head, rows, right=(2, 3, 4))


def count_fitting(family, sizes, implementations=DIRECT):
    return {i: sum(sizes[i, m][1] for m in family.modules) for i in implementations}


def by_profile(study, family, partition, implementations=DIRECT):
    """Energy gains and speed-ups under each profile of the GPU."""
    found = {}
    for profile in PROFILES:
        gains = [study.total(family, partition, r) for r in study.of(implementations) if r[1] == profile]
        found[profile] = [energy for energy, _ in gains], [latency for _, latency in gains]
    return found


def fire(study):
    family, fires, available = study.families[0], study.fires, study.available
    text = "## Fire\n\n"
    text += paragraph("""The paper gives the 3x3 expand, or a group of its channels, to the FPGA, while the GPU computes
        the 1x1 expand; it calls this task "small enough, thanks to the GConv, to be fully mapped on the FPGA for every
        layer".""")
    rows = []
    for module in family.modules:
        first = fires[DIRECT[0], module]
        row = [module, f"{first['channels']} to {first['filters']}", f"{first['weights']:,}"]
        for i in DIRECT:
            x = fires[i, module]
            row += [f"{x['alm']:,} ({x['alm'] / available[i]:.1f} times)", f"{x['slice_channels']} of {x['channels']}",
                    f"{x['slice_filters']} of {x['filters']}"]
        rows.append(row)
    fits = ("channels that fit", "filters that fit")
    text += "\n" + table(("module", "3x3 expand", "weights", "ALM, dhm-csd", *fits, "ALM, dhm-2021", *fits), rows,
                         right=(2,))
    needed = {i: [fires[i, m]["alm"] / available[i] for m in family.modules] for i in DIRECT}
    whole = sum(fires[i, m]["fits"] for i in DIRECT for m in family.modules)
    slices, filters, slow = (study.totals(family, *which) for which in (("fits", 0), ("other", 0), ("fits", 1)))
    ignored = by_profile(study, family, "ignored")
    one_after_the_other = study.total(family, "ignored", ("dhm-csd", "graph", "free", LINKS[0]))[1]
    text += "\n" + bullets(
        f"""**F1** {'No' if not whole else f'Only {whole} of {2 * len(family.modules)}'} 3x3 expand fits whole: they
        take {min(needed['dhm-csd']):.1f} to {max(needed['dhm-csd']):.1f} times the ALM that `dhm-csd` may use and
        {min(needed['dhm-2021']):.1f} to {max(needed['dhm-2021']):.0f} times the part under `dhm-2021`. Both sizes are
        far outside what either model was fitted to (4,800 and 1,440 weights), but DHM needs a multiplier for each
        weight, and no DHM puts {max(fires['dhm-csd', m]['weights'] for m in family.modules):,} of them into 80,330 ALM.
        With capacity ignored the paper's energy gain comes out, from an FPGA that does not exist (and whose power the
        models extrapolate as well).""",
        f"""**F2** What fits is a few channels. A slice of channels brings back N maps of partial sums, 3 bytes each,
        which the GPU reads and adds to its own, and the GPU's convolution over the other channels is hardly shorter:
        energy gain {span(slices)}, speed-up
        {span(slow)}{', a loss under every reading' if max(slices) < 1 and max(slow) < 1 else ''}. A slice of the
        filters has no sums to add: energy gain {span(filters)}, speed-up {span(study.totals(family, 'other', 1))}.
        Under `eager`, where host time hides what the GPU does, that is the paper's pattern, less energy at the same
        latency, with a smaller gain.""",
        f"""**F3** "Same latency" needs a GPU that takes as long for the rest of the module as before. In cleave the GPU
        runs the two expands one after the other, and moving the whole 3x3 expand would speed a Fire up by
        {span(ignored['graph'][1])} in kernel time (`graph`) and {span(ignored['eager'][1])} with host time. Were the
        two expands to run side by side on the GPU at no loss, the {times(one_after_the_other)} of `dhm-csd`, `graph`,
        2.5 GB/s would be {times(study.abreast)}: the 3x3 expand is the longer of the two, so that explains a part
        only.""")
    return text + "\n" + both_tables(study, family)


def bottleneck(study):
    family, sizes = study.families[1], study.bottlenecks
    text = "## Bottleneck\n\n"
    text += paragraph("""The paper runs "all the 1x1 convolution on the FPGA for all layers" and the depthwise
        convolution on the GPU, one after the other. ALM of a bottleneck's 1x1 convolutions, (no) where they do not fit,
        and energy gain and speed-up of the single module as if they did:""")
    text += "\n" + module_table("module", module_rows(study, family, sizes))
    fits, gains = count_fitting(family, sizes), by_profile(study, family, "fits")
    base = study.base[MOBILENET, ("dhm-csd", "eager", "free", LINKS[0])]
    text += "\n" + bullets(
        f"""**B1** The 1x1 convolutions of {fits['dhm-csd']} of {len(family.modules)} bottlenecks fit under `dhm-csd`,
        those of {fits['dhm-2021']} under `dhm-2021`. The rest gain nothing from the paper's partition: energy gain
        {span(gains['eager'][0] + gains['graph'][0])}, speed-up {span(gains['eager'][1] + gains['graph'][1])} over all
        bottlenecks.""",
        f"""**B2** Figures depend on what counts as the GPU's time. With PyTorch's host time (`eager`) a bottleneck with
        an expand takes {1e3 * min(base[m]['latency_s'] for m in family.modules[1:]):.2f} ms or more on the GPU whatever
        its size: each operation costs the host as much as the next, and 1x1 convolutions take batch norm and ReLU6 with
        them to the FPGA: speed-up {span(gains['eager'][1])}. In kernel time (`graph`) it is {span(gains['graph'][1])}:
        maps cross the link four times, and one 1x1 layer's map is the widest of the module.""",
        f"""**B3** The paper's partition is far from the best one. Keeping expand, depthwise and project on the FPGA as
        one run avoids two crossings of the widest maps and the GPU altogether; with that allowed, the bottlenecks
        together gain {span(study.totals(family, 'front.knee', 0))} in energy and
        {span(study.totals(family, 'front.knee', 1))} in latency at the knee.""")
    return text + "\n" + both_tables(study, family)


def stage(study):
    family, sizes = study.families[2], study.units
    text = "## Stage\n\n"
    text += paragraph("""A stage is a unit that halves the map and units that keep it. The paper combines its two
        partitions: the first unit "follows the same concept as the layer from SqueezeNet, but with a DWConv3x3", the
        others are "similar to the layers from MobileNetV2". Read here as: in the first unit the left branch's depthwise
        convolution is on the FPGA while the GPU works on the right branch; in the others the 1x1 convolutions are on
        the FPGA. Each unit has the FPGA to itself. Units of a stage that keep the map are alike; one is listed:""")
    rows = {}
    for row in module_rows(study, family, sizes):
        rows.setdefault((row[0].split("_")[0], *row[1:]), row)
    text += "\n" + module_table("unit", rows.values())
    fits, gains = count_fitting(family, sizes), by_profile(study, family, "fits")
    text += "\n" + bullets(
        f"""**S1** {fits['dhm-csd']} of {len(family.modules)} units fit under `dhm-csd`, {fits['dhm-2021']} under
        `dhm-2021`; the 1x1 convolutions of the last stage are too large for both."""
        if fits["dhm-csd"] < len(family.modules) else
        f"**S1** All {len(family.modules)} units fit under `dhm-csd`, {fits['dhm-2021']} under `dhm-2021`.",
        f"""**S2** As for the bottleneck, `eager` (energy gain {span(gains['eager'][0])}, speed-up
        {span(gains['eager'][1])}) and `graph` ({span(gains['graph'][0])}, {span(gains['graph'][1])}) are far apart,
        because the kernels of ShuffleNetV2 0.5x are shorter than PyTorch's host time for one operation.""")
    return text + "\n" + both_tables(study, family)
