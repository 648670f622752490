"""Numbers, tables and paragraphs as text."""
import textwrap


def times(value):
    return f"{value:.2f}x"


def two_digits(value):
    return f"{value:.2f}"


def pair(gains):
    return f"{gains[0]:.2f}, {gains[1]:.2f}"


def span(values, show=times):
    """Least to most of the values as text; one where both read the same."""
    low, high = show(min(values)), show(max(values))
    return low if low == high else f"{low} to {high}"


def change(gain):
    """A gain as a change in percent of the GPU's figure."""
    value = 100 * (1 / gain - 1)
    return f"{value:+.0f} %".replace("+0 %", "0 %").replace("-0 %", "0 %")


def table(head, rows, right=()):
    """`right`: numbers of the columns whose cells stand at the right."""
    line = "|" + "|".join("---:" if i in right else "---" for i in range(len(head))) + "|"
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], line, *lines[1:]]) + "\n"


def filled(text, **options):
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False, **options)


def paragraph(text):
    return filled(text) + "\n"


def bullets(*items):
    return "\n".join(filled("- " + item, subsequent_indent="  ") for item in items) + "\n"
