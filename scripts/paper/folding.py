"""What foldings change: Fire's 3x3 expands at every share, and networks whose FPGA is not reconfigured."""
import itertools

from .families import NETWORKS, SQUEEZENET
from .gains import SELECTED, gains_of, select
from .readings import CLOCKS, FOLDED, PLAIN_FOLDED, settings

AXES = ("filters", "channels")
WHOLE_SHARE = 16
RESIDENT = [r for r in PLAIN_FOLDED if r[0] == "mixed"]


def measure_shares(runs, scope, family, fires, base):
    """Energy gain and speed-up of all Fires together when the FPGA has so many sixteenths of each 3x3 expand, None
    where that does not fit: by reading, axis and share; and by filters with other clocks, by reading, clock and share.
    All of an expand is no split, and the same along either axis."""
    def score(reading, axis, share, sets=()):
        names = {f"{m}/expand3x3": fires[reading[0], m][axis] * share // WHOLE_SHARE for m in family.modules}
        whole, splits = [[name] for name in names], [(name, axis, s) for name, s in names.items() if s]
        on_fpga = {"runs": whole} if share == WHOLE_SHARE else {"splits": splits}
        found = runs.score(SQUEEZENET, [*settings(reading), *sets], **on_fpga)
        return gains_of(family, base[SQUEEZENET, reading], found["modules"])["all"] if found["feasible"] else None

    def with_clock(item):
        reading, clock, share = item
        return score(reading, "filters", share, [f"fpga.clock={{folded: {clock} MHz}}"])
    readings = [r for r in scope.readings if r[0] in FOLDED]
    shares = runs.map(lambda item: score(*item), itertools.product(readings, AXES, scope.shares))
    folded = [r for r in PLAIN_FOLDED if r[0] == "folded"]
    return shares, runs.map(with_clock, itertools.product(folded, CLOCKS, scope.shares))


def measure_resident(runs, scope):
    """The same of whole networks whose FPGA is not reconfigured, by network, reading and selected point; the gap."""
    def one(item):
        network, reading = item
        return runs.explore(network, settings(reading) + ["resources.scope=network", *scope.resident])
    found = runs.map(one, itertools.product(NETWORKS, RESIDENT))
    gains = {}
    for (network, reading), front in found.items():
        for role in SELECTED:
            point = select(front, role)
            gains[network, reading, role] = point["energy_gain"], point["latency_speedup"]
    return gains, max(front["gap"] for front in found.values())
