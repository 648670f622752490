"""When units of a pipeline start, where ways meet again, and how long what is early waits there."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A unit's own time as it is, and the least and most that it could be."""
    own: int
    least: int
    most: int

    def __add__(self, other):
        return Part(self.own + other.own, self.least + other.least, self.most + other.most)


def _joined(parts):
    """What a join waits for its ways, and the index of the way that sets it whatever the foldings are, if one does."""
    for index, part in enumerate(parts):
        if all(part.least >= other.most for other in parts[:index] + parts[index + 1:]):
            return part, index
    most = max(part.most for part in parts)
    return Part(most, most, most), None


class Ways:
    """The graph of a pipeline, unit by unit. What is no unit of it is a map from outside, there at time 0 (None)."""

    def __init__(self):
        self.parts = {}      # own time of each unit
        self.above = {}      # the last unit that everything passes on the way to it
        self.waits = {}      # from the end of that one to its own start

    def _chain(self, unit):
        chain = []
        while unit in self.above:
            chain.append(unit)
            unit = self.above[unit]
        return chain + [None]

    def _way(self, unit, top):
        """Time from `top` until `unit` starts to send."""
        part = Part(0, 0, 0)
        while unit in self.above and unit != top:
            part = part + self.parts[unit] + self.waits[unit]
            unit = self.above[unit]
        return part

    def _join(self, sources):
        """(last unit that everything passes, what the join waits since, [(source, wait)] of what comes early)."""
        if not sources:
            return None, Part(0, 0, 0), []
        common = next(unit for unit in self._chain(sources[0])
                      if all(unit in self._chain(source) for source in sources))
        parts = [self._way(source, common) for source in sources]
        passed = {above for source in sources for above in self._chain(source)[1:]}
        last = [index for index, source in enumerate(sources) if source not in passed]
        joined, setter = _joined([parts[index] for index in last])
        early = [(source, joined.most - part.least) for index, (source, part) in enumerate(zip(sources, parts))
                 if setter is None or index != last[setter]]
        return common, joined, early

    def add(self, unit, sources, part):
        """Adds a unit that waits for `sources`; returns what waits in front of it, [(source, ns)]."""
        self.above[unit], self.waits[unit], early = self._join(sources)
        self.parts[unit] = part
        return early

    def latest(self, leaving):
        """The latest start of maps that leave."""
        common, joined, _ = self._join(leaving)
        return joined.own + self._way(common, None).own
