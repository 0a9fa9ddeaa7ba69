"""Two groups of curves: where the second surely lies above the first, judged over all points at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.holm import holm
from loglens.statistics.permutation import relabellings, share_at_least, smallest_p
from loglens.statistics.student import t_cdf, t_quantile

EXACT_FROM = 1 / 200
"""Relabelling is used where it can give a p-value this small (5 against 5 seeds: 1/252); with fewer seeds its
smallest p leaves nothing for several curves, and Welch at a few points with Holm's correction decides."""

BLOCKS = 16
"""Points at most for the Welch way: each costs sureness, and a curve's course shows in so many."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveBand:
    """The difference of the mean curves with a one-sided simultaneous lower bound.

    `difference`, `low` and `p_values` float64[k] belong to `positions` int64[k], the last points of the stretches
    compared; `p_values` hold for all points at once: the smallest is the p-value of the whole curve.
    `method` is "permutation" or "welch".
    """

    positions: np.ndarray
    difference: Floats
    low: Floats
    p_values: Floats
    method: str

    @property
    def p_value(self) -> float:
        return float(self.p_values.min())


def curve_band(first: Floats, second: Floats, alpha: float, finest: float = EXACT_FROM) -> CurveBand:
    """Compare finite curves float64[n1, k] with float64[n2, k], one row a seed; n1, n2 >= 2, k >= 1.

    Where relabelling can give a p-value of `finest`: the largest over the points of difference / (standard error
    + s0), against its distribution over the relabellings of the seeds: max-T of Westfall & Young, Resampling-Based
    Multiple Testing (1993), 2.3, exact for exchangeable seeds whatever the dependence along the curve. s0 is the
    median standard error, so that a point where few seeds agree by chance does not rule (Tusher, Tibshirani & Chu,
    PNAS 98, 2001). Else Welch's test on the means of at most `BLOCKS` stretches with Holm's correction.
    Raises ValueError where a group has fewer than 2 curves.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError("a band needs at least two curves a group")
    if smallest_p(len(first), len(second)) <= finest:
        return _permutation_band(first, second, alpha)
    return _welch_band(first, second, alpha)


def _permutation_band(first: Floats, second: Floats, alpha: float) -> CurveBand:
    labels = relabellings(len(first), len(second))
    curves = np.concatenate([first, second])
    curves = curves - curves.mean(axis=0)  # no change to any difference, and squares keep their digits
    difference, error = _differences(labels, curves, len(first), len(second))
    fudge = np.median(error, axis=1, keepdims=True)
    scale = np.maximum(error + fudge, 1e-12 * max(float(np.abs(curves).max()), 1e-300))  # seeds that never vary
    statistic = difference / scale
    largest = statistic.max(axis=1)
    p_values = np.array([share_at_least(np.append(value, largest[1:])) for value in statistic[0]])
    critical = np.sort(largest)[min(int(np.ceil((1 - alpha) * len(largest))), len(largest)) - 1]
    low = difference[0] - critical * scale[0]
    return CurveBand(np.arange(curves.shape[1]), difference[0], low, p_values, "permutation")


def _differences(labels: Floats, curves: Floats, first: int, second: int) -> tuple[Floats, Floats]:
    """Difference of means and its standard error, float64[m, k] each, for every relabelling float64[m, n]."""
    sums, squares = labels @ curves, labels @ curves**2
    total, total_squares = curves.sum(axis=0), (curves**2).sum(axis=0)
    difference = sums / second - (total - sums) / first
    variance2 = (squares - sums**2 / second) / (second - 1)
    variance1 = (total_squares - squares - (total - sums) ** 2 / first) / (first - 1)
    return difference, np.sqrt(np.maximum(variance1, 0) / first + np.maximum(variance2, 0) / second)


def _welch_band(first: Floats, second: Floats, alpha: float) -> CurveBand:
    points = first.shape[1]
    count = min(points, BLOCKS)
    edges = np.linspace(0, points, count + 1).round().astype(np.int64)
    width = np.diff(edges)
    one, two = (np.add.reduceat(group, edges[:-1], axis=1) / width for group in (first, second))
    shares = (one.var(axis=0, ddof=1) / len(one), two.var(axis=0, ddof=1) / len(two))
    difference = two.mean(axis=0) - one.mean(axis=0)
    variance = shares[0] + shares[1]
    varies = variance > 0
    safe = np.where(varies, variance, 1.0)
    parts = shares[0] ** 2 / (len(one) - 1) + shares[1] ** 2 / (len(two) - 1)
    degrees = np.where(varies, safe**2 / np.where(varies, parts, 1.0), 1.0)
    raw = np.where(varies, t_cdf(-difference / np.sqrt(safe), degrees), np.where(difference > 0, 0.0, 1.0))
    low = difference - t_quantile(1 - alpha / count, degrees) * np.sqrt(variance)
    return CurveBand(edges[1:] - 1, difference, low, holm(raw), "welch")
