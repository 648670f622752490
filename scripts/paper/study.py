"""Everything that is computed, before any of it is written down."""
from dataclasses import dataclass

from . import capacity, folding, gains, loop_readings, single_layers
from .families import SQUEEZENET, make_families
from .readings import DIRECT, FOLDED, LINKS, Scope
from .runs import Runs

PLAIN_GRAPH = ("dhm-csd", "graph", "free", LINKS[0])


@dataclass(frozen=True)
class Study:
    """Results by the names that their keys begin with: family, partition and reading, in this order.

    A partition is a key of `partitions`, or a front's (`front` or `restricted`) with a point, such as front.knee.
    """
    scope: Scope
    families: tuple
    layers: dict  # network -> name -> what `cleave network show` says of the layer
    available: dict  # implementation -> ALM that it may fill
    clock: float  # MHz that folded layers run at
    seen: dict  # dsp, logic -> the most multipliers of a folded layer that its model is fitted to
    model_files: dict  # cost model -> SHA-256
    partitions: dict  # family -> partition -> Partition
    fires: dict  # implementation, module -> its 3x3 expand's size and largest slices
    bottlenecks: dict  # implementation, module -> ALM of the paper's part, and whether it fits; so for `units`
    units: dict
    base: dict  # network, reading -> module -> its cost on the GPU
    gains: dict  # family, partition, reading -> group -> energy gain, latency speed-up
    whole: dict  # the same of the whole network
    modules: dict  # the same of each module, for `partitions` only
    fronts: dict  # family, front, reading -> Front
    shares: dict  # reading, axis, sixteenths of each 3x3 expand on the FPGA -> gains of all Fires; None if too large
    at_clock: dict  # the same of filters, with plain `folded` at other clocks: reading, MHz, sixteenths
    resident: dict  # network, reading, selected point -> gains of a network whose FPGA is not reconfigured
    resident_gap: float
    expands: dict  # Fire -> its expand -> seconds of its kernel
    abreast: float  # speed-up of Fires if their expands ran side by side on the GPU
    layer: dict  # implementation, profile, kernel, filters, variant -> a single layer
    as_measured: dict  # kernel, filters -> ms on the GPU
    most: dict  # implementation, kernel -> most filters that fit
    loop: dict  # family, LoopReading, implementation and link, whether only what fits moves -> LoopGains
    loop_share: dict  # family -> share of the loop's time that is convolution

    @property
    def readings(self):
        return self.scope.readings

    def of(self, implementations):
        return [r for r in self.readings if r[0] in implementations]

    @property
    def direct(self):
        """Readings of the paper."""
        return self.of(DIRECT)

    @property
    def folded(self):
        """Readings with foldings, which the paper does not have."""
        return self.of(FOLDED)

    def total(self, family, partition, reading):
        """Energy gain and latency speed-up of all modules of the family together."""
        return self.gains[family.key, partition, reading]["all"]

    def totals(self, family, partition, metric, readings=None):
        """Under every reading of the paper, or these."""
        return [self.total(family, partition, r)[metric] for r in readings or self.direct]

    def single(self, family, partition, metric, reading):
        """Of each group of the family."""
        found = self.gains[family.key, partition, reading]
        return [gain[metric] for name, gain in found.items() if name != "all"]


def make_study(cleave, scope):
    runs = Runs(cleave)
    fire, bottleneck, stage = families = make_families(runs.modules, scope.most_modules)
    available, clock, model_files = capacity.usable(runs)
    partitions = {}
    fires, partitions["fire"] = capacity.fit_fires(runs, fire)
    bottlenecks, partitions["bottleneck"] = capacity.fit_bottlenecks(runs, bottleneck)
    units, partitions["stage"] = capacity.fit_units(runs, stage)
    base = gains.measure_base(runs, scope.readings)
    of_groups, of_whole, of_modules = gains.measure_partitions(runs, scope.readings, families, partitions, base)
    fronts = gains.measure_fronts(runs, scope, families, base)
    for (key, kind, reading), front in fronts.items():
        for role in gains.SELECTED:
            of_groups[key, f"{kind}.{role}", reading] = front.groups[role]
            of_whole[key, f"{kind}.{role}", reading] = front.whole[role]
    expands = single_layers.expand_times(runs, fire.modules)
    gpu = sum(base[SQUEEZENET, PLAIN_GRAPH][m]["latency_s"] for m in expands)
    shares, at_clock = folding.measure_shares(runs, scope, fire, fires, base)
    resident, resident_gap = folding.measure_resident(runs, scope)
    return Study(
        scope=scope, families=families, layers=runs.layers, available=available, clock=clock,
        seen=capacity.most_seen(runs), model_files=model_files,
        partitions=partitions, fires=fires, bottlenecks=bottlenecks, units=units, base=base,
        gains=of_groups, whole=of_whole, modules=of_modules, fronts=fronts,
        shares=shares, at_clock=at_clock, resident=resident, resident_gap=resident_gap, expands=expands,
        abreast=of_groups["fire", "ignored", PLAIN_GRAPH]["all"][1]
        * (1 - sum(min(times.values()) for times in expands.values()) / gpu),
        layer=single_layers.measure_layers(runs, scope), as_measured=single_layers.measure_as_authors(runs, scope),
        most=single_layers.most_filters(runs, scope),
        loop=loop_readings.measure_loop(runs, families, scope.loop_cases),
        loop_share=loop_readings.convolution_share(runs, families))
