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
    """Median of the `window` points before each point of `values` float64[n]: float64[n - window], from `window` on.

    Taken anew every window/8 points and held in between, which leaves it causal and costs 8 n.
    """
    n = len(values)
    stride = max(1, window // 8)
    windows = sliding_window_view(values[: n - 1], window)[::stride]
    medians = np.empty(len(windows))
    for start in range(0, len(windows), WINDOWS_AT_ONCE):
        part = windows[start : start + WINDOWS_AT_ONCE]
        medians[start : start + len(part)] = np.median(part, axis=1)
    return np.repeat(medians, stride)[: n - window]


def local_scale(residuals: Floats, reach: int) -> Floats:
    """Robust sd float64[n] of centred `residuals` float64[n] within `reach` points either side.

    The median absolute value of windows every `reach` points, drawn between linearly, as a normal law's sd; at
    least a thousandth of the whole curve's, so that a stretch of equal values does not make the next one a wonder.
    """
    n = len(residuals)
    size = np.abs(residuals)
    centres = np.arange(0, n, max(1, reach))
    scales = np.array([median(size[max(0, centre - reach) : centre + reach + 1]) for centre in centres])
    floor = max(1e-3 * median(size), 1e-300)
    between: Floats = np.interp(np.arange(n), centres, np.maximum(scales, floor))
    return MAD_TO_SD * between
