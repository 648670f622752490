"""What the paper leaves open, and how much of it is looked at."""
import itertools
from dataclasses import dataclass

IMPLEMENTATIONS = ("dhm-csd", "dhm-2021")
PROFILES = ("eager", "graph")
CONVERSIONS = ("free", "charged")
LINKS = ("pcie_gen2_x4_paper", "pcie_gen2_x4_measured")
READINGS = tuple(itertools.product(IMPLEMENTATIONS, PROFILES, CONVERSIONS, LINKS))
# The paper's own link and no conversion; the figures that the tables show for each implementation and profile.
PLAIN = tuple(r for r in READINGS if r[2] == "free" and r[3] == LINKS[0])


@dataclass(frozen=True)
class Scope:
    """What is computed: readings, single layers (kernels and filters) and how many modules of a kind."""
    readings: tuple
    kernels: tuple
    filters: tuple
    most_modules: int


WHOLE = Scope(READINGS, (1, 3, 5, 7, 11), (2, 4, 8, 16, 32, 64), 1000)
# Enough for every sentence and table of the page to have something to say.
QUICK = Scope(PLAIN, (3, 5), (4, 64), 2)


def settings(reading):
    """As options of --set."""
    implementation, profile, conversion, link = reading
    return [f"fpga.implementation={implementation}", f"gpu.profile={profile}", f"energy.conversion={conversion}",
            f"link.model={link}"]


def reading_name(reading):
    return f"{reading[0]}, {reading[1]}"
