"""How high noise alone will reach: a threshold for the largest of many values, skew and heavy tails allowed for."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.median import median

NORMAL = NormalDist()
LOW_PROBABILITIES = (0.005, 0.01, 0.02, 0.05)
"""Quantiles that tell the elongation below, where no spike reaches."""
BLOCK_COUNTS = (100, 50, 25)
"""Numbers of blocks whose median maximum tells the elongation above: it stands when a third of them hold a spike."""
ABOVE_WEIGHT = 0.4
"""Weight of the elongation above against that below (tuning seeds: .3 to .8 differ by less than their errors)."""
SKEWED = 0.2
"""From this skewness on the upper tail is explained by it; log-normal noise of sigma 1/2 has .4 to .5."""
MOST_ELONGATION = 0.35
"""Student's t with 3 degrees has about .2; more is a spike that entered the estimate."""


def noise_reach(values: Floats, independent: float, false_alarm: float) -> float:
    """The level above which `false_alarm` of all noise records with `independent` values would have one.

    `values` float64[n], n >= 40, are such noise and may hold some spikes. They are fitted by Tukey's g-and-h law
    A + B (exp(g Z) - 1) / g exp(h Z^2 / 2) (Hoaglin, in: Exploring Data Tables, Trends, and Shapes, 1985) by
    quantiles that a few spikes do not move: scale and skewness g from the middle, elongation h from the lower tail
    and from median block maxima. The elongation is at least 60 / n (up to .12), since so few values
    cannot show a heavy tail, unless they are skewed.
    """
    ordered = np.sort(values)
    n = len(ordered)
    q10, q25, middle, q75, q90 = (_quantile(ordered, p) for p in (0.1, 0.25, 0.5, 0.75, 0.9))
    if q75 <= q25:
        return float(ordered[-1])
    skew = math.log(max(q90 - middle, 1e-12) / max(middle - q10, 1e-12)) / NORMAL.inv_cdf(0.9)
    skew = min(max(skew, -0.3), 1.2)
    scale = (q75 - q25) / (_skewed(0.6745, skew) - _skewed(-0.6745, skew))
    below = _elongation([(p, middle - _quantile(ordered, p)) for p in LOW_PROBABILITIES if p * n >= 3], scale, skew)
    above = _elongation(
        [_median_maximum(values, middle, count) for count in BLOCK_COUNTS if n >= 4 * count], scale, skew
    )
    if above is None or below is None:
        long = above if below is None else below
    else:
        long = ABOVE_WEIGHT * above + (1.0 - ABOVE_WEIGHT) * below
    floor = min(0.12, 60.0 / n) if skew < SKEWED else 0.0
    long = min(max(long or 0.0, floor), MOST_ELONGATION)
    z = NORMAL.inv_cdf(1.0 - false_alarm / max(independent, 1.0))
    return middle + scale * _skewed(z, skew) * math.exp(long * z * z / 2.0)


def _quantile(ordered: Floats, probability: float) -> float:
    return float(ordered[int(probability * (len(ordered) - 1) + 0.5)])


def _skewed(z: float, skew: float) -> float:
    return math.expm1(skew * z) / skew if abs(skew) > 1e-6 else z


def _median_maximum(values: Floats, middle: float, count: int) -> tuple[float, float]:
    """The probability of a value below the median maximum of `count` blocks, and that maximum's height."""
    length = len(values) // count
    maxima = values[: count * length].reshape(count, length).max(axis=1)
    return 0.5 ** (1.0 / length), median(maxima) - middle


def _elongation(distances: list[tuple[float, float]], scale: float, skew: float) -> float | None:
    """Least squares for h over (probability, distance from the median) pairs of one tail."""
    numerator = denominator = 0.0
    for probability, distance in distances:
        z = NORMAL.inv_cdf(probability)
        ratio = max(distance, 1e-12) / (scale * abs(_skewed(z, skew)))
        numerator += math.log(ratio) * z * z / 2.0
        denominator += (z * z / 2.0) ** 2
    return numerator / denominator if denominator > 0 else None
