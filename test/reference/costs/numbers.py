"""Rounding, and quantities of model files as numbers in SI units (ALM, DSP, M20K, MAC and bytes count as 1)."""
import math
import re

_FACTORS = {"G": 1e9, "M": 1e6, "k": 1e3, "": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "T": 1e12,
            "Ki": 1024.0, "Mi": 1024.0**2, "Gi": 1024.0**3}
_UNIT = re.compile(r"(Ki|Mi|Gi|[TGMkmunp]?)(s|Hz|W|J|B|MAC)(/(?:s|MAC|B|ALM|DSP|M20K))?")


def quantity(value):
    """A number as it is, a text such as '2.5 GB/s' in SI units."""
    if isinstance(value, (int, float)):
        return value
    number, unit = re.fullmatch(r"([-+.\deE]+?) *([A-Za-z].*)", value).groups()
    return float(number) * _FACTORS[_UNIT.fullmatch(unit)[1]]


def nearest(value):
    """The nearest whole number; halves away from zero."""
    return math.floor(value + 0.5) if value >= 0 else -math.floor(0.5 - value)


def ceil_div(a, b):
    return -(-a // b)


def ceil_log2(value):
    """Of a whole number from 1."""
    return (value - 1).bit_length()


def divisors(number):
    return [d for d in range(1, number + 1) if number % d == 0]


def nanoseconds(seconds):
    return nearest(seconds * 1e9)


def picojoules(joules):
    return nearest(joules * 1e12)
