"""Timing, resources and energy of one pipeline on the FPGA: a run of units, or the share of a split."""
from dataclasses import dataclass

from .hardware import Blocks
from .joins import Part, Ways
from .numbers import ceil_div, nanoseconds, picojoules


@dataclass
class Member:
    """A unit, or its share, in a pipeline. `sources`: units that it reads, or for maps from outside numbers below 0."""
    index: int
    layer: object
    followers: list
    implementation: str
    fold: object
    sources: list
    leaves: bool


@dataclass(frozen=True)
class Pipeline:
    pace: int
    clock: float
    time: int
    blocks: Blocks
    energy: int


def _own(hardware, positions, pace, clock):
    return ceil_div(hardware.fill * pace, positions) + nanoseconds(hardware.depth / clock)


def _bounds(fpga, member, own, pace, clock):
    """Least and most own time: as it is, or with any hardware worth having that keeps the pace and the clock."""
    _, height, width = member.layer.inputs[0]
    times = [_own(choice, height * width, pace, clock) for name in fpga.names if fpga.clocks[name] >= clock
             for choice in fpga.worth_having(member.layer, member.followers, name)
             if nanoseconds(choice.interval / clock) <= pace]
    return min(own, *times), max(own, *times)


def _cycles(pace, clock):
    """The most cycles whose time, in whole nanoseconds, is no longer than the pace."""
    cycles = int(pace * clock / 1e9) + 2
    while nanoseconds(cycles / clock) > pace:
        cycles -= 1
    return cycles


def _ways(members):
    """The graph of the pipeline, and of each member the maps that it waits for, in the order of the graph's."""
    places = {member.index: place for place, member in enumerate(members)}
    readers = {}
    for member in members:
        for source in set(member.sources):
            readers[source] = readers.get(source, 0) + 1
    waited = []
    for member in members:
        # A map from outside that one unit alone reads comes when that unit is ready for it.
        waited.append([source for source in dict.fromkeys(member.sources) if source in places or readers[source] > 1])
    reads = [[places.get(source) for source in sources] or [None] for sources in waited]
    ends = [places[member.index] for member in members if member.leaves and member.index not in readers]
    return Ways(reads, ends), waited


def run_pipeline(fpga, members, slowest_transfers):
    """The pipeline of `members` in network order; `slowest_transfers` in ns: 0, or what streams for longest."""
    clock = min(fpga.clocks[member.implementation] for member in members)
    units = [fpga.unit(m.layer, m.followers, m.implementation, m.fold) for m in members]
    pace = max(1, slowest_transfers, *(nanoseconds(unit.interval / clock) for unit in units))
    (ways, waited), occupied = _ways(members), []
    for place, (member, unit) in enumerate(zip(members, units)):
        _, height, width = member.layer.inputs[0]
        own = _own(unit, height * width, pace, clock)
        bounds = _bounds(fpga, member, own, pace, clock) if len(members) > 1 else (own, own)
        buffers = Blocks()
        for source, wait in zip(waited[place], ways.add(place, Part(own, *bounds))):
            positions = ceil_div(wait * height * width, pace)
            if positions > 0:
                channels = member.layer.inputs[member.sources.index(source)][0]
                buffers += fpga.forms[member.implementation].delay(channels, positions, height * width,
                                                                   _cycles(pace, clock))
        occupied.append(unit.blocks + buffers)
    total = sum(occupied, Blocks())
    if fpga.together:
        occupied = [total]
    energy = sum(picojoules(fpga.power(blocks, member.implementation, clock) * (pace / 1e9))
                 for blocks, member in zip(occupied, members))
    time = pace + ways.latest()
    energy += fpga.base(clock) * time
    return Pipeline(pace, clock, time, total, energy)


