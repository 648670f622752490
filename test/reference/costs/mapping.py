"""The cost of a mapping: latency, energy and what it occupies on the FPGA."""
from dataclasses import dataclass
from math import ceil, log2, prod

from .gpu import Work
from .hardware import Blocks
from .network import share
from .numbers import ceil_div, nanoseconds, nearest
from .runs import Member, run_pipeline
from .stages import Group, Schedule


@dataclass
class Charge:
    """A group: its times, the energy that does not go by the latency in pJ, bytes that cross, and its pipeline."""
    group: Group
    energy: int
    bytes: int
    pipeline: object


@dataclass
class Cost:
    latency: int
    energy: int
    resources: tuple
    bytes: int
    pipelines: list

    def figures(self):
        """As figures_of a score."""
        return {"latency": self.latency, "energy": self.energy, "resources": self.resources,
                "bytes": self.bytes,
                "pipelines": [(pipeline.pace, pipeline.clock) for pipeline in self.pipelines]}


class Platform:
    """GPU, FPGA and link as configured, with the settings of all of them by key."""

    def __init__(self, gpu, fpga, link, settings):
        self.gpu, self.fpga, self.link = gpu, fpga, link
        self.streamed = settings.get("link.hand_over", "buffered") == "streamed"
        self.active = settings.get("energy.scope", "system") == "active"
        self.charged = settings.get("energy.conversion", "charged") == "charged"
        self.unpowered = settings.get("energy.unused_fpga", "powered") == "unpowered"

    def converted(self, elements):
        """The kernel for one map between number formats."""
        size = elements * (self.gpu.bytes + self.fpga.bits // 8)
        return self.gpu.conversion(size) if self.charged else Work()

    def transfers(self, sizes, down):
        """(ns, pJ without and with idle power) of maps of these bytes."""
        sums = [self.link.transfer(size, down) for size in sizes]
        return tuple(sum(column) for column in zip(*sums)) if sums else (0, 0, 0)

    def charge(self, units, members, down, up, before, after, beside):
        """A group: bytes of maps `down` and `up`, work of the GPU `before`, `after` and `beside` it."""
        sent, got = self.transfers(down, True), self.transfers(up, False)
        pipeline = run_pipeline(self.fpga, members, max(sent[0], got[0]) if self.streamed else 0)
        host = nanoseconds(self.link.to_fpga["sync"] + self.gpu.host), nanoseconds(self.link.to_gpu["sync"])
        group = Group(frozenset(units), host[0] + before.time, sent[0], pipeline.time, got[0], host[1] + after.time,
                      beside.time, self.streamed)
        work = before + after + beside
        energy = work.dynamic + pipeline.energy
        if self.active:
            energy += work.idle + self.fpga.static * pipeline.time + sent[2] + got[2]
        else:
            energy += sent[1] + got[1]
        return Charge(group, energy, sum(down) + sum(up), pipeline)


def run_charge(platform, network, run, hardware):
    """`run`: units; `hardware`: implementation and fold by name of layer."""
    inside = {unit.index for unit in run}
    members, down, up = [], {}, []
    for unit in run:
        leaves = not unit.readers or any(reader not in inside for reader in unit.readers)
        sources = [source if source in inside else -2 - source for source in unit.reads]
        members.append(Member(unit.index, unit.layer, unit.followers, *hardware[unit.name], sources, leaves))
        for source, shape in zip(unit.reads, unit.layer.inputs):
            if source not in inside:
                down[source] = prod(shape)
        if leaves:
            up.append(prod(unit.layer.output))
    before = sum((platform.converted(size) for size in down.values()), Work())
    after = sum((platform.converted(size) for size in up), Work())
    size = platform.fpga.bits // 8
    return platform.charge(inside, members, [n * size for n in down.values()], [n * size for n in up], before, after,
                           Work())


def split_charge(platform, unit, axis, count, hardware):
    layer, gpu = unit.layer, platform.gpu
    whole = {"channels": layer.inputs[0][0], "filters": layer.output[0], "groups": layer.groups}[axis]
    ours, theirs = share(layer, axis, count), share(layer, axis, whole - count)
    size = platform.fpga.bits // 8
    if axis == "channels":
        wide = ceil_div(2 * platform.fpga.bits + ceil(log2(ours.depth)), 8)
        crosses, partial = prod(ours.inputs[0]), prod(ours.output)
        after = gpu.conversion(partial * (wide + 2 * gpu.bytes)) + gpu.layers(unit.followers)
        member = Member(unit.index, ours, [], *hardware[unit.name], [-1], True)
        return platform.charge([unit.index], [member], [crosses * size], [partial * wide],
                               platform.converted(crosses), after, gpu.layer(theirs))
    followers = [follower.narrowed(ours.output[0]) for follower in unit.followers]
    beside = gpu.layers([theirs] + [follower.narrowed(theirs.output[0]) for follower in unit.followers])
    crosses, made = prod(ours.inputs[0]), prod(ours.output)
    member = Member(unit.index, ours, followers, *hardware[unit.name], [-1], True)
    return platform.charge([unit.index], [member], [crosses * size], [made * size], platform.converted(crosses),
                           platform.converted(made), beside)


def cost(platform, network, mapping, hardware):
    """`mapping` as in its file; `hardware`: (implementation, fold or None) of each layer on the FPGA."""
    charges = []
    runs = [sorted((network.unit(name) for name in run), key=lambda unit: unit.index) for run in mapping["fpga_runs"]]
    for units in sorted(runs, key=lambda units: units[0].index):
        charges.append(run_charge(platform, network, units, hardware))
    for split in sorted(mapping["splits"], key=lambda split: network.unit(split["layer"]).index):
        charges.append(split_charge(platform, network.unit(split["layer"]), split["axis"], split["fpga_share"],
                                    hardware))
    grouped = frozenset().union(*(charge.group.units for charge in charges))
    works = {unit.index: platform.gpu.layers([unit.layer] + unit.followers) for unit in network.units
             if unit.index not in grouped}
    schedule = Schedule(network, [charge.group for charge in charges],
                        {index: work.time for index, work in works.items()}, not platform.fpga.folds)
    latency = schedule.latency()
    energy = sum(charge.energy for charge in charges) + sum(work.dynamic for work in works.values())
    if platform.active:
        energy += sum(work.idle for work in works.values())
    else:
        unused = platform.unpowered and not charges
        standing = nearest(platform.gpu.idle * 1e3)
        if not unused:
            standing += platform.fpga.static + nearest(platform.link.idle * 1e3)
        energy += standing * latency
    blocks = sum((charge.pipeline.blocks for charge in charges), Blocks())
    return Cost(latency, energy, platform.fpga.occupied(blocks), sum(charge.bytes for charge in charges),
                [charge.pipeline for charge in charges])
