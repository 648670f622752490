"""The FPGA as configured: implementations, units as hardware, power, limits."""
from math import prod

from .dhm import Csd, Fitted
from .folded import Folded
from .hardware import Blocks, Hardware, own_followers
from .numbers import ceil_div, nearest

_FORMS = {"fitted": Fitted, "csd": Csd, "folded": Folded}


def _fill(layer, parts, followers):
    """Of a unit, in positions of its input: a follower's positions come as evenly, but may be fewer."""
    positions = prod(layer.inputs[0][1:])
    return parts[0].fill + sum(ceil_div(part.fill * positions, prod(follower.inputs[0][1:]))
                               for part, follower in zip(parts[1:], followers))


def _unbeaten(choices):
    """Those that no other is as good as in everything."""
    figures = {choice: (choice.interval, choice.fill, choice.depth, choice.blocks.alm, choice.blocks.dsp,
                        choice.blocks.m20k) for choice in choices}
    kept = []
    for choice in sorted(choices, key=figures.get):
        if not any(all(a <= b for a, b in zip(figures[other], figures[choice])) for other in kept):
            kept.append(choice)
    return kept


class Fpga:
    """`names` are the implementations allowed, `clocks` in Hz by name and `capacity` those of the configuration."""

    def __init__(self, model, names, clocks, capacity):
        self.names, self.known = names, {}
        self.parameters = {name: model["implementations"][name] for name in names}
        self.forms = {name: _FORMS[p["form"]](p) for name, p in self.parameters.items()}
        self.clocks = {name: clocks.get(name, p["clock"]) for name, p in self.parameters.items()}
        self.m20k = int(capacity.get("m20k", model["capacity"]["m20k"]))
        self.static = nearest(model["static_power"] * 1e3)
        self.bits = self.parameters[names[0]]["bits"]

    @property
    def together(self):
        """Whether units of a run share their memory, so that they draw power as one."""
        return any(isinstance(form, Fitted) for form in self.forms.values())

    @property
    def folds(self):
        return any(form.folds for form in self.forms.values())

    def unit(self, layer, followers, name, fold):
        """A layer, or a slice of one, with what follows it on the FPGA."""
        form = self.forms[name]
        parts = [form.hardware(layer, fold)]
        own = own_followers(layer, followers)
        for follower in own:
            parts.append(form.follower(follower, parts[0].interval) if form.folds else form.hardware(follower))
        return Hardware(sum((part.blocks for part in parts), Blocks()), max(part.interval for part in parts),
                        _fill(layer, parts, own), sum(part.depth for part in parts))

    def worth_having(self, layer, followers, name):
        """All that a unit could be in one implementation, but for what another beats in timing and resources."""
        key = layer, tuple(followers), name
        if key not in self.known:
            form = self.forms[name]
            folds = form.foldings(layer) if form.folds else [None]
            self.known[key] = _unbeaten({self.unit(layer, followers, name, fold) for fold in folds})
        return self.known[key]

    def occupied(self, blocks):
        """ALM, DSP, M20K of a sum of blocks, delay lines spilled into logic where they find no memory."""
        short, middle, long_ = blocks.lines
        if not any(blocks.lines):
            return blocks.alm, blocks.dsp, blocks.m20k
        lines = next(p for p in self.parameters.values() if p["form"] == "fitted")["resources"]["delay_lines"]
        a, b, c = (int(lines[key]) for key in ("short_alm", "middle_alm", "long_alm"))
        m = self.m20k
        spilled = max(0, a * (short + middle + long_ - m), a * short + b * (middle + long_ - m),
                      a * short + b * middle + c * (long_ - m))
        return blocks.alm + spilled, blocks.dsp, min(short + middle + long_, m)

    def scale(self, name, clock):
        """Of an implementation's power figures at a clock."""
        at = self.parameters[name]["power"].get("at")
        return clock / at if at else 1.0

    def base(self, clock):
        """Whole milliwatts of a run at its clock."""
        return nearest(1e3 * max(p["power"]["base"] * self.scale(name, clock) for name, p in self.parameters.items()))

    def power(self, blocks, name, clock):
        """Watts that a unit draws."""
        figures = self.parameters[name]["power"]
        alm, dsp, m20k = self.occupied(blocks)
        drawn = figures["per_alm"] * alm + figures.get("per_dsp", 0) * dsp + figures["per_m20k"] * m20k
        return drawn * self.scale(name, clock)
