"""The noise of a curve around whatever course it takes: scales from differences, which no trend enters."""

from __future__ import annotations

import math

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.median import median

MAD_TO_SD = 1.4826
"""Median absolute deviation to the standard deviation of a normal law: 1 / Phi^-1(3/4)."""


def second_differences(values: Floats) -> Floats:
    """Pseudo-residuals float64[n - 2]: each point minus the mean of its neighbours, scaled to the noise's own variance.

    Gasser, Sroka & Jennen-Steinmetz, Biometrika 73, 1986: a straight course cancels, white noise of variance s^2
    gives residuals of variance s^2.
    """
    return (0.5 * values[:-2] - values[1:-1] + 0.5 * values[2:]) * math.sqrt(2.0 / 3.0)


def difference_sd(values: Floats) -> float:
    """Standard deviation of the noise in `values` float64[n] by second differences; 0.0 below 3 points."""
    if len(values) < 3:
        return 0.0
    residuals = second_differences(values)
    return math.sqrt(float(residuals @ residuals) / len(residuals))


def robust_difference_sd(values: Floats) -> float:
    """As `difference_sd` of `values` float64[n], by the median of the absolute differences.

    Up to a quarter of wild points leave it alone. Below 20 points the median is too uncertain, so the mean
    of the two estimates is given.
    """
    if len(values) < 3:
        return 0.0
    residuals = second_differences(values)
    robust = MAD_TO_SD * median(np.abs(residuals))
    return robust if len(values) >= 20 else 0.5 * (robust + difference_sd(values))
