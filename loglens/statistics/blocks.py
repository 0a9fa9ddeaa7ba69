"""Long curves as a few block means: the same course with less noise, at a cost linear in the points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Means `x`, `y` float64[k] over the points from `starts[i]` to before `starts[i + 1]` each."""

    x: Floats
    y: Floats
    starts: Ints

    @property
    def middle(self) -> Ints:
        """The index int64[k] of each block's middle point."""
        return (self.starts[:-1] + self.starts[1:] - 1) // 2


def block_means(x: Floats, y: Floats, most: int) -> Blocks:
    """At most `most` blocks of equal count (they differ by one point at most) of finite `x`, `y` float64[n].

    With n <= most every point is a block of its own. O(n).
    """
    n = len(y)
    count = min(n, most)
    starts = (np.arange(count + 1, dtype=np.int64) * n) // max(count, 1)
    if count == n:
        return Blocks(x, y, starts)
    sizes = np.diff(starts)
    return Blocks(np.add.reduceat(x, starts[:-1]) / sizes, np.add.reduceat(y, starts[:-1]) / sizes, starts)


def block_medians(y: Floats, count: int) -> tuple[Floats, Floats]:
    """Centres (fractional indices) and medians, float64[count] each, of blocks of equal count of `y` float64[n].

    The blocks differ by one point at most; n >= count >= 1. All blocks of one size are sorted at once, since a
    call a block is what takes the time.
    """
    starts = (np.arange(count + 1, dtype=np.int64) * len(y)) // count
    sizes = np.diff(starts)
    medians = np.empty(count)
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        ranked = np.sort(y[starts[rows][:, None] + np.arange(size)], axis=1)
        medians[rows] = 0.5 * (ranked[:, (size - 1) // 2] + ranked[:, size // 2])
    return (starts[:-1] + starts[1:] - 1) / 2, medians
