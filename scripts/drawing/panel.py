"""A plot with two axes, and the look that plots of fronts share."""
import math

from .svg import SHAPES, Parts, colours, escape, themed

HEIGHT = 400
TOP, BOTTOM = 84, 334


def plot_colours(theme):
    return colours(theme) + (f".axis, .zoom {{ stroke: {theme['axis']}; }}\n"
                             f".step {{ stroke: {theme['blue']}; }}\n"
                             f".front {{ fill: {theme['blue']}; stroke: {theme['surface']}; }}\n"
                             f".gpu {{ fill: {theme['orange']}; stroke: {theme['surface']}; }}\n")


STYLE = themed(SHAPES + """.step, .zoom { fill: none; stroke-width: 1.5; }
.step { opacity: 0.55; }
.zoom { stroke-width: 1; stroke-dasharray: 3 3; }
.front, .gpu { stroke-width: 1.5; }
""", plot_colours)


def ticks(low, high, most=6):
    """Round values from low to high, at most `most` of them, with their texts."""
    rough = (high - low) / (most - 1)
    size = 10 ** math.floor(math.log10(rough))
    step = next(m * size for m in (1, 2, 2.5, 5, 10) if m * size >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    digits = max(0, -math.floor(math.log10(step) + 1e-9) + (1 if round(step / size, 3) == 2.5 else 0))
    return [((first + i) * step, f"{(first + i) * step:.{digits}f}") for i in range(count)]


def padded(values):
    """A range with room around the values, also around a single one."""
    low, high = min(values), max(values)
    margin = 0.12 * (high - low) or 0.1 * abs(high) or 1
    return low - margin, high + margin


class Panel(Parts):
    def __init__(self, left, right, x_range, y_range):
        super().__init__()
        self.left, self.right, self.x_range, self.y_range = left, right, x_range, y_range

    def x(self, value):
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value):
        low, high = self.y_range
        return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)

    def axes(self, x_title, y_title, x_ticks, y_ticks):
        """Ticks are values with their texts."""
        for value, label in y_ticks:
            self.line("grid", self.left, self.y(value), self.right, self.y(value))
            self.text(self.left - 8, self.y(value) + 4, label, "number", "end")
        for value, label in x_ticks:
            self.line("axis", self.x(value), BOTTOM, self.x(value), BOTTOM + 4)
            self.text(self.x(value), BOTTOM + 18, label, "number", "middle")
        self.line("axis", self.left, BOTTOM, self.right, BOTTOM)
        self.text((self.left + self.right) / 2, BOTTOM + 40, x_title, anchor="middle")
        self.text(self.left - 8, TOP - 14, y_title)

    def dot(self, kind, x, y, radius, tip):
        self.add(f'<circle class="{kind}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius}">'
                 f"<title>{escape(tip)}</title></circle>")
