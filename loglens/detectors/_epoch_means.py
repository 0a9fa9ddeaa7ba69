"""A curve logged within epochs, as its means over epochs (or over other stretches) with the noise inside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.prepared import measurable
from loglens.runs.curve import Curve
from loglens.statistics.median import median

EVERY_STEP = 0.9
"""Share of an epoch's steps in the log from which on its mean is the mean over the data."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Consecutive stretches of a curve, k of them: means, variances within, counts, and the last index of each.

    `means`, `variances` float64[k] (variances are nan for a single point); `counts`, `last` int64[k].
    `whole_epochs` tells whether a stretch is one pass over the training data; `share_logged` is the share of a
    stretch's steps that were logged (1 when every step was); nan when a stretch is not an epoch.
    """

    means: Floats
    variances: Floats
    counts: Ints
    last: Ints
    whole_epochs: bool
    share_logged: float


def by_epoch(curve: Curve, steps_per_epoch: float | None) -> Stretches | None:
    """The curve's measurable points by epoch; None when epochs are unknown or a stretch has fewer than 2 points."""
    if curve.epochs is None or len(curve.steps) < 4:
        return None
    index = np.flatnonzero(measurable(curve.values) & np.isfinite(curve.epochs))
    if len(index) < 4:
        return None
    # epochs count passes completed, so the points of (0, 1] make the first one
    group = np.ceil(curve.epochs[index] - 1e-6).astype(np.int64)
    found = _stretches(curve, index, group, whole_epochs=True)
    points = median(found.counts)
    if points < 2:
        return None
    # without steps per epoch: steps that skip numbers skip batches
    share = points / steps_per_epoch if steps_per_epoch else 1.0 / median(curve.steps[1:] - curve.steps[:-1])
    return Stretches(found.means, found.variances, found.counts, found.last, True, min(share, 1.0))


def between(curve: Curve, steps: Ints) -> Stretches | None:
    """The curve's measurable points between the ascending `steps` int64[m] of another curve on the same axis."""
    index = np.flatnonzero(measurable(curve.values))
    group = np.searchsorted(steps, curve.steps[index], side="left")
    inside = group < len(steps)
    if np.count_nonzero(inside) < 4:
        return None
    found = _stretches(curve, index[inside], group[inside], whole_epochs=False)
    return found if median(found.counts) >= 2 else None


def in_blocks(curve: Curve, count: int) -> Stretches | None:
    """The curve's measurable points in `count` stretches of equal numbers of points; None below 4 points each."""
    index = np.flatnonzero(measurable(curve.values))
    if len(index) < 4 * count:
        return None
    return _stretches(curve, index, (np.arange(len(index)) * count) // len(index), whole_epochs=False)


def _stretches(curve: Curve, index: Ints, group: Ints, *, whole_epochs: bool) -> Stretches:
    starts = np.concatenate(((0,), np.flatnonzero(group[1:] != group[:-1]) + 1))
    counts = np.concatenate((starts[1:], (len(group),))) - starts
    values = curve.values[index]
    means = np.add.reduceat(values, starts) / counts
    squares = np.add.reduceat((values - np.repeat(means, counts)) ** 2, starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        variances = np.where(counts > 1, squares / (counts - 1), np.nan)
    last = index[starts + counts - 1]
    # a first or last stretch that is much shorter than the others is no epoch
    usual = median(counts)
    keep = counts >= 0.5 * usual
    return Stretches(means[keep], variances[keep], counts[keep], last[keep], whole_epochs, float("nan"))
