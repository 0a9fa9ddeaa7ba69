"""Trailing location and local scale of long curves: robust, causal, linear in the points."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from loglens.events.series import Floats
from loglens.statistics.median import median
from loglens.statistics.noise import MAD_TO_SD

WINDOWS_AT_ONCE = 20_000
"""Bounds the memory of a median over many windows to some 40 MB at the widest window."""


def trailing_median(values: Floats, window: int) -> Floats:
    """Median of the `window` points (an odd number) before each point of `values` float64[n], from `window` on.

    float64[n - window], taken anew every window/8 points and held in between, which leaves it causal and costs 8 n.
    """
    n = len(values)
    stride = max(1, window // 8)
    return np.repeat(_medians(values[: n - 1], window, stride), stride)[: n - window]


def local_scale(residuals: Floats, reach: int) -> Floats:
    """Robust sd float64[n] of centred `residuals` float64[n] around each point: before or after it, the larger.

    The median absolute value over `reach` points either side, as a normal law's sd, every `reach`/2 points and drawn
    between linearly: so neither the last points before the noise falls nor the first after it grew stand out. At
    least a thousandth of the whole curve's, so that a stretch of equal values does not make the next one a wonder.
    """
    n = len(residuals)
    size = np.abs(residuals)
    half = max(1, min(reach, n) // 2)
    medians = _medians(size, 2 * half - 1, half)
    at = np.arange(0, n + half, half)
    index = np.arange(len(at))
    before = medians[np.clip(index - 2, 0, len(medians) - 1)]
    after = medians[np.minimum(index, len(medians) - 1)]
    points = np.arange(n)
    floor = max(1e-3 * median(size), 1e-300)
    scale: Floats = np.maximum(np.maximum(np.interp(points, at, before), np.interp(points, at, after)), floor)
    return MAD_TO_SD * scale


def _medians(values: Floats, window: int, stride: int) -> Floats:
    """Medians of the windows of an odd number of points that begin every `stride` points."""
    windows = sliding_window_view(values, window)[::stride]
    medians = np.empty(len(windows))
    for start in range(0, len(windows), WINDOWS_AT_ONCE):
        part = windows[start : start + WINDOWS_AT_ONCE]
        medians[start : start + len(part)] = np.partition(part, window // 2, axis=1)[:, window // 2]
    return medians
