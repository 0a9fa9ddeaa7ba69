"""The detector oscillation: a loss or metric that keeps swinging beyond its noise, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._broken import broken_by
from loglens.detectors._guessing import only_guesses
from loglens.detectors._oscillation_cause import ADVICE, ORDER_REPEATS, Cause, cause_of
from loglens.detectors._place import epoch_at, place
from loglens.detectors._swing import (
    HIGH_CONFIDENCE,
    Swing,
    SwingPoints,
    averaged_beside,
    is_minibatch_noise,
    points_of,
    repeated_order,
    scale_of,
    swing_of,
)
from loglens.detectors._swing_beyond import Limits, cannot_tell, confidence, exceeded
from loglens.detectors._swing_place import drawing, extent, period_epochs
from loglens.detectors._swing_rate import explained_by_rate, rate_at, restarts_beside
from loglens.digits import percent
from loglens.runs.curve import Curve
from loglens.verdict import Fact, Interval, Verdict


@dataclass(frozen=True, slots=True)
class Oscillation:
    """A loss or metric that keeps swinging up and down, by more than its noise can explain, after the first descent.

    Why it matters: the last checkpoint is then a matter of luck, runs cannot be compared by their final value, and
    the training often stands higher than it could, since steps are too large for the valley it is in.

    What to do: by its cause. Weights that jump (step-noise) want a smaller learning rate or a larger batch, which
    act through the same ratio; a small or resampled validation set (eval-noise) wants more samples; data in a
    fixed order (data-order) wants shuffling; a cyclic learning rate (lr-schedule) explains its waves, which pass.
    In reference trainings with too high a rate, and with too small a batch, a quarter of the rate took 47 % off the
    final loss, four times the batch 43 and 47 % (medians of 30 seeds, docs/trainer.md).

    How it decides: the residual from the best falling-then-rising fit, without isolated spikes and winsorised; its
    standard deviation after the first fifth of the run, as a share of the progress, with a kurtosis-adjusted
    chi-square lower bound at 85 %. It is a finding when that bound is above `least`, or when train surely swings
    together with it and the root of their covariance, which noise does not enter, is above `least_joint`; both are
    raised for a course that still falls, by what it is heading for, and the former for short runs whose train loss
    does not swing along. The curve must also go up twice by `least`, and in longer runs still swing beside a fit with
    one hump: what happens once is no oscillation, or left open when it is large and the points are few.
    Train losses within epochs are judged by epoch means, and only for what minibatch sampling cannot explain; single
    batches logged here and there are left to the averages beside them; a train loss whose evaluation stays calm
    scatters, but its weights do not swing. A logged learning rate that goes up and down is regressed out, and its
    low phases must swing, too; a rate that fell must not have calmed the curve. Without a logged rate, a curve that
    the shape of warm restarts fits better than any sine, or over few points nearly as well, is undetermined. The
    onset is the median of the posterior of a change of the residual's variance. The cause compares the variance of
    the train loss between epochs with that inside them and with the evaluation's, and consecutive epochs with each
    other. Means over epochs logged beside single batches count, too; a log of epochs only leaves the cause
    undetermined. Where the training has broken, so that its loss ends in NaN or Inf or far above its start, nothing is
    said of swings.

    Reference: Stout, Unimodal regression via prefix isotonic regression, 2008; Loshchilov & Hutter, SGDR, 2017;
    on learning rate over batch size as the scale of step noise: Smith & Le, ICLR 2018.
    """

    name: ClassVar[str] = "oscillation"
    judges: ClassVar[tuple[Wanted, ...]] = (
        Wanted(("validation", "test"), ("loss", "accuracy", "error-rate", "perplexity", "metric"), directed=True),
        Wanted(("train", "none"), ("loss",), directed=True),
    )
    reads: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss", "learning-rate")),)

    least: float = parameter(
        0.045,
        unit="share of progress",
        low=0.01,
        high=1.0,
        source="tuning seeds: below 1 % false alarms in every family with noise of up to .04",
    )
    least_joint: float = parameter(
        0.03,
        unit="share of progress",
        low=0.01,
        high=1.0,
        source="tuning seeds: of noise of .04 and .02 that is independent, none in a hundred runs shares so much",
    )
    strong: float = parameter(
        0.15, unit="share of progress", low=0.02, high=2.0, source="a swing (+-1 sd) of a third of all that was learnt"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._verdict(curve, inputs) for curve in inputs.judged)

    def _verdict(self, curve: Curve, inputs: Inputs) -> Verdict:
        if only_guesses(curve, inputs):
            why = f"{curve.label} never got above guessing, so there is nothing that swings."
            return Verdict(self.name, "not-applicable", why, tags=(curve.key,))
        points = points_of(curve, inputs)
        averaged = averaged_beside(curve, points, inputs)
        if averaged is not None:
            why = f"{curve.label} holds single batches here and there; its averages, {averaged.label}, are judged."
            return Verdict(self.name, "not-applicable", why, tags=(curve.key,))
        scale = scale_of(curve, inputs)
        swing = swing_of(points.values, scale) if scale > 0 else None
        if swing is None:
            short = scale > 0 or len(points.values) < 8
            why = _too_little(points) if short else "never changes"
            return Verdict(self.name, "not-applicable", f"{curve.label} {why}.", tags=(curve.key,))
        limits = Limits(self.least, self.least_joint).of(swing, curve, inputs)
        likeness, pattern_sd = repeated_order(curve, points)
        if likeness > ORDER_REPEATS and pattern_sd > limits.alone * scale:
            return self._repeats(curve, points, likeness, pattern_sd / scale)
        limit = exceeded(curve, swing, limits, inputs)
        if (limit is None and not cannot_tell(swing, limits)) or is_minibatch_noise(points):
            return self._calm(curve, swing, limits)
        broken = broken_by(inputs)
        if broken is not None:
            why = broken.instead_of(f"how {curve.label} swings")
            return Verdict(self.name, "not-applicable", why, tags=(curve.key,))
        if limit is None:
            return self._too_short(curve, swing, limits)
        rate = rate_at(curve, points.indices, inputs)
        if rate is not None:
            reason = explained_by_rate(points, rate, scale, limits.alone)
            if reason is not None:
                return self._follows_rate(curve, points, swing, limits, reason)
        else:
            waves = restarts_beside(curve, points, scale, limits.alone, inputs)
            if waves is not None:
                return self._maybe_schedule(curve, points, swing, limits, waves)
        sure = confidence(swing, limits, found=True)
        return self._finding(curve, points, swing, limit, sure, cause_of(curve, inputs))

    def _too_short(self, curve: Curve, swing: Swing, limits: Limits) -> Verdict:
        points = len(swing.values)
        return Verdict(
            self.name,
            "undetermined",
            f"{curve.label} moves by {percent(swing.size)} of its progress, but {points} points are too few to tell "
            f"whether it keeps swinging.",
            tags=(curve.key,),
            value=swing.size,
            threshold=limits.alone,
            unit="share of progress",
            missing=("more evaluations",),
            details={"cause": None, "amplitude": swing.size, "period_epochs": None},
        )

    def _calm(self, curve: Curve, swing: Swing, limits: Limits) -> Verdict:
        once = swing.size > limits.alone and not swing.repeats(limits.alone)
        size = f"{percent(swing.size)} of its progress"
        does = f"moves by {size}, but does not go up and down twice" if once else f"fluctuates by {size}"
        return Verdict(
            self.name,
            "pass",
            f"{curve.label} does not oscillate (it {does}).",
            confidence=confidence(swing, limits, found=False),
            tags=(curve.key,),
            value=swing.size,
            threshold=limits.alone,
            unit="share of progress",
            details={"cause": None, "amplitude": swing.size, "period_epochs": None},
        )

    def _follows_rate(self, curve: Curve, points: SwingPoints, swing: Swing, limits: Limits, reason: str) -> Verdict:
        return Verdict(
            self.name,
            "pass",
            f"{curve.label} swings by {percent(swing.size)} of its progress, but {reason}.",
            confidence=HIGH_CONFIDENCE,
            tags=(curve.key,),
            advice=ADVICE["lr-schedule"],
            value=swing.size,
            threshold=limits.alone,
            unit="share of progress",
            details={
                "cause": "lr-schedule",
                "amplitude": swing.size,
                "period_epochs": period_epochs(curve, points, swing),
            },
        )

    def _maybe_schedule(
        self, curve: Curve, points: SwingPoints, swing: Swing, limits: Limits, waves: tuple[float, float | None]
    ) -> Verdict:
        period, epochs = waves
        length = f"{period:g} points" if epochs is None else f"{epochs:.3g} epochs"
        return Verdict(
            self.name,
            "undetermined",
            f"{curve.label} swings by {percent(swing.size)} of its progress in waves of {length} that look like "
            f"restarts of the learning rate, which was not logged.",
            tags=(curve.key,),
            advice="Log the learning rate; with it the waves of a schedule can be told from an oscillation.",
            value=swing.size,
            threshold=limits.alone,
            unit="share of progress",
            missing=("learning_rate",),
            details={"cause": "undetermined", "amplitude": swing.size, "period_epochs": epochs},
            evidence=drawing(curve, points, swing, 0, None),
        )

    def _repeats(self, curve: Curve, points: SwingPoints, likeness: float, size: float) -> Verdict:
        start, strong = int(points.indices[0]), size > self.strong
        return Verdict(
            self.name,
            "fail" if strong else "warn",
            f"{curve.label} goes through the same swing of {percent(size)} of its progress in every epoch, "
            f"step by step, from {place(curve, start)} on: the data comes in a fixed order.",
            confidence=HIGH_CONFIDENCE,
            tags=(curve.key,),
            advice=ADVICE["data-order"],
            start_step=int(curve.steps[start]),
            start_epoch=epoch_at(curve, start),
            value=size,
            threshold=self.strong if strong else self.least,
            unit="share of progress",
            details={"cause": "data-order", "amplitude": size, "period_epochs": 1.0},
            evidence=(
                Interval(curve.key, int(curve.steps[start]), None, "oscillates"),
                Fact("likeness of consecutive epochs", round(likeness, 3), "correlation"),
            ),
        )

    def _finding(  # noqa: PLR0917 - all that a finding tells
        self, curve: Curve, points: SwingPoints, swing: Swing, limit: float, sure: float, cause: Cause
    ) -> Verdict:
        strong = swing.sure > self.strong
        first, last = extent(swing)
        start, end = int(points.indices[first]), None if last is None else int(points.indices[last])
        verb = "swings strongly" if strong else "keeps swinging"
        until = "" if end is None else f" until {place(curve, end)}"
        return Verdict(
            self.name,
            "fail" if strong else "warn",
            f"{curve.label} {verb} by {percent(swing.size)} of its progress from {place(curve, start)} on{until}: "
            f"{cause.reason}.",
            confidence=sure,
            tags=(curve.key,),
            advice=ADVICE[cause.name],
            start_step=int(curve.steps[start]),
            end_step=None if end is None else int(curve.steps[end]),
            start_epoch=epoch_at(curve, start),
            end_epoch=None if end is None else epoch_at(curve, end),
            value=swing.size,
            threshold=self.strong if strong else limit,
            unit="share of progress",
            missing=cause.missing,
            details={
                "cause": cause.name,
                "amplitude": swing.size,
                "period_epochs": period_epochs(curve, points, swing),
            },
            evidence=(
                *drawing(curve, points, swing, start, end),
                Fact("crossings", swing.found.crossings, "times"),
                *cause.facts,
            ),
        )


def _too_little(points: SwingPoints) -> str:
    """Why so few points show no swing: those that are judged may be fewer than those that were logged."""
    if points.stretches is None:
        return "needs at least 8 points"
    stretches = "epochs" if points.stretches.whole_epochs else "stretches"
    return f"is judged by its means over {stretches}, and has {len(points.values)} of them: a swing shows from 8 on"
