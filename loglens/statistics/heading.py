"""What a course that still falls is heading for, as a multiple of what it has gained so far."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats

MOST = 2.5
"""Further than this a fit of half a curve does not look ahead: there the time of the decay is 1.3 times the run."""


def heading(values: Floats, trend: Floats, initial: float) -> float:
    """The whole fall of a decay from `initial` over its fall so far: 1 for a course that has arrived, 2.5 at most.

    An exponential loses in the second half q times what it lost in the first, and 1 / (1 - q^2) times both in all.
    The fall of the second half is the least-squares slope of `values` float64[n], n >= 4, there; that of the first
    ends at the `trend` float64[n] in the middle, which a swing does not move as it does a value.
    """
    n = len(values)
    late = values[n // 2 :]
    centred = np.arange(len(late)) - 0.5 * (len(late) - 1)
    slope = float(centred @ late) / float(centred @ centred)
    first, second = initial - float(trend[n // 2]), max(-slope * len(late), 0.0)
    if first <= 0.0:
        return MOST if second > 0.0 else 1.0
    ratio = second / first
    return 1.0 / max(1.0 - ratio * ratio, 1.0 / MOST)
