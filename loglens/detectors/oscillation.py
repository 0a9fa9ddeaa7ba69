"""The detector oscillation: a loss or metric that keeps swinging beyond its noise, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._oscillation_cause import ORDER_REPEATS, Cause, cause_of
from loglens.detectors._place import epoch_at, place
from loglens.detectors._swing import (
    HIGH_CONFIDENCE,
    LEVEL,
    Points,
    Swing,
    explained_by_rate,
    is_minibatch_noise,
    looks_like_restarts,
    only_guesses,
    points_of,
    rate_at,
    repeated_order,
    scale_of,
    shared_with_train,
    swing_of,
)
from loglens.runs.curve import Curve
from loglens.statistics.periodicity import fisher_g
from loglens.verdict import Evidence, Fact, Interval, Overlay, Verdict

ADVICE = {
    "step-noise": (
        "The weights jump around: lower the learning rate, or raise the batch size, or average the weights. "
        "To tell the two apart, run 5-10 epochs with a quarter of the learning rate and 5-10 with four times the batch."
    ),
    "eval-noise": (
        "The weights are calm; the evaluation is not: evaluate on more samples (or always on the same ones), and "
        "choose the checkpoint by the smoothed curve, not by its luckiest point."
    ),
    "lr-schedule": "Nothing to mend: compare checkpoints at the low points of the schedule only.",
    "data-order": "Shuffle the training data anew every epoch; then look whether the swing is gone.",
    "undetermined": (
        "Try a quarter of the learning rate for 5-10 epochs: if the swing shrinks, it is the weights (four times the "
        "batch should do the same); if not, evaluate on more samples."
    ),
}


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
    chi-square lower bound at 85 %. It is a finding when that bound is above `least` (above `least_joint` where train
    surely swings together with it, above `least_alone` where train is seen not to) and the residual has crossed over
    at least twice: one hump is no oscillation.
    Train losses within epochs are judged by epoch means, and only for what minibatch sampling cannot explain. A
    logged learning rate that goes up and down is regressed out, and its low phases must swing, too; a rate that
    fell must not have calmed the curve. Without a logged rate, a curve that the shape of warm restarts fits better
    than any sine is undetermined. The cause compares the variance of epoch means of the train loss with the
    variance inside epochs, and consecutive epochs with each other.

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
        source="tuning seeds: noise of .04 gives below 1 % false alarms (1.8 % with t3 tails on slow runs)",
    )
    least_joint: float = parameter(
        0.03,
        unit="share of progress",
        low=0.01,
        high=1.0,
        source="tuning seeds: adds 11 % of recall at an amplitude of .05 and no false alarm",
    )
    least_alone: float = parameter(
        0.05,
        unit="share of progress",
        low=0.01,
        high=1.0,
        source="tuning seeds: noise of .04 on a course that still falls is .07 of what it has gained",
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
        scale = scale_of(curve, inputs)
        swing = swing_of(points.values, scale) if scale > 0 else None
        if swing is None:
            why = "needs at least 8 points" if scale > 0 or len(points.values) < 8 else "never changes"
            return Verdict(self.name, "not-applicable", f"{curve.label} {why}.", tags=(curve.key,))
        least = self._threshold(curve, swing, inputs)
        likeness, pattern_sd = repeated_order(curve, points)
        if likeness > ORDER_REPEATS and pattern_sd > least * scale:
            return self._repeats(curve, points, likeness, pattern_sd / scale)
        if not swing.beyond(least) or is_minibatch_noise(points):
            return self._calm(curve, points, swing, least, None)
        rate = rate_at(curve, points.indices, inputs)
        if rate is not None:
            reason = explained_by_rate(points, rate, scale, least)
            if reason is not None:
                return self._calm(curve, points, swing, least, reason)
        else:
            waves = self._restarts(curve, points, scale, least, inputs)
            if waves is not None:
                return self._maybe_schedule(curve, points, swing, least, waves)
        return self._finding(curve, points, swing, least, cause_of(curve, swing.found.sd, inputs))

    def _threshold(self, curve: Curve, swing: Swing, inputs: Inputs) -> float:
        """What the swing must surely exceed: less where train shares it, more where train is seen not to."""
        if not self.least_joint < swing.sure <= self.least_alone:
            return self.least
        shared = shared_with_train(curve, swing, inputs)
        return self.least if shared is None else self.least_joint if shared else self.least_alone

    def _restarts(
        self, curve: Curve, points: Points, scale: float, least: float, inputs: Inputs
    ) -> tuple[float, float | None] | None:
        """The period of waves like warm restarts, in points and in epochs, in the curve itself or in its pair.

        Means over epochs smear a restart; the paired evaluation shows it sharply.
        """
        pair = inputs.pair_of(curve)
        others = () if pair is None else ((pair, points_of(pair, inputs), scale_of(pair, inputs)),)
        for seen, at, size in ((curve, points, scale), *others):
            period = looks_like_restarts(at, size, least) if len(at.values) >= 8 else None
            if period is not None:
                spacing = _epochs_a_point(seen, at)
                return period, None if spacing is None else period * spacing
        return None

    def _calm(self, curve: Curve, points: Points, swing: Swing, least: float, reason: str | None) -> Verdict:
        tag, size = curve.label, f"{100 * swing.size:.2g} % of its progress"
        summary = f"{tag} does not oscillate (it fluctuates by {size})."
        if reason is not None:
            summary = f"{tag} swings by {size}, but {reason}."
        return Verdict(
            self.name,
            "pass",
            summary,
            confidence=HIGH_CONFIDENCE if reason is not None else _honest(1.0 - _sureness(swing, least)),
            tags=(curve.key,),
            advice=ADVICE["lr-schedule"] if reason is not None else "",
            value=swing.size,
            threshold=least,
            unit="share of progress",
            details={
                "cause": None if reason is None else "lr-schedule",
                "amplitude": swing.size,
                "period_epochs": None if reason is None else _period_epochs(curve, points, swing),
            },
        )

    def _maybe_schedule(
        self, curve: Curve, points: Points, swing: Swing, least: float, waves: tuple[float, float | None]
    ) -> Verdict:
        period, period_epochs = waves
        length = f"{period:g} points" if period_epochs is None else f"{period_epochs:.3g} epochs"
        return Verdict(
            self.name,
            "undetermined",
            f"{curve.label} swings by {100 * swing.size:.2g} % of its progress in waves of {length} that look like "
            f"restarts of the learning rate, which was not logged.",
            tags=(curve.key,),
            advice="Log the learning rate; with it the waves of a schedule can be told from an oscillation.",
            value=swing.size,
            threshold=least,
            unit="share of progress",
            missing=("learning_rate",),
            details={
                "cause": "undetermined",
                "amplitude": swing.size,
                "period_epochs": period_epochs,
            },
            evidence=_evidence(curve, points, swing, 0, None),
        )

    def _repeats(self, curve: Curve, points: Points, likeness: float, size: float) -> Verdict:
        start, strong = int(points.indices[0]), size > self.strong
        return Verdict(
            self.name,
            "fail" if strong else "warn",
            f"{curve.label} goes through the same swing of {100 * size:.2g} % of its progress in every epoch, "
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

    def _finding(self, curve: Curve, points: Points, swing: Swing, least: float, cause: Cause) -> Verdict:
        strong = swing.sure > self.strong
        first, last = _extent(swing)
        start, end = int(points.indices[first]), None if last is None else int(points.indices[last])
        period = _period_epochs(curve, points, swing)
        verb = "swings strongly" if strong else "keeps swinging"
        until = "" if end is None else f" until {place(curve, end)}"
        return Verdict(
            self.name,
            "fail" if strong else "warn",
            f"{curve.label} {verb} by {100 * swing.size:.2g} % of its progress from {place(curve, start)} on{until}: "
            f"{cause.reason}.",
            confidence=_honest(_sureness(swing, least)),
            tags=(curve.key,),
            advice=ADVICE[cause.name],
            start_step=int(curve.steps[start]),
            end_step=None if end is None else int(curve.steps[end]),
            start_epoch=epoch_at(curve, start),
            end_epoch=None if end is None else epoch_at(curve, end),
            value=swing.size,
            threshold=self.strong if strong else least,
            unit="share of progress",
            missing=cause.missing,
            details={"cause": cause.name, "amplitude": swing.size, "period_epochs": period},
            evidence=(
                *_evidence(curve, points, swing, start, end),
                Fact("crossings", swing.found.crossings, "times"),
                *cause.facts,
            ),
        )


def _sureness(swing: Swing, least: float) -> float:
    """Probability that the swing is beyond `least`: log-normal around its size, as wide as its lower bound says."""
    if swing.found.crossings < 2 or swing.found.lower <= 0:
        return 1.0 - HIGH_CONFIDENCE
    width = max(np.log(swing.found.sd / swing.found.lower) / NormalDist().inv_cdf(LEVEL), 1e-6)
    sure = NormalDist().cdf(float(np.log(swing.size / least) / width))
    return min(max(sure, 1.0 - HIGH_CONFIDENCE), HIGH_CONFIDENCE)


def _honest(sure: float) -> float:
    """A probability drawn towards what came out on tuning seeds: .29 was right in 47 of 100, .98 in 94."""
    return 0.25 + 0.72 * sure


def _extent(swing: Swing) -> tuple[int, int | None]:
    """Points between which it swings: from the first side of the first crossing; None when it lasts to the end.

    It has ended when a third of the points after the last crossing is calm, and twice its longest half-wave.
    """
    residual = swing.found.residual
    outside = np.flatnonzero(np.abs(residual) > 0.5 * swing.found.sd)
    side = np.sign(residual[outside])
    turns = np.flatnonzero(side[1:] != side[:-1])
    first, last = int(outside[turns[0]]), int(outside[turns[-1] + 1])
    rest = len(residual) - 1 - last
    longest = int(np.diff(outside[turns]).max(initial=1))
    return first, last if rest > max(2 * longest, len(residual) // 3) else None


def _epochs_a_point(curve: Curve, points: Points) -> float | None:
    if curve.epochs is None or len(points.indices) < 2:
        return None
    return float(np.median(np.diff(curve.epochs[points.indices])))


def _period_epochs(curve: Curve, points: Points, swing: Swing) -> float | None:
    spacing = _epochs_a_point(curve, points)
    found = fisher_g(swing.found.residual[swing.found.first :])
    return None if spacing is None or found is None or found.p_value > 0.05 else found.period * spacing


def _evidence(curve: Curve, points: Points, swing: Swing, start: int, end: int | None) -> tuple[Evidence, ...]:
    sign = -1.0 if curve.role.direction == "max" else 1.0
    drawn = np.unique(np.linspace(0, len(points.indices) - 1, min(len(points.indices), 200)).astype(np.int64))
    steps = tuple(int(step) for step in curve.steps[points.indices[drawn]])
    trend = tuple(float(sign * value) for value in swing.found.trend[drawn])
    return (
        Interval(curve.key, int(curve.steps[start]), None if end is None else int(curve.steps[end]), "oscillates"),
        Overlay(curve.key, steps, trend, "course without the swing"),
    )
