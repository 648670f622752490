"""The parts that every drawing is made of; its colours follow the reader's light or dark theme."""
from xml.sax.saxutils import escape

# Plain values in place of custom properties, which not every program that shows SVG knows.
LIGHT = {"surface": "#fcfcfb", "ink": "#0b0b0b", "quiet": "#52514e", "grid": "#e1e0d9", "axis": "#898781",
         "blue": "#2a78d6", "orange": "#b4530a", "ramp": ("#9cc4f2", "#5e9fe6", "#2a78d6", "#1a56a0", "#0c3163")}
DARK = {"surface": "#1a1a19", "ink": "#ffffff", "quiet": "#c3c2b7", "grid": "#2c2c2a", "axis": "#898781",
        "blue": "#6aa5f0", "orange": "#f0985a", "ramp": ("#2f5f99", "#4381cc", "#6aa5f0", "#9cc4f6", "#d3e5fc")}
SHAPES = """text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 12px;
  paint-order: stroke; stroke-width: 4px; stroke-linejoin: round; }
.title { font-size: 15px; font-weight: 600; }
.number { font-variant-numeric: tabular-nums; }
"""


def colours(theme):
    """Of what every drawing has."""
    return (f"text {{ fill: {theme['quiet']}; stroke: {theme['surface']}; }}\n"
            f".title, .name {{ fill: {theme['ink']}; }}\n"
            f".surface {{ fill: {theme['surface']}; }}\n"
            f".grid {{ stroke: {theme['grid']}; }}\n")


def themed(shapes, colours_of):
    """Rules for shapes, and those for colours, a function of the theme, in both themes."""
    return f"{shapes}{colours_of(LIGHT)}@media (prefers-color-scheme: dark) {{\n{colours_of(DARK)}}}\n"


class Parts:
    """Elements of a drawing, in the order in which they are painted."""

    def __init__(self):
        self.parts = []

    def add(self, text):
        self.parts.append(text)

    def line(self, kind, x1, y1, x2, y2):
        self.add(f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def text(self, x, y, text, kind="", anchor="start"):
        self.add(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')


def heading(title, subtitle):
    return [f'<text class="title" x="20" y="26">{escape(title)}</text>', f'<text x="20" y="44">{escape(subtitle)}</text>']


def document(width, height, title, style, parts, before_role="\n  "):
    """The whole file; `before_role` is what stands before the last attribute of its root."""
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f'{before_role}role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{style}</style>",
        f'<rect class="surface" width="{width}" height="{height}" rx="8"/>',
        *parts, "</svg>")) + "\n"
