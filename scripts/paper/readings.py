"""What the paper leaves open, what it does not have, and how much of it is looked at."""
import itertools
from dataclasses import dataclass

DIRECT = ("dhm-csd", "dhm-2021")  # a multiplier for each weight, as in the paper
FOLDED = ("folded", "mixed")  # multipliers take turns over a layer's weights, which the paper does not have
IMPLEMENTATIONS = DIRECT + FOLDED
VALUES = {"mixed": "[folded, dhm-csd]"}  # of fpga.implementation, where that is not the name
PROFILES = ("eager", "graph")
CONVERSIONS = ("free", "charged")
CLOCKS = (100, 200)  # MHz that folded layers may have as well
LINKS = ("pcie_gen2_x4_paper", "pcie_gen2_x4_measured")
READINGS = tuple(itertools.product(IMPLEMENTATIONS, PROFILES, CONVERSIONS, LINKS))


def plain(implementations):
    """The paper's own link and no conversion: the figures that tables show for each implementation and profile."""
    return tuple((i, p, "free", LINKS[0]) for i in implementations for p in PROFILES)


PLAIN, PLAIN_FOLDED = plain(DIRECT), plain(FOLDED)


@dataclass(frozen=True)
class Scope:
    """What is computed: readings, single layers (kernels and filters), how many modules of a kind, sixteenths of Fire's
    3x3 expands, and options of --set for fronts with foldings, where the FPGA is reconfigured between modules and where
    it is not."""
    readings: tuple
    kernels: tuple
    filters: tuple
    most_modules: int
    shares: tuple
    fronts: tuple
    resident: tuple

    @property
    def loop_cases(self):
        """Implementations and links of the readings with the authors' loop."""
        return tuple(dict.fromkeys((r[0], r[3]) for r in self.readings if r[0] in DIRECT))


WHOLE = Scope(READINGS, (1, 3, 5, 7, 11), (2, 4, 8, 16, 32, 64), 1000, tuple(range(1, 17)),
              ("search.epsilon=0.01",), ("search.epsilon=0.05",))
# Enough for every sentence and table of the page to have something to say. Fused runs have the most foldings to try.
ROUGHLY = ("search.epsilon=0.5", "space.strategies=[dwconv]")
QUICK = Scope(PLAIN + PLAIN_FOLDED, (3, 5), (4, 64), 2, (4, 11, 16), ROUGHLY, ROUGHLY)


def fpga(implementation):
    """As an option of --set."""
    return f"fpga.implementation={VALUES.get(implementation, implementation)}"


def settings(reading):
    """As options of --set."""
    implementation, profile, conversion, link = reading
    return [fpga(implementation), f"gpu.profile={profile}", f"energy.conversion={conversion}", f"link.model={link}"]


def reading_name(reading):
    return f"{reading[0]}, {reading[1]}"
