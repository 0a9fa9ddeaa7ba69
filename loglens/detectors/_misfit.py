"""By how much a curve lies further from a course of known form than its noise would have it."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats

MISFIT = 0.1
"""What a form misses of a course, as a share of the height above its lowest level (tuning runs: .05 to .3 do)."""
LEAST_NOISE = 1e-6
"""Of the progress: a smaller noise than the rounding of a log is none."""


def scatter(height: Floats, noise_sd: float, progress: float) -> Floats:
    """Deviations of points at `height` float64[n] above the lowest level, in those of the noise: float64[n] >= 1."""
    least = max(noise_sd, LEAST_NOISE * progress, 1e-300)
    return np.asarray(np.sqrt(1.0 + (MISFIT * height / least) ** 2), dtype=np.float64)
