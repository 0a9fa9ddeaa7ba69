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
MEMORY_SHARE = 0.7
"""Of the estimated memory of the noise: its full value makes a fifth of white noise undetermined (tuning runs)."""
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


FLAT = 0.06
IMPROVING = 0.015


def course_of(prepared: Prepared, drops: Ints, flat: float = FLAT, improving: float = IMPROVING) -> Course:
    """The course after the last logged drop of the learning rate; bounds as the detector plateau describes them."""
    points, progress = prepared.points_y, prepared.progress
    n = len(points)
    start = _after_last_drop(prepared, drops)
    m = min(max(FEWEST, round(n * QUARTER)), n - start)
    sd = prepared.noise_sd
    phi = MEMORY_SHARE * max(prepared.memory.mean, 0.0)
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
    normal = NormalDist()
    scale = max(error, 1e-9)
    towards = gain - improving if state == "improving" else flat - gain
    return Course(state, gain, low, bound, min(max(normal.cdf(towards / scale), 0.5), 0.99), n - m)


def _scaled_high(trend: Trend, m: int, progress: float) -> float:
    return (-trend.slope + SURE * trend.error) * (m - 1) / progress


def _after_last_drop(prepared: Prepared, drops: Ints) -> int:
    if len(drops) == 0:
        return 0
    start = int(np.searchsorted(prepared.points_x, float(drops[-1])))
    return start if len(prepared.points_x) - start >= FEWEST else 0
