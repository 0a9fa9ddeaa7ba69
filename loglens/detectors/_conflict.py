"""A validation loss and a validation metric that go opposite ways, and whether the metric still improves at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from loglens.detector import Inputs, Wanted
from loglens.detectors._change import Change, change_since
from loglens.events.series import Floats
from loglens.runs.curve import Curve
from loglens.statistics.holm import holm
from loglens.statistics.local_regression import local_regression

LOSSES = Wanted(("validation",), ("loss", "perplexity"), directed=True)
METRICS = Wanted(("validation",), ("accuracy", "error-rate", "metric"), directed=True)
ALPHA = 0.01
"""Chance of opposite changes in noise; on tuning runs below 1 % false alarms."""
LEAST_CHANGE = 0.03
"""Share of each curve's progress; a choice: smaller changes do not matter."""


@dataclass(frozen=True, slots=True)
class Opposition:
    """The changes of a loss and of the metric most surely opposed to it, from index `start` of the loss's points on.

    `chance` is that of such changes in noise, corrected for the number of metrics.
    """

    start: int
    loss: Change
    metric: Curve
    change: Change
    chance: float

    def counts(self, alpha: float = ALPHA, least_change: float = LEAST_CHANGE) -> bool:
        """Whether it is sure, and both changes are large enough to matter."""
        return self.chance < alpha and min(abs(self.loss.share), abs(self.change.share)) >= least_change


def opposition(inputs: Inputs, loss: Curve, metrics: Sequence[Curve]) -> Opposition | None:
    """How `loss` and `metrics` change from the loss's lowest point on; None with too few points in common.

    When that leaves less than a third of the run, the last half is looked at. Holm's correction over the metrics.
    """
    prepared = inputs.prepared(loss)
    start = _window_start(prepared.points_x, prepared.points_y)
    step = float(prepared.points_x[start])
    own = change_since(prepared, step)
    changes = [(metric, change_since(inputs.prepared(metric), step)) for metric in metrics]
    usable = [(metric, change) for metric, change in changes if change is not None]
    if own is None or not usable:
        return None
    chances = holm(np.asarray([_opposite_chance(own, change) for _, change in usable]))
    best = int(np.argmin(chances))
    metric, change = usable[best]
    return Opposition(start, own, metric, change, float(chances[best]))


def goes_on(inputs: Inputs, loss: Curve, found: Opposition) -> bool:
    """Whether the metric goes on moving that way over the second half of the stretch."""
    x = inputs.prepared(loss).points_x
    late = change_since(inputs.prepared(found.metric), (float(x[found.start]) + float(x[-1])) / 2.0)
    return late is not None and late.share * found.change.share > 0


def _window_start(x: Floats, y: Floats) -> int:
    """The minimum of the smoothed loss; half of the run when that leaves less than a third of it."""
    bottom = int(np.argmin(local_regression(x, y).fit))
    return bottom if bottom <= 2 * len(y) // 3 else len(y) // 2


def _opposite_chance(loss: Change, metric: Change) -> float:
    """The larger of the two one-sided chances that each changed at random, 1.0 for the same direction."""
    if loss.share * metric.share >= 0:
        return 1.0
    normal = NormalDist()
    tails = [normal.cdf(-abs(c.share) / max(c.error, 1e-9)) for c in (loss, metric)]
    return max(tails)
