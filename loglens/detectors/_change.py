"""How a curve changed over a stretch of its end, as a share of its own progress."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.prepared import Prepared
from loglens.statistics.trend import theil_sen


@dataclass(frozen=True, slots=True)
class Change:
    """How a curve changed over a stretch, as shares of its own progress: above 0 is worse. `error` is one sd."""

    share: float
    error: float


def change_since(prepared: Prepared, step: float) -> Change | None:
    """The trend of the points from `step` to the end, with the curve's own noise; None below 3 points."""
    values = prepared.points_y[int(np.searchsorted(prepared.points_x, step)) :]
    if len(values) < 3:
        return None
    trend = theil_sen(values, prepared.noise_sd, max(prepared.memory.mean, 0.0))
    return Change(trend.change / prepared.progress, trend.change_error / prepared.progress)
