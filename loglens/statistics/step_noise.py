"""Whether a train loss moves from epoch to epoch more than its minibatches explain, and whether epochs repeat."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.statistics.spread import chi_square_quantile


@dataclass(frozen=True, slots=True)
class VarianceRatio:
    """Variance of epoch means over (variance within an epoch / steps), with a 90 % interval; `sd` of the means.

    Shuffled epochs cover the data exactly, so their means hardly vary by sampling and the ratio is near 0;
    independent batches give 1. What is above that moved with the weights.
    """

    ratio: float
    low: float
    high: float
    sd: float


def variance_ratio(means: Floats, variances: Floats, counts: Ints) -> VarianceRatio | None:
    """The ratio for epochs of `means`, inner `variances` float64[k] and `counts` int64[k]; None below 6 epochs.

    The variance between neighbours is taken by second differences, so that progress does not enter; its degrees
    of freedom are 0.51 k, from the correlation of neighbouring differences (weights 1, -2/3, 1/6: see Gasser,
    Sroka & Jennen-Steinmetz, Biometrika 73, 1986). Of few epochs the upper end is too high, by 28 % of 6 (see
    `chi_square_quantile`): what it calls calm is calm.
    """
    inner = variances / counts
    usable = np.isfinite(inner)
    if len(means) < 6 or np.count_nonzero(usable) < 4:
        return None
    sampling = float(np.mean(inner[usable]))
    between = float(np.mean(np.diff(means, n=2) ** 2)) / 6.0  # 1 + 4 + 1: the variance of a second difference
    if sampling <= 0:
        return None
    degrees = 0.51 * (len(means) - 2)
    ratio = between / sampling
    low = ratio * degrees / chi_square_quantile(0.95, degrees)
    high = ratio * degrees / max(chi_square_quantile(0.05, degrees), 1e-9)
    return VarianceRatio(ratio, low, high, math.sqrt(between))


def epoch_pattern(values: Floats, counts: Ints) -> tuple[float, float]:
    """How alike consecutive epochs are inside: (correlation, sd of the part they share).

    `values` float64[n] are an epoch's points after one another, `counts` int64[k] points an epoch. Only epochs of
    the commonest count enter, each without its own mean. Data in a fixed order repeats its pattern (measured .94);
    shuffled data gives 0 within 2 / sqrt(n). (0, 0) when there are fewer than 3 such epochs of at least 4 points.
    """
    width = int(np.bincount(counts).argmax()) if len(counts) else 0
    starts = np.cumsum(counts) - counts
    rows = starts[counts == width]
    if width < 4 or len(rows) < 3:
        return 0.0, 0.0
    table = values[rows[:, None] + np.arange(width)]
    table = table - table.mean(axis=1, keepdims=True)
    one, two = table[:-1], table[1:]
    shared = float(np.vdot(one, two)) / one.size
    size = math.sqrt(float(np.vdot(one, one)) * float(np.vdot(two, two))) / one.size
    return (shared / size if size > 0 else 0.0), math.sqrt(max(shared, 0.0))
