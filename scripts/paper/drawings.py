"""The page's drawings."""
import itertools
import math

from drawing.svg import SHAPES, Parts, colours, document, escape, themed

from .page.markdown import times
from .readings import DIRECT, FOLDED, PROFILES

STYLE_SHAPES = SHAPES + """.paper { stroke-width: 2; }
.mark { stroke-width: 1.5; }
.line { fill: none; stroke-width: 1.5; }
"""
PROFILE_COLOURS = {"eager": "blue", "graph": "orange"}
# Partitions of the drawings of gains, and what they are called there.
DIRECT_ROWS = {
    "fire": {"ignored": "3x3 expand, capacity ignored", "fits": "slice of channels that fits",
             "other": "slice of filters that fits", "restricted.knee": "gconv only, knee",
             "front.knee": "any partition, knee"},
    "bottleneck": {"ignored": "all 1x1, capacity ignored", "fits": "all 1x1 where they fit",
                   "restricted.knee": "dwconv only, knee", "front.knee": "any partition, knee"},
    "stage": {"ignored": "paper's, capacity ignored", "fits": "paper's where it fits",
              "other": "with the left branch, fits", "restricted.knee": "dwconv, gconv only, knee",
              "front.knee": "any partition, knee"},
}
FOLDED_ROWS = {
    "fire": {"fits": "3x3 expand", "restricted.knee": "gconv only, knee", "front.knee": "any partition, knee"},
    "bottleneck": {"fits": "all 1x1", "restricted.knee": "dwconv only, knee", "front.knee": "any partition, knee"},
    "stage": {"fits": "paper's", "other": "with the left branch", "restricted.knee": "dwconv, gconv only, knee",
              "front.knee": "any partition, knee"},
}


def paper_colours(theme):
    rules = [f".axis {{ stroke: {theme['axis']}; }}", f".paper {{ stroke: {theme['ink']}; }}"]
    marks = [(p, theme[c]) for p, c in PROFILE_COLOURS.items()] + [(f"k{i}", c) for i, c in enumerate(theme["ramp"])]
    for name, colour in marks:
        rules += [f".{name} {{ stroke: {colour}; }}", f".{name}.full {{ fill: {colour}; }}",
                  f".{name}.hollow {{ fill: {theme['surface']}; }}"]
    rules.append(f".best {{ stroke: {theme['axis']}; fill: {theme['surface']}; }}")
    return colours(theme) + "\n".join(rules) + "\n"


class Drawing(Parts):
    def __init__(self, width, height, title, subtitle):
        super().__init__()
        self.width, self.height, self.title = width, height, title
        self.text(20, 26, title, "title")
        self.text(20, 44, subtitle)

    def path(self, kind, points):
        self.add(f'<path class="{kind}" d="M' + " L".join(f"{x:.1f} {y:.1f}" for x, y in points) + '"/>')

    def mark(self, kind, x, y, title="", radius=3.5):
        inside = f"<title>{escape(title)}</title>" if title else ""
        self.add(f'<circle class="mark {kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">{inside}</circle>')

    def svg(self):
        style = themed(STYLE_SHAPES, paper_colours)
        return document(self.width, self.height, self.title, style, self.parts)


class Scale:
    """Logarithmic to base 2."""

    def __init__(self, values, start, end, margin=0.08):
        low, high = math.log2(min(values)), math.log2(max(values))
        extra = margin * (high - low)
        self.low, self.high, self.start, self.end = low - extra, high + extra, start, end

    def __call__(self, value):
        return self.start + (math.log2(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        every = 1 if self.high - self.low <= 7 else 2
        return [2.0 ** e for e in range(math.ceil(self.low), math.floor(self.high) + 1) if e % every == 0]


def tick_text(value):
    return f"{value:g}x" if value >= 0.1 else f"{value:.2g}x"


def mark_kind(profile, hollow):
    return f"{profile} {'hollow' if hollow else 'full'}"


def draw_legend(drawing, implementations):
    x = 20
    for profile, (number, implementation) in itertools.product(PROFILES, enumerate(implementations)):
        drawing.mark(mark_kind(profile, number), x + 4, 62)
        drawing.text(x + 13, 66, f"{profile}, {implementation}")
        x += 142
    drawing.line("paper", x + 4, 56, x + 4, 68)
    drawing.text(x + 13, 66, "paper")


def draw_readings(drawing, study, family, key, metric, scale, top, implementations):
    """A mark for each reading, in a lane for each profile and implementation."""
    for reading in study.of(implementations):
        value = study.total(family, key, reading)[metric]
        number = implementations.index(reading[0])
        lane = PROFILES.index(reading[1]) * 2 + number
        drawing.mark(mark_kind(reading[1], number), scale(value), top + 3.5 + lane * 5.8,
                     f"{', '.join(reading)}: {times(value)}", 3)


def draw_gains(study, implementations, rows, title):
    families, readings = study.families, study.of(implementations)
    row, top, gap = 25, 106, 30
    height = top + sum(len(k) * row + gap for k in rows.values()) + 34
    d = Drawing(900, height, title,
                "All modules of a kind together. Each mark is a reading: conversion free or charged, link 2.5 GB/s or "
                "measured.")
    draw_legend(d, implementations)
    bottom = height - 40
    for metric, (left, right, name) in enumerate(((250, 550, "energy gain"), (590, 880, "latency speed-up"))):
        values = [v for f in families for k in rows[f.key] for v in study.totals(f, k, metric, readings)]
        scale = Scale(values + [f.claim[metric] for f in families], left, right, 0.04)
        d.text(left, 92, name, "name")
        for tick in scale.ticks():
            d.line("axis" if tick == 1 else "grid", scale(tick), top - 6, scale(tick), bottom)
            d.text(scale(tick), bottom + 18, tick_text(tick), "number", "middle")
        y = top
        for family in families:
            if metric == 0:
                d.text(20, y + 14, family.title, "name")
            paper = family.claim[metric]
            end = y + 22 + len(rows[family.key]) * row
            d.line("paper", scale(paper), y + 18, scale(paper), end - 4)
            d.text(scale(paper), y + 14, times(paper), "name number", "middle")
            y += 22
            for key, label in rows[family.key].items():
                if metric == 0:
                    d.text(238, y + row / 2 + 4, label, "", "end")
                draw_readings(d, study, family, key, metric, scale, y, implementations)
                y += row
            y += gap - 22
    return d.svg()


def draw_direct(study):
    return draw_gains(study, DIRECT, DIRECT_ROWS, "Gains over the GPU alone: the paper's Table I and cleave")


def draw_folded(study):
    return draw_gains(study, FOLDED, FOLDED_ROWS,
                      "Gains over the GPU alone with foldings: the paper's Table I and cleave")


def draw_layer_panel(d, study, profile, metric, left, top, y, name):
    """One line for each kernel over the number of filters; `y` is the scale of the gain."""
    right, bottom = left + 350, top + 194
    filters = study.scope.filters
    x = Scale(filters, left, right, 0.06)
    d.text(left - 44, top - 12, f"{name}, GPU profile {profile}", "name")
    for tick in y.ticks():
        d.line("axis" if tick == 1 else "grid", left, y(tick), right, y(tick))
        d.text(left - 8, y(tick) + 4, tick_text(tick), "number", "end")
    for number in filters:
        d.text(x(number), bottom + 18, str(number), "number", "middle")
    d.text((left + right) / 2, bottom + 36, "filters", "", "middle")
    ends = []
    for i, kernel in enumerate(study.scope.kernels):
        results = [study.layer["dhm-csd", profile, kernel, n, "plain"] for n in filters]
        points = [(x(n), y(result[metric])) for n, result in zip(filters, results)]
        d.path(f"line k{i}", points)
        for n, result, (px, py) in zip(filters, results, points):
            d.mark(f"k{i} {'full' if result['fits'] else 'hollow'}", px, py,
                   f"{kernel}x{kernel}, {n} filters: {times(result[metric])}")
        ends.append([points[-1][1], f"{kernel}x{kernel}"])
    ends.sort()
    for above, below in zip(ends, ends[1:]):
        below[0] = max(below[0], above[0] + 13)
    for py, label in ends:
        d.text(right - 4, py + 4, label, "name")


def draw_layers(study):
    d = Drawing(900, 620, "Single layers on a 224x224x3 image: gain of the FPGA over the GPU",
                "dhm-csd, each device by itself, by number of filters. Filled: fits the FPGA; hollow: does not.")
    for column, (metric, name) in enumerate((("energy", "energy gain"), ("latency", "latency speed-up"))):
        values = [x[metric] for key, x in study.layer.items() if key[0] == "dhm-csd" and key[4] == "plain"]
        for row, profile in enumerate(PROFILES):
            left, top = 64 + 430 * column, 96 + 262 * row
            y = Scale([*values, 1], top + 194, top, 0.06)
            draw_layer_panel(d, study, profile, metric, left, top, y, name)
    return d.svg()
