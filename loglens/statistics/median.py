"""Median and quantile of one curve: numpy's numbers without its machinery, which costs ten times the sorting."""

from __future__ import annotations

import math

from loglens.events.series import Floats, Ints

SORTED = 1000
"""Up to so many values a whole sort is no slower than a selection (numpy 1.26 to 2.4)."""


def median(values: Floats | Ints) -> float:
    """The median of `values` [n]; NaN when one of them is, or when there is none."""
    n = len(values)
    if n == 0:
        return math.nan
    half = n // 2
    ranked = values.copy()
    if n <= SORTED:
        ranked.sort()  # NaN is ranked last
        below, middle, highest = ranked[half - 1], ranked[half], ranked[-1]
    else:  # one place at a time: numpy looks for two of them for nearly twice the time
        ranked.partition(half)
        below, middle, highest = ranked[:half].max(), ranked[half], ranked[half:].max()
    if math.isnan(highest):
        return math.nan
    return float(middle) if n % 2 else 0.5 * (float(below) + float(middle))


def quantile(values: Floats, share: float) -> float:
    """The quantile of finite `values` float64[n], n >= 1, between two of them on a line (type 7 of Hyndman & Fan)."""
    ranked = values.copy()
    ranked.sort()
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return float(ranked[below] + (place - below) * (ranked[above] - ranked[below]))
