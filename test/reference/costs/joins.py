"""When units of a pipeline start, where ways meet again, and how long what is early waits there."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A time as it is, and the least and most that it could be."""
    own: int
    least: int
    most: int

    def __add__(self, other):
        return Part(self.own + other.own, self.least + other.least, self.most + other.most)


NOTHING = Part(0, 0, 0)


def _joined(parts):
    """What a join waits for, and the index of the way that sets it whatever the foldings are, if one does."""
    if not parts:
        return NOTHING, None
    for index, part in enumerate(parts):
        if all(part.least >= other.most for other in parts[:index] + parts[index + 1:]):
            return part, index
    most = max(part.most for part in parts)
    return Part(most, most, most), None


def _passes(reads, ends):
    """Units that everything passes. `reads`: of each unit in order, the units that it reads, or None for a map from
    outside that it waits for, as several read it, and for its start where it reads nothing else. `ends`: units whose
    maps all leave."""
    return [all(source is not None and source >= unit for later in reads[unit + 1:] for source in later)
            and any(unit in later for later in reads[unit + 1:])
            and not any(end <= unit for end in ends)
            for unit in range(len(reads))]


class Ways:
    """The graph of a pipeline, unit by unit in order."""

    def __init__(self, reads, ends):
        self.reads, self.ends = reads, ends
        self.passes = _passes(reads, ends)
        self.before = 0      # what everything takes to the last unit that all of it passes
        self.starts = {None: NOTHING}

    def add(self, unit, part):
        """Adds a unit; returns how long each of the maps that it reads waits in front of it, in ns."""
        ways = [self.starts.get(source, NOTHING) for source in self.reads[unit]]
        joined, setter = _joined(ways)
        waits = [0 if index == setter else joined.most - way.least for index, way in enumerate(ways)]
        start = joined + part
        if self.passes[unit]:
            self.before, start = self.before + start.own, NOTHING
        self.starts[unit] = start
        return waits

    def latest(self):
        """The latest start of maps that leave."""
        return self.before + _joined([self.starts[unit] for unit in self.ends])[0].own
