"""How much a judged curve swings: its points at the right scale, and their fluctuation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.detector import Inputs
from loglens.detectors._epoch_means import EVERY_STEP, Stretches, between, by_epoch, in_blocks
from loglens.events.series import Floats, Ints
from loglens.prepared import Prepared, measurable
from loglens.runs.curve import Curve
from loglens.statistics.fluctuation import Fluctuation, fluctuation
from loglens.statistics.proportions import all_right
from loglens.statistics.reversals import count_rises
from loglens.statistics.shared_fluctuation import Shared, shared_fluctuation
from loglens.statistics.step_noise import epoch_pattern, variance_ratio

LEVEL = 0.85
"""Confidence of the lower bound of a fluctuation."""
SPIKE_FLOOR = 0.1
"""Points less than a tenth of the progress above their neighbours are no spikes: they cannot decide a verdict."""
HIGH_CONFIDENCE = 0.98
"""No verdict on a fluctuation is told with more confidence than this: up to 2 % of the healthy runs of a family may be
told to swing."""
NO_GAIN = 0.1
"""A tenth of the untrained level is no gain: the biases and the noise of a dead network move so much."""
BLOCKS = 50
"""Stretches for a train loss whose epochs are unknown: as many as the epochs of a usual run."""
LITTLE = 0.2
"""Of what there is to gain: where less was learned, swings are shares of this (so is the trainer's truth)."""


@dataclass(frozen=True, slots=True, eq=False)
class SwingPoints:
    """What of a curve is judged: `values` float64[k], lower is better, at its `indices` int64[k].

    These are the finite points, or the means over `stretches` for a train loss logged within epochs.
    """

    indices: Ints
    values: Floats
    stretches: Stretches | None


@dataclass(frozen=True, slots=True, eq=False)
class Swing:
    """A fluctuation of `values` float64[k], as shares of `scale`: `size` is its sd, `sure` the lower bound of that."""

    values: Floats
    found: Fluctuation
    scale: float

    @property
    def size(self) -> float:
        return self.found.sd / self.scale

    @property
    def sure(self) -> float:
        return self.found.lower / self.scale

    def repeats(self, least: float, times: int = 2) -> bool:
        """Whether it goes up so many `times` by `least` after the first tenth, and down by as much in between.

        One rise is overfitting, or the hump before a second descent. The residual does not tell: a short course
        that falls and then rises passes through much of a swing.
        """
        first = len(self.values) // 10
        return count_rises(self.values[first:][~self.found.spikes[first:]], least * self.scale, times) == times

    def beyond(self, least: float) -> bool:
        """Whether it is surely larger than `least` and repeated."""
        return self.sure > least and self.repeats(least)

    def beside_a_hump(self) -> Swing:
        """What of it is left when the course may have risen and fallen again once."""
        found = _fluctuation(self.values, self.scale, humped=True)
        return self if found is None else Swing(self.values, found, self.scale)

    def shared(self, other: Swing) -> Shared:
        """What both swing together: then the weights move."""
        return shared_fluctuation(self.found, other.found)


def points_of(curve: Curve, inputs: Inputs) -> SwingPoints:
    """The points of `curve` at which swings are judged."""
    if curve.role.phase in ("train", "none"):
        stretches = _stretches_of(curve, inputs)
        if stretches is not None:
            return SwingPoints(stretches.last, stretches.means, stretches)
    prepared = inputs.prepared(curve)
    return SwingPoints(prepared.index, prepared.y, None)


def _stretches_of(curve: Curve, inputs: Inputs) -> Stretches | None:
    """Stretches that average the minibatches of a train loss; None when its points are epochs already."""
    if curve.x_unit == "epoch" or len(curve.steps) < 8:
        return None
    pair = inputs.pair_of(curve)
    if pair is not None and pair.x_unit == curve.x_unit and _logged_together(curve.steps, pair.steps):
        return None  # an average over what lies between
    if curve.epochs is not None:
        off_end = np.abs(curve.epochs - np.round(curve.epochs))
        if np.mean(off_end < 1e-3) > 0.9 and np.median(np.diff(curve.epochs)) > 0.5:
            return None
        return by_epoch(curve, inputs.steps_per_epoch) or in_blocks(curve, min(BLOCKS, len(curve.steps) // 4))
    if pair is None or pair.x_unit != curve.x_unit:
        return in_blocks(curve, BLOCKS)
    return between(curve, pair.steps)


def _logged_together(steps: Ints, others: Ints) -> bool:
    """Whether more than nine in ten of `steps` int64[n] are among `others` int64[m]; no step is there twice."""
    return len(others) > 0.9 * len(steps) and bool(np.mean(np.isin(steps, others)) > 0.9)


def swing_of(values: Floats, scale: float, used: int = 0) -> Swing | None:
    """The swing of `values` float64[k] relative to `scale`; None when they are too few."""
    found = _fluctuation(values, scale, used=used)
    return None if found is None else Swing(values, found, scale)


def _fluctuation(values: Floats, scale: float, *, used: int = 0, humped: bool = False) -> Fluctuation | None:
    return fluctuation(values, spike_floor=SPIKE_FLOOR * scale, level=LEVEL, used=used, humped=humped)


def scale_of(curve: Curve, inputs: Inputs) -> float:
    """What swings of `curve` are measured by: its progress, but no less than a fifth of what there is to gain."""
    prepared = inputs.prepared(curve)
    if not len(prepared):
        return 0.0
    # a run may gain something and end in ruins: "learned" speaks of its end and of noise, in which swings are hidden
    gained = prepared.initial - prepared.best > NO_GAIN * abs(prepared.initial)
    if prepared.learned or gained:
        return max(prepared.progress, LITTLE * _to_gain(prepared))
    return max(prepared.progress, abs(prepared.initial))


def _to_gain(prepared: Prepared) -> float:
    """From the untrained level to perfection: 0 for a loss, 1 (or 100 %) for an accuracy."""
    if prepared.curve.role.quantity != "accuracy":
        return abs(prepared.initial)
    return max(all_right(prepared.y) + prepared.initial, 0.0)


def averaged_beside(curve: Curve, points: SwingPoints, inputs: Inputs) -> Curve | None:
    """The train loss logged with the evaluations, where `curve` is another one that holds some single batches only."""
    stretches = points.stretches
    every_step = stretches is not None and (not stretches.whole_epochs or stretches.share_logged > EVERY_STEP)
    if curve.role.phase not in ("train", "none") or curve.pair is not None or every_step or curve.x_unit == "epoch":
        return None
    others = (c for c in inputs.judged if c.role.phase == "train" and c.role.quantity == curve.role.quantity)
    return next((c for c in others if c.pair is not None and c.key != curve.key), None)


def is_minibatch_noise(points: SwingPoints) -> bool:
    """Whether the means of a train loss vary no more than independent minibatches would make them.

    Shuffled epochs vary less than that, but an endless stream of data or much augmentation does not.
    """
    if points.stretches is None:
        return False
    ratio = variance_ratio(points.values, points.stretches.variances, points.stretches.counts)
    return ratio is None or ratio.low < 1.0


def repeated_order(curve: Curve, points: SwingPoints) -> tuple[float, float]:
    """Likeness of consecutive epochs of a train loss, and the sd of the pattern they share; 0, 0 where unknown."""
    if points.stretches is None or not points.stretches.whole_epochs:
        return 0.0, 0.0
    counts = points.stretches.counts[len(points.values) // 5 :]
    values = curve.values[measurable(curve.values)]
    return epoch_pattern(values[len(values) - int(counts.sum()) :], counts)
