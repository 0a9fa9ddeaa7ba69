"""A departure: from which point on a curve has left the level it had reached, for good and surely."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.median import median
from loglens.statistics.noise import robust_difference_sd

LATE_SHARE = 0.1
"""The end of a curve is its last tenth, and at least 2 points (3 from 15 on): one point is a spike."""

FEWEST_BEFORE = 5
"""Points whose noise can be told; of a curve that leaves before, the noise of the whole is taken."""


@dataclass(frozen=True, slots=True)
class Departure:
    """The curve rose by `rise` from its best level to the median of its end and stays above `lowest` of it there.

    `index` is the first point of the last stretch above the level; `jump` is the rise from the median of what came
    before, which unlike the best level no swing has sought out, and `noise_sd` the noise there.
    """

    index: int
    rise: float
    lowest: float
    jump: float
    noise_sd: float

    @property
    def sureness(self) -> float:
        """The jump in standard deviations of the noise before it."""
        return self.jump / self.noise_sd if self.noise_sd > 0 else math.inf


def departure(values: Floats, best: float, margin: float) -> Departure | None:
    """How `values` float64[n] left the level `best`: None when the end is within `margin` of it, or n < 5.

    Points up to `best` + `margin` count as at the level.
    """
    n = len(values)
    if n < 5:
        return None
    late = max(3 if n >= 15 else 2, math.ceil(LATE_SHARE * n))
    end = values[-late:]
    lowest = float(end.min()) - best
    if lowest <= margin:
        return None
    at_level = np.flatnonzero(values <= best + margin)
    index = int(at_level[-1]) + 1 if len(at_level) else 0
    before = values[index // 2 : index]
    level = median(before) if index else best
    noise_sd = robust_difference_sd(before if len(before) >= FEWEST_BEFORE else values)
    return Departure(index, median(end) - best, lowest, median(end) - level, noise_sd)
