"""The loop that the paper's first author published, as a time and an energy of one convolution on the GPU.

5,000 convolutions of stride 1 without padding, 11 to 100 pixels, 1x1 to 11x11, 3 to 512 channels, 1 to 512 filters.
A pass of the loop also draws a random input and random weights, copies them to the GPU, applies ReLU and reads the
power from a file. Fitted, as time and as energy:

    fixed + per_mb * (4 bytes * input elements) / 1e6 + per_gmac * multiply-accumulates / 1e9

by least squares of the relative error with the weights of Huber, whose scale is 1.4826 times the median absolute error, because
single passes take several times as long as their neighbours.
"""
import csv
import hashlib
import statistics
from dataclasses import dataclass
from pathlib import Path

DATA = "tx2_gpu_conv_authors.csv"
SHA256 = "6d49ceeb1a5cab5b679c4b615856029a1a1e9102515114050e20854140305693"
ROWS = 5000


@dataclass(frozen=True)
class Line:
    """What a pass takes, and how far off that is on the data it was fitted to."""
    fixed: float
    per_mb: float
    per_gmac: float
    mean: float  # mean relative error
    median: float

    def __call__(self, megabytes, gmac):
        return self.fixed + self.per_mb * megabytes + self.per_gmac * gmac


# What fit() finds, to four digits. The data are not part of this project.
TIME_MS = Line(1.76, 3.928, 7.321, 0.1569, 0.1098)
ENERGY_MJ = Line(0.8271, 9.095, 46.19, 0.3316, 0.2563)


def work(size, channels, kernel, filters, out=None, groups=1):
    """MB of a square input; GMAC of a convolution with `out` x `out` outputs, as many as fit without padding if None."""
    positions = (out or size - kernel + 1) ** 2
    return 4 * channels * size ** 2 / 1e6, positions * filters * (channels // groups) * kernel ** 2 / 1e9


def solve(matrix, right):
    """Gaussian elimination with row exchange."""
    rows, count = [[*row, b] for row, b in zip(matrix, right)], len(right)
    for i in range(count):
        pivot = max(range(i, count), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(count):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i])]
    return [rows[i][count] / rows[i][i] for i in range(count)]


def least_squares(inputs, values, weights):
    terms = range(len(inputs[0]))
    matrix = [[sum(w * x[i] * x[j] for x, w in zip(inputs, weights)) for j in terms] for i in terms]
    return solve(matrix, [sum(w * x[i] * y for x, y, w in zip(inputs, values, weights)) for i in terms])


def robust_line(works, values, steps=60):
    """A Line of work() to values: iteratively reweighted least squares of the relative error."""
    inputs = [(1, *one) for one in works]
    plain = [1 / value ** 2 for value in values]
    weights = plain
    for _ in range(steps):
        found = least_squares(inputs, values, weights)
        off = [sum(a * b for a, b in zip(found, x)) / y - 1 for x, y in zip(inputs, values)]
        limit = 1.345 * 1.4826 * statistics.median(map(abs, off))
        weights = [w * min(1, limit / abs(e)) if e else w for w, e in zip(plain, off)]
    return Line(*found, statistics.mean(map(abs, off)), statistics.median(map(abs, off)))


def fit(path):
    """Lines of milliseconds and of millijoules to the authors' table."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    works = [work(*(int(row[key]) for key in ("h_in", "c_in", "kernel", "filters"))) for row in rows]
    return (robust_line(works, [float(row["loop_ms"]) for row in rows]),
            robust_line(works, [1e3 * float(row["energy_j"]) for row in rows]))


def rounded(line):
    return Line(*(float(f"{value:.4g}") for value in (line.fixed, line.per_mb, line.per_gmac, line.mean, line.median)))


def differs(path):
    """Why the figures here are not those of this file; None if they are, or if there is none."""
    path = Path(path)
    if not path.is_file():
        return None
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        return f"{path} is not the file that the loop was fitted to"
    found = tuple(map(rounded, fit(path)))
    return None if found == (TIME_MS, ENERGY_MJ) else f"a fit to {path} gives {found}"
