"""The schedule of least latency: stages of at most two groups and layers beside them, region by region."""
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations


@dataclass(frozen=True)
class Group:
    """Times in ns of one run or split: before it on the GPU, down, FPGA, up, after it; the GPU's share of a split."""
    units: frozenset
    before: int
    down: int
    fpga: int
    up: int
    after: int
    beside: int = 0
    streamed: bool = False


def _ordered(groups, beside):
    gpu = link = fpga = 0
    sent, done = [], []
    for group in groups:
        gpu += group.before
        sent.append(gpu)
    gpu += beside + sum(group.beside for group in groups)
    if groups[0].streamed:
        for group, ready in zip(groups, sent):
            link = fpga = max(link, fpga, ready) + group.fpga
            done.append(link)
    else:
        for group, ready in zip(groups, sent):
            link = max(link, ready) + group.down
            done.append(link)
        for index, group in enumerate(groups):
            fpga = max(fpga, done[index]) + group.fpga
            done[index] = fpga
        for index, group in enumerate(groups):
            link = max(link, done[index]) + group.up
            done[index] = link
    for group, ready in zip(groups, done):
        gpu = max(gpu, ready) + group.after
    return max(gpu, link, fpga)


def stage_time(groups, beside):
    if not groups:
        return beside
    return min(_ordered(order, beside) for order in permutations(groups))


class Schedule:
    """`gpu_times`: ns of each unit on the GPU by index. `pairs`: whether a stage may have two groups."""

    def __init__(self, network, groups, gpu_times, pairs):
        self.network, self.groups, self.gpu_times, self.pairs = network, groups, gpu_times, pairs
        self.members = {}
        for unit, region in zip(network.units, network.region):
            self.members.setdefault(region, []).append(unit.index)
        self.depends = []
        for unit in network.units:
            own = set()
            for source in unit.reads:
                if source >= 0:
                    own |= {source} | self.depends[source]
            self.depends.append(frozenset(own))
        self.best = lru_cache(maxsize=None)(self._best)

    def latency(self):
        for region in reversed(sorted(self.members)):
            self.best(region, frozenset())
        return self.best(0, frozenset())

    def _ready(self, units, done, first):
        """Whether all is there that units read, where those before `first` are done."""
        return not units & done and all(source < first or source in done or source in units for unit in units
                                        for source in self.network.units[unit].reads)

    def _best(self, region, done):
        here = frozenset(self.members[region])
        if done == here:
            return self._next(region)
        first = min(here)
        options = []
        grouped = frozenset().union(*(group.units for group in self.groups)) if self.groups else frozenset()
        if not any(group.units & here - done for group in self.groups):
            return sum(self.gpu_times[unit] for unit in here - done) + self._next(region)
        ready = [group for group in self.groups if group.units & here and self._ready(group.units, done, first)]
        alone = [unit for unit in sorted(here - done - grouped) if self._ready(frozenset([unit]), done, first)]
        options += [self.gpu_times[unit] + self.best(region, done | {unit}) for unit in alone]
        inside = [group for group in ready if group.units <= here]
        for group in ready:
            if group not in inside and here - done <= group.units:
                options.append(stage_time([group], 0) + self._crossed(group))
        sets = [[group] for group in inside]
        if self.pairs:
            sets += [list(pair) for pair in combinations(inside, 2)]
        for chosen in sets:
            units = frozenset().union(*(group.units for group in chosen))
            for beside in self._beside(here, done, grouped, units):
                time = stage_time(chosen, sum(self.gpu_times[unit] for unit in beside))
                options.append(time + self.best(region, done | units | beside))
        return min(options, default=float("inf"))

    def _next(self, region):
        return self.best(region + 1, frozenset()) if region + 1 in self.members else 0

    def _crossed(self, group):
        region = self.network.region[max(group.units)]
        return self.best(region, group.units & frozenset(self.members[region]))

    def _beside(self, here, done, grouped, units):
        """Sets of units that the GPU computes meanwhile."""
        able = [unit for unit in sorted(here - done - grouped)
                if not self.depends[unit] & units and not any(unit in self.depends[u] for u in units)]
        sets = [frozenset()]
        for unit in able:
            needed = frozenset(self.depends[unit] & here) - done
            sets += [chosen | {unit} for chosen in sets if needed <= chosen]
        return sets
