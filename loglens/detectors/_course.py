"""The course of a curve over its last quarter: flat, improving, getting worse, or hidden by noise."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from loglens.events.series import Ints
from loglens.prepared import Prepared
from loglens.statistics.trend import Trend, theil_sen

SURE = 1.645
"""One-sided 95 % of a normal law."""
FEWEST = 5
"""Points in the shortest stretch whose slope is judged."""
QUARTER, HALF = 0.25, 0.5
LEVEL = 0.03
"""The flat part begins within this share of the progress of the final level (facts: onset of a plateau)."""
MEMORY_SLACK = 0.05
"""Added to the estimated memory of the noise: slow noise reads as a trend more often than its mean says."""
State = Literal["plateau", "improving", "undetermined", "worsening"]


@dataclass(frozen=True, slots=True)
class Course:
    """What the last quarter shows: the improvement over it as a share of the progress, its bounds, the state."""

    state: State
    gain: float
    low: float
    high: float
    sure: float  # probability of the state under normal errors
    first: int  # index into the points where the quarter begins


FLAT = 0.055
IMPROVING = 0.02


def course_of(prepared: Prepared, drops: Ints, flat: float = FLAT, improving: float = IMPROVING) -> Course:
    """The course after the last logged drop of the learning rate; bounds as the detector plateau describes them."""
    points, progress = prepared.points_y, prepared.progress
    if not prepared.learned:
        progress = max(progress, abs(prepared.initial))  # nothing was gained, so nothing of it can be a share
    n = len(points)
    start = _after_last_drop(prepared, drops)
    m = min(max(FEWEST, round(n * QUARTER)), n - start)
    sd = prepared.noise_sd
    phi = min(max(prepared.memory.mean, 0.0) + MEMORY_SLACK, 0.95)
    quarter = theil_sen(points[n - m :], sd, phi)
    gain, error = -quarter.change / progress, quarter.change_error / progress
    low, high = gain - SURE * error, gain + SURE * error
    long = theil_sen(points[max(start, n - max(m, round(n * HALF))) :], sd, phi)
    slowing = max(_scaled_high(long, m, progress), gain)  # learning slows down: the half's pace bounds the quarter's
    bound = min(high, slowing)
    state: State
    if low > improving:
        state = "improving"
    elif high < -LEVEL:
        state = "worsening"
    elif bound < flat or (high < 1.5 * flat and gain < improving):
        state = "plateau"
    else:
        state = "undetermined"
    return Course(state, gain, low, bound, _sureness(state, flat - gain, gain - improving, error), n - m)


def _sureness(state: State, below: float, above: float, error: float) -> float:
    """The chance that the state is right, as it came out on tuning runs: never as high as normal errors promise."""
    standard_errors = (above if state == "improving" else below) / max(error, 1e-9)
    sure = max(2.0 * NormalDist().cdf(standard_errors) - 1.0, 0.0)
    return 0.8 + 0.15 * min(max(standard_errors - SURE, 0.0) / 4.0, 1.0) if state == "improving" else 0.95 + 0.04 * sure


def _scaled_high(trend: Trend, m: int, progress: float) -> float:
    return (-trend.slope + SURE * trend.error) * (m - 1) / progress


def _after_last_drop(prepared: Prepared, drops: Ints) -> int:
    if len(drops) == 0:
        return 0
    start = int(np.searchsorted(prepared.points_x, float(drops[-1])))
    return start if len(prepared.points_x) - start >= FEWEST else 0
