"""What the detectors of a course judge: validation curves with a direction, and the train curves beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.detector import Inputs, Wanted
from loglens.events.series import Floats, Ints
from loglens.prepared import Prepared
from loglens.runs.curve import Curve, Quantity
from loglens.statistics.trend import Trend, theil_sen

SCORES: tuple[Quantity, ...] = ("loss", "accuracy", "error-rate", "metric", "perplexity")
VALIDATION_SCORES = Wanted(("validation",), SCORES, directed=True)
TRAIN_SCORES = Wanted(("train",), SCORES, directed=True)
TRAIN_LOSS = Wanted(("train",), ("loss",), directed=True)
RATE = Wanted(("train", "none"), ("learning-rate",))


def train_beside(inputs: Inputs, curve: Curve) -> Curve | None:
    """The train curve to hold a validation curve against: its pair, else the train loss, else any train score."""
    pair = inputs.pair_of(curve)
    if pair is not None and pair.role.phase == "train" and len(pair.values):
        return pair
    train = [c for c in (*inputs.context, *inputs.judged) if TRAIN_SCORES.matches(c) and len(c.values)]
    losses = [c for c in train if c.role.quantity == "loss"]
    return next(iter(losses or train), None)


def validation_first(inputs: Inputs) -> tuple[Curve, ...]:
    """The judged validation curves; the train curves among the judged only where there is none."""
    validation = tuple(c for c in inputs.judged if c.role.phase == "validation")
    return validation or inputs.judged


@dataclass(frozen=True, slots=True)
class Change:
    """How a curve changed over a stretch, as shares of its own progress: above 0 is worse. `error` is one sd."""

    share: float
    error: float


def change_since(prepared: Prepared, step: float) -> Change | None:
    """The trend of the points from `step` to the end, over that stretch; None below 3 points."""
    values = prepared.points_y[int(np.searchsorted(prepared.points_x, step)) :]
    if len(values) < 3:
        return None
    trend = trend_of(values, prepared)
    return Change(trend.change / prepared.progress, trend.change_error / prepared.progress)


def trend_of(values: Floats, prepared: Prepared) -> Trend:
    """The trend of a stretch of the curve's points, with the curve's own noise."""
    return theil_sen(values, prepared.noise_sd, max(prepared.memory.mean, 0.0))


def rate_beside(inputs: Inputs) -> Curve | None:
    """The learning rate, if it was logged: of several parameter groups the first."""
    rates = [c for c in inputs.context if RATE.matches(c) and np.isfinite(c.values).any()]
    return rates[0] if rates else None


def rate_drops(rate: Curve | None, factor: float = 0.6) -> Ints:
    """The steps where a logged rate falls to less than `factor` of itself at once; a steady decay has none."""
    if rate is None or len(rate.values) < 2:
        return np.empty(0, dtype=np.int64)
    before, after = rate.values[:-1], rate.values[1:]
    with np.errstate(invalid="ignore"):
        fell = (after < factor * before) & (after > 0)
    if not fell.any():
        return np.empty(0, dtype=np.int64)
    steady = np.concatenate(((True,), ~fell[:-1]))  # a drop of its own, not one of a fast decay
    return np.asarray(rate.steps[1:][fell & steady], dtype=np.int64)


def rises_again(rate: Floats) -> bool:
    """Whether a finite rate float64[k] rises again after its peak, as a cycle does and a warm-up does not."""
    later = rate[int(np.argmax(rate)) :]
    return bool((later[1:] - later[:-1] > 1e-9 * later[0]).any())


def rate_annealed(rate: Curve | None, share: float = 0.1) -> bool | None:
    """Whether a logged rate ended at a tenth of its highest or less; None when it was not logged."""
    if rate is None:
        return None
    values = rate.values[np.isfinite(rate.values)]
    return bool(values[-1] <= share * values.max())


def at_steps_of(prepared: Prepared, train: Prepared) -> Floats | None:
    """Train at each of the validation's points: the mean since the point before (at most a twentieth of all)."""
    return at_steps(prepared.points_x, train) if train.curve.x_unit == prepared.curve.x_unit else None


def at_steps(x: Floats, train: Prepared) -> Floats | None:
    """`train` at the steps `x` float64[k], as above; None where it was not logged since the step before."""
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
