"""A train curve at the steps of another: means of what was logged last before each."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.prepared import Prepared


def at_steps_of(prepared: Prepared, train: Prepared) -> Floats | None:
    """The train curve at each of the points of `prepared`, float64[k], as `at_steps` has it; None on another axis."""
    return at_steps(prepared.points_x, train) if train.curve.x_unit == prepared.curve.x_unit else None


def at_steps(x: Floats, train: Prepared) -> Floats | None:
    """`train` at each of the steps `x` float64[k]: the mean of what was logged last before it, float64[k].

    A twentieth of the usual distance between steps counts, one value at least and none from before the step before: so
    it tells of the weights at that step. None where nothing was logged since the step before.
    """
    if len(train) < len(x):
        return None
    ends = np.searchsorted(train.x, x, side="right")
    before = np.concatenate(((0,), ends[:-1]))
    starts = np.maximum(before, ends - max(len(train) // (20 * len(ends)), 1))
    return means_between(train.y, starts, ends)


def means_between(values: Floats, starts: Ints, ends: Ints) -> Floats | None:
    """Means of `values` from each of `starts` to before each of `ends` int64[k]; None where one holds nothing."""
    if np.any(ends <= starts):
        return None
    total = np.concatenate(((0.0,), np.cumsum(values)))
    return np.asarray((total[ends] - total[starts]) / (ends - starts), dtype=np.float64)
