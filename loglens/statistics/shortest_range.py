"""The shortest range of whole numbers that holds a share of the weight: a highest-density set without gaps."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats


def shortest_range(weights: Floats, share: float) -> tuple[int, int]:
    """First and last index of the shortest range that holds `share` of `weights` float64[n] >= 0, n >= 1.

    Of equally short ones that which holds most. Hyndman, The American Statistician 50, 1996, for one piece. O(n log n).
    """
    n = len(weights)
    before = np.zeros(n + 1)
    np.cumsum(weights, out=before[1:])
    wanted = before[:-1] + share * before[-1] * (1.0 - 1e-12)
    ends = np.searchsorted(before, wanted)  # the range from i holds enough when it ends before `ends`
    possible = ends <= n
    lengths = np.where(possible, ends - np.arange(n), n + 1)
    shortest = int(lengths.min())
    starts = np.flatnonzero(lengths == shortest)
    held = before[starts + shortest] - before[starts]
    first = int(starts[int(np.argmax(held))])
    return first, first + max(shortest, 1) - 1
