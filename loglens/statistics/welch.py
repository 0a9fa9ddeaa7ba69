"""Welch's t-test, one-sided: does the second group lie higher than the first, whatever their variances?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.student import t_cdf, t_quantile

RESOLUTION = 2.0 * float(np.finfo(np.float32).eps)
"""Relative differences that are rounding: event files hold scalars as 32-bit floats."""


@dataclass(frozen=True, slots=True)
class WelchTest:
    """The second mean minus the first, with its standard error and the one-sided p-value of "it is not above 0".

    `degrees` are Satterthwaite's; `p_value` is exact 0, .5 or 1 by the sign when neither group varies at all
    (`standard_error` 0): then nothing is estimated, and callers say so.
    """

    difference: float
    standard_error: float
    degrees: float
    p_value: float

    def interval(self, level: float) -> tuple[float, float]:
        """The two-sided confidence interval of the difference at `level`, as (low, high)."""
        half = t_quantile(0.5 + level / 2, self.degrees) * self.standard_error if self.standard_error else 0.0
        return self.difference - half, self.difference + half


def welch_test(first: Floats, second: Floats) -> WelchTest:
    """Welch's test of mean(second) > mean(first), of finite float64[n1], float64[n2] with n1, n2 >= 2.

    B. L. Welch, Biometrika 34 (1947); degrees of freedom: Satterthwaite, Biometrics Bulletin 2 (1946).
    Raises ValueError where a group has fewer than 2 values.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError("Welch's test needs at least two values a group")
    difference = float(np.mean(second) - np.mean(first))
    shares = (float(np.var(first, ddof=1)) / len(first), float(np.var(second, ddof=1)) / len(second))
    variance = sum(shares)
    resolution = RESOLUTION * max(float(np.max(np.abs(first))), float(np.max(np.abs(second))))
    if variance <= resolution**2:
        if abs(difference) <= resolution:
            difference = 0.0
        return WelchTest(difference, 0.0, math.inf, (1.0 - math.copysign(1.0, difference)) / 2 if difference else 0.5)
    degrees = variance**2 / (shares[0] ** 2 / (len(first) - 1) + shares[1] ** 2 / (len(second) - 1))
    error = math.sqrt(variance)
    return WelchTest(difference, error, degrees, float(t_cdf(-difference / error, degrees)))
