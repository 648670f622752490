"""Random settings and mappings."""
from itertools import chain

from .hardware import has_hardware
from .network import WIRES, share

def draw_settings(random, implementations):
    """Values for --set, by key; half of those that may be left out are."""
    chosen = {"gpu.profile": random.choice(["eager", "graph", "engine", "engine_fp16", "tuned"]),
              "gpu.power_mode": random.choice(["max_n", "max_q", "max_p_core_all", "max_p_arm"]),
              "fpga.implementation": random.choice(implementations),
              "link.model": random.choice(["pcie_gen2_x4_measured", "pcie_gen2_x4_paper"])}
    options = {"link.hand_over": ["buffered", "streamed"], "link.sync": ["0 us", "7.5 us", "40 us"],
               "link.bandwidth": ["0.7 GB/s", "3 GB/s"], "link.overhead": ["3 us"], "link.floor": ["1 us", "30 us"],
               "link.energy": ["0 pJ/B", "123 pJ/B"], "energy.scope": ["system", "active"],
               "energy.conversion": ["charged", "free"], "energy.unused_fpga": ["powered", "unpowered"],
               "fpga.clock": ["100 MHz", "131 MHz"], "fpga.capacity": [{"m20k": 60}, {"alm": 1000, "m20k": 3}]}
    chosen.update({key: random.choice(values) for key, values in options.items() if random.random() < 0.5})
    return chosen


def _placeable(unit):
    return has_hardware(unit.layer) and all(has_hardware(layer) for layer in unit.followers)


def _lies_between(network, inside):
    """Units outside a set that lie between units of it."""
    after, before = set(), set()
    for unit in network.units:
        if unit.index not in inside and any(source in inside or source in after for source in unit.reads):
            after.add(unit.index)
    for unit in reversed(network.units):
        if unit.index not in inside and any(reader in inside or reader in before for reader in unit.readers):
            before.add(unit.index)
    return after & before


def _neighbours(network, inside):
    found = set()
    for index in inside:
        unit = network.units[index]
        found |= unit.readers | {source for source in unit.reads if source >= 0}
        for source in unit.reads:
            found |= network.units[source].readers if source >= 0 else set()
    return found - inside


def _draw_run(random, network, free):
    inside = {random.choice(sorted(free))}
    for _ in range(random.choice((0, 1, 2, 4, 6, 12))):
        near = sorted(_neighbours(network, inside) & free)
        if not near:
            break
        grown = inside | {random.choice(near)}
        between = _lies_between(network, grown)
        while between and between <= free:
            grown |= between
            between = _lies_between(network, grown)
        if not between:
            inside = grown
    if all(network.units[index].layer.op in WIRES for index in inside):
        return None
    return inside


def _acyclic(network, groups):
    """Whether groups can be computed one after the other."""
    node = {index: group for group in groups for index in group}
    done, left = set(), set(range(len(network.units)))
    while left:
        ready = [index for index in left
                 if set(chain(*(network.units[unit].reads for unit in node.get(index, (index,))))) - {-1}
                 <= done | set(node.get(index, ()))]
        if not ready:
            return False
        done |= set(chain(*(node.get(index, (index,)) for index in ready)))
        left -= done
    return True


def _draw_split(random, unit):
    layer = unit.layer
    axes = {}
    if layer.groups == 1 and layer.inputs[0][0] > 1:
        axes["channels"] = layer.inputs[0][0]
    if layer.groups == 1 and layer.output[0] > 1:
        axes["filters"] = layer.output[0]
    if layer.groups > 1:
        axes["groups"] = layer.groups
    if not axes:
        return None
    axis = random.choice(sorted(axes))
    return {"layer": unit.name, "axis": axis, "fpga_share": random.randrange(1, axes[axis])}


def draw_mapping(random, network, groups):
    """A mapping of up to `groups` runs and splits."""
    mapping = {"cleave_mapping": 1, "network": network.name, "fpga_runs": [], "splits": []}
    free = {unit.index for unit in network.units if _placeable(unit)}
    taken = []
    for _ in range(groups):
        if not free:
            break
        if random.random() < 0.4:
            unit = network.units[random.choice(sorted(free))]
            split = _draw_split(random, unit) if unit.layer.convolves else None
            if split and _acyclic(network, taken + [(unit.index,)]):
                mapping["splits"].append(split)
                taken.append((unit.index,))
                free -= {unit.index}
            continue
        inside = _draw_run(random, network, free)
        if inside and _acyclic(network, taken + [tuple(inside)]):
            mapping["fpga_runs"].append([network.units[index].name for index in sorted(inside)])
            taken.append(tuple(inside))
            free -= inside
    return mapping


def _on_fpga(network, mapping):
    """Layers on the FPGA, of splits the share."""
    for run in mapping["fpga_runs"]:
        for name in run:
            yield network.unit(name).layer
    for split in mapping["splits"]:
        yield share(network.unit(split["layer"]).layer, split["axis"], split["fpga_share"])


def draw_hardware(random, network, mapping, fpga):
    """Entries of a mapping's `hardware` for most layers on the FPGA."""
    entries = []
    for layer in _on_fpga(network, mapping):
        name = random.choice(fpga.names)
        entry = {"layer": layer.name, "implementation": name}
        form = fpga.forms[name]
        fold = random.choice(form.foldings(layer)) if form.folds else None
        if fold:
            entry.update(pe=fold.pe, simd=fold.simd, multipliers=fold.multipliers, columns=fold.columns)
        entries.append(entry)
    return entries
