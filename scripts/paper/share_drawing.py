"""The drawing of Fire's 3x3 expands by share."""
from .drawings import Drawing
from .folding import AXES, WHOLE_SHARE
from .page.markdown import times
from .readings import PLAIN_FOLDED

AXIS_KINDS = {"filters": "eager full", "channels": "graph hollow"}
LABELLED = (1, 8, 15)


class Scale:
    """Linear, with a tick at every fifth."""

    def __init__(self, values, start, end):
        low, high = min(values), max(values)
        extra = 0.08 * (high - low)
        self.low, self.high, self.start, self.end = low - extra, high + extra, start, end

    def __call__(self, value):
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        return [n / 5 for n in range(100) if self.low < n / 5 < self.high]


def draw_curve(d, curve, kind, x, y):
    """Gains by share, where it fits."""
    points = [(share, x(gains[0]), y(gains[1])) for share, gains in curve.items() if gains]
    d.path(f"line {kind.split()[0]}", [(px, py) for _, px, py in points])
    for share, px, py in points:
        energy, latency = curve[share]
        name = "all" if share == WHOLE_SHARE else f"{share}/{WHOLE_SHARE}"
        d.mark(kind, px, py, f"{name}: {times(energy)}, {times(latency)}")
        if share in LABELLED:
            d.text(px, py + (-9 if kind == AXIS_KINDS["filters"] else 18), name, "number", "middle")
    if points[-1][0] == WHOLE_SHARE:
        d.text(points[-1][1], points[-1][2] - 9, "all", "number", "middle")


def draw_frame(d, x, y, left):
    for tick in x.ticks():
        d.line("axis" if tick == 1 else "grid", x(tick), y.end, x(tick), y.start)
        d.text(x(tick), y.start + 18, f"{tick:g}x", "number", "middle")
    for tick in y.ticks():
        d.line("axis" if tick == 1 else "grid", x.start, y(tick), x.end, y(tick))
        d.text(left - 8, y(tick) + 4, f"{tick:g}x", "number", "end")
    d.text((x.start + x.end) / 2, y.start + 36, "energy gain", "", "middle")


def draw_claim(d, x, y):
    d.line("paper", x - 6, y, x + 6, y)
    d.line("paper", x, y - 6, x, y + 6)
    d.text(x, y - 12, "paper", "name", "middle")


def draw_legend(d):
    place = 20
    for axis in AXES:
        d.mark(AXIS_KINDS[axis], place + 4, 62)
        d.text(place + 13, 66, f"by {axis}")
        place += 110
    d.mark("best", place + 4, 62, "", 2.5)
    d.text(place + 13, 66, "each layer split with a share of its own (gconv only)")


def draw_shares(study):
    family = study.families[0]
    d = Drawing(900, 470, "Gains of all Fires by the share of their 3x3 expands that the FPGA has",
                "folded, free conversion, 2.5 GB/s. The same share of every 3x3 expand, in sixteenths.")
    draw_legend(d)
    for number, reading in enumerate(r for r in PLAIN_FOLDED if r[0] == "folded"):
        curves = {axis: {s: study.shares[reading, axis, s] for s in study.scope.shares} for axis in AXES}
        best = {(round(e, 2), round(l, 2)) for e, l in study.fronts["fire", "restricted", reading].points}
        gains = [g for curve in curves.values() for g in curve.values() if g] + [*best, family.claim]
        left = 64 + 430 * number
        x = Scale([energy for energy, _ in gains], left, left + 370)
        y = Scale([latency for _, latency in gains], 410, 118)
        d.text(left - 44, 100, f"latency speed-up, GPU profile {reading[1]}", "name")
        draw_frame(d, x, y, left)
        for energy, latency in sorted(best):
            d.mark("best", x(energy), y(latency), f"{times(energy)}, {times(latency)}", 2.5)
        for axis, curve in curves.items():
            draw_curve(d, curve, AXIS_KINDS[axis], x, y)
        draw_claim(d, x(family.claim[0]), y(family.claim[1]))
    return d.svg()
