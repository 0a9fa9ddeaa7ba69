"""Rises: where within a stretch that stands out a curve came back and rose again, so that it holds several spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.median import median

FEWEST, MOST = 3, 5
"""Points after a peak, and just before a rise, that tell how far the curve had come back."""


@dataclass(frozen=True, slots=True)
class Rise:
    """Indices `start` to `end` (inclusive) of a rise and its decay, its `peak`, and the height it rose from."""

    start: int
    end: int
    peak: int
    base: float


def rises(heights: Floats, least: float) -> tuple[Rise, ...]:
    """The rises of `heights` float64[n] over the level before them, one at least, each by more than `least`. O(n).

    A spike decays: a point that lies above those just before it by more than noise is another one, where they lie as
    far below the peak before. No base is lower than the level before all, 0.
    """
    high = np.flatnonzero(heights > least).tolist() or [int(np.argmax(heights))]
    found: list[Rise] = []
    start, base, peak = 0, 0.0, high[0]
    for at in high[1:]:
        between = heights[max(peak + 1, at - MOST) : at]
        if len(between) >= FEWEST:
            low = max(median(between), 0.0)
            if min(heights[peak], heights[at]) - low > least:
                found.append(Rise(start, at - 1, peak, base))
                start, base, peak = at, low, at
        if heights[at] > heights[peak]:
            peak = at
    return (*found, Rise(start, len(heights) - 1, peak, base))
