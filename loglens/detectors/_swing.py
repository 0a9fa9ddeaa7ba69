"""How much a judged curve swings: its points at the right scale, its fluctuation, and what the schedule explains."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.detector import Inputs
from loglens.detectors._epoch_means import Stretches, between, by_epoch, in_blocks
from loglens.detectors._judged import at_steps_of
from loglens.events.series import Floats, Ints
from loglens.runs.curve import Curve
from loglens.statistics.fluctuation import WINSOR, Fluctuation, fluctuation
from loglens.statistics.schedule_shape import regressed, restart_wave, sine_wave
from loglens.statistics.step_noise import epoch_pattern, variance_ratio

LEVEL = 0.85
"""Confidence of the lower bound of a fluctuation."""
SPIKE_FLOOR = 0.1
"""Points less than a tenth of the progress above their neighbours are no spikes: they cannot decide a verdict."""
LOW_RATE = 0.25
"""The lowest quarter of a learning rate's range is its low phase."""
HIGH_CONFIDENCE = 0.98
"""No verdict on a fluctuation is told with more confidence than this: the bar for false alarms is 2 %."""
CLIP_SD = 2.5
"""No point of a wave lies further from its middle: 1.7 sd is the top of a restart, 1.4 that of a sine."""
MOST_LEFT, FEW_LEFT = 0.4, 0.15
"""Share of the variance that a wave may leave over; less of it when fewer than three cycles can be seen."""
NO_GAIN = 0.1
"""A tenth of the untrained level is no gain: the biases and the noise of a dead network move so much."""
FITTED = 6
"""Points that the two trends cost a correlation of residuals, and the three of Fisher's transformation."""
BLOCKS = 50
"""Stretches for a train loss whose epochs are unknown: as many as the epochs of a usual run."""
SURELY_ABOVE = 3.0
"""Standard errors of the mean of the last half: one in 740 guessing models lies higher (normal law)."""
LITTLE = 0.2
"""Of the untrained level: where less was learned, swings are shares of this (the trainer's truth is told so, too)."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What of a curve is judged: `values` float64[k], lower is better, at its `indices` int64[k].

    These are the finite points, or the means over `stretches` for a train loss logged within epochs.
    """

    indices: Ints
    values: Floats
    stretches: Stretches | None


@dataclass(frozen=True, slots=True, eq=False)
class Swing:
    """A fluctuation, as shares of `scale` (the progress): `size` is its sd, `sure` the lower bound of that."""

    found: Fluctuation
    scale: float

    @property
    def size(self) -> float:
        return self.found.sd / self.scale

    @property
    def sure(self) -> float:
        return self.found.lower / self.scale

    def beyond(self, least: float) -> bool:
        """Whether it is surely larger than `least` and repeated."""
        return self.sure > least and self.found.crossings >= 2


def points_of(curve: Curve, inputs: Inputs) -> Points:
    """The points of `curve` at which swings are judged."""
    if curve.role.phase in ("train", "none"):
        stretches = _stretches_of(curve, inputs)
        if stretches is not None:
            return Points(stretches.last, stretches.means, stretches)
    prepared = inputs.prepared(curve)
    return Points(prepared.index, prepared.y, None)


def _stretches_of(curve: Curve, inputs: Inputs) -> Stretches | None:
    """Stretches that average the minibatches of a train loss; None when its points are epochs already."""
    if curve.x_unit == "epoch" or len(curve.steps) < 8:
        return None
    pair = inputs.pair_of(curve)
    if pair is not None and pair.x_unit == curve.x_unit and np.mean(np.isin(curve.steps, pair.steps)) > 0.9:
        return None  # logged with the evaluation: an average over what lies between
    if curve.epochs is not None:
        off_end = np.abs(curve.epochs - np.round(curve.epochs))
        if np.mean(off_end < 1e-3) > 0.9 and np.median(np.diff(curve.epochs)) > 0.5:
            return None
        return by_epoch(curve, inputs.steps_per_epoch) or in_blocks(curve, min(BLOCKS, len(curve.steps) // 4))
    if pair is None or pair.x_unit != curve.x_unit:
        return in_blocks(curve, BLOCKS)
    return between(curve, pair.steps)


def swing_of(values: Floats, scale: float, used: int = 0) -> Swing | None:
    """The swing of `values` float64[k] relative to `scale`; None when they are too few."""
    found = fluctuation(values, spike_floor=SPIKE_FLOOR * scale, level=LEVEL, used=used)
    return None if found is None else Swing(found, scale)


def scale_of(curve: Curve, inputs: Inputs) -> float:
    """What swings of `curve` are measured by: its progress, but no less than a fifth of the untrained level."""
    prepared = inputs.prepared(curve)
    if not len(prepared):
        return 0.0
    # a run may gain something and end in ruins: "learned" speaks of its end and of noise, in which swings are hidden
    gained = prepared.initial - prepared.best > NO_GAIN * abs(prepared.initial)
    if prepared.learned or gained:
        return max(prepared.progress, LITTLE * abs(prepared.initial))
    return max(prepared.progress, abs(prepared.initial))


def only_guesses(curve: Curve, inputs: Inputs) -> bool:
    """Whether an accuracy never got above guessing: which class is always named changes it, and nothing swings."""
    prepared = inputs.prepared(curve)
    if curve.role.quantity not in ("accuracy", "error-rate") or not len(prepared):
        return False
    if curve.role.quantity == "error-rate" or inputs.classes is None:
        return not prepared.learned
    whole = 100.0 if float(np.max(np.abs(prepared.y))) > 1.5 else 1.0
    late = prepared.points_y[-max(len(prepared.points_y) // 2, 1) :]
    above = -float(late.mean()) - whole / inputs.classes
    return above < SURELY_ABOVE * float(late.std()) / math.sqrt(len(late))


def shared_with_train(curve: Curve, swing: Swing, inputs: Inputs) -> bool | None:
    """Whether `curve` surely swings together with its train curve: then the weights do; None where it cannot be seen.

    The lower 99 % bound of the correlation of the late residuals, winsorised, by Fisher's transformation.
    """
    pair = inputs.pair_of(curve)
    prepared = inputs.prepared(curve)
    if pair is None or pair.role.quantity != curve.role.quantity or len(prepared.points_y) != len(prepared.y):
        return None
    train = at_steps_of(prepared, inputs.prepared(pair))
    other = None if train is None else swing_of(train, swing.scale)
    if other is None or len(other.found.residual) != len(swing.found.residual):
        return None
    ours, theirs = (_drawn_in(s.found.residual[s.found.first :]) for s in (swing, other))
    size = float(np.sqrt((ours @ ours) * (theirs @ theirs)))
    if size <= 0:
        return None
    correlation = min(float(ours @ theirs) / size, 0.999)
    return bool(np.arctanh(correlation) > 2.326 / np.sqrt(max(len(ours) - FITTED, 1)))


def _drawn_in(residual: Floats) -> Floats:
    limit = float(np.quantile(np.abs(residual), WINSOR))
    drawn = np.clip(residual, -limit, limit)
    centred: Floats = drawn - drawn.mean()
    return centred


def is_minibatch_noise(points: Points) -> bool:
    """Whether the means of a train loss vary no more than independent minibatches would make them.

    Shuffled epochs vary less than that, but an endless stream of data or much augmentation does not.
    """
    if points.stretches is None:
        return False
    ratio = variance_ratio(points.values, points.stretches.variances, points.stretches.counts)
    return ratio is None or ratio.low < 1.0


def repeated_order(curve: Curve, points: Points) -> tuple[float, float]:
    """Likeness of consecutive epochs of a train loss, and the sd of the pattern they share; 0, 0 where unknown."""
    if points.stretches is None or not points.stretches.whole_epochs:
        return 0.0, 0.0
    counts = points.stretches.counts[len(points.values) // 5 :]
    finite = curve.values[np.isfinite(curve.values)]
    return epoch_pattern(finite[len(finite) - int(counts.sum()) :], counts)


def rate_at(judged: Curve, indices: Ints, inputs: Inputs) -> Floats | None:
    """The learning rate float64[k] in force at `indices` of the judged curve; None when not logged on a shared axis."""
    rates = [c for c in inputs.context if c.role.quantity == "learning-rate" and len(c.steps) > 1]
    for rate in sorted(rates, key=lambda c: -len(c.steps)):
        if judged.x_unit == rate.x_unit:
            at, known = judged.steps[indices].astype(np.float64), rate.steps.astype(np.float64)
        elif judged.epochs is not None and rate.epochs is not None:
            at, known = judged.epochs[indices], rate.epochs
        else:
            continue
        values = rate.values
        usable = np.isfinite(values) & (values >= 0)
        if np.count_nonzero(usable) < 2:
            continue
        place = np.searchsorted(known[usable], at, side="right") - 1
        in_force: Floats = values[usable][np.maximum(place, 0)]
        return in_force
    return None


def explained_by_rate(points: Points, rate: Floats, scale: float, least: float) -> str | None:
    """Why the learning rate `rate` float64[k] at the points explains their swing, as a clause; None if it does not."""
    top = int(np.argmax(rate))
    peak = float(rate[top])
    if peak <= 0:
        return None
    after = rate[top:]
    if np.any(np.diff(after) > 1e-9 * peak) and np.ptp(rate) > 0.1 * peak:
        relative = rate / peak
        basis = np.stack((relative, np.sqrt(relative), np.r_[relative[:1], relative[:-1]]), axis=1)
        rest = swing_of(points.values - regressed(points.values, basis), scale, used=basis.shape[1])
        low = np.flatnonzero(relative <= relative.min() + LOW_RATE * np.ptp(relative))
        quiet = swing_of(points.values[low], scale)
        if (rest is not None and not rest.beyond(least)) or (quiet is not None and not quiet.beyond(least)):
            return "it follows the learning rate, which goes up and down"
        return None
    # a falling rate: has the curve calmed once the rate was a quarter of its peak?
    late = np.flatnonzero((rate <= LOW_RATE * peak) & (np.arange(len(rate)) >= top))
    quiet = swing_of(points.values[late], scale)
    if quiet is not None and not quiet.beyond(least) and quiet.size < least:
        return "it calmed down when the learning rate fell"
    return None


def looks_like_restarts(points: Points, scale: float, least: float) -> float | None:
    """The period, in points, of warm restarts that would explain the swing better than any sine; None otherwise."""
    swing = swing_of(points.values, scale)
    if swing is None:
        return None
    # a wave is to be found in what repeats: spikes are left out, and lone high points drawn in
    limit = CLIP_SD * swing.found.sd
    values = swing.found.trend + np.clip(swing.found.residual, -limit, limit)
    wave = restart_wave(values)
    if wave is None:
        return None
    left = FEW_LEFT if 3 * wave.period > len(values) else MOST_LEFT
    if wave.error > left * wave.error_without or wave.error > sine_wave(values).error:
        return None
    rest = swing_of(points.values - wave.values, scale)
    return wave.period if rest is not None and not rest.beyond(least) else None
