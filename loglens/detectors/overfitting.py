"""The detector overfitting: validation that gets surely worse while training goes on getting better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._conflict import LOSSES, METRICS, opposition
from loglens.detectors._judged import TRAIN_SCORES, VALIDATION_SCORES, change_since, train_beside
from loglens.detectors._place import epoch_at, place
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.local_regression import LocalFit, local_regression
from loglens.statistics.rise import Rise, rise_p_value, steepest_rise
from loglens.statistics.turning_point import turning_point
from loglens.verdict import Fact, Interval, Marker, Overlay, Status, Verdict

FEWEST = 5
"""Evaluations after the main drop: a rise over four points is seen by chance too often to tell."""
DOUBTFUL = 6.0
"""Up to this many times `alpha` a rise is left open: of such curves on tuning runs a third were healthy."""


@dataclass(frozen=True, slots=True)
class Overfitting:
    """The validation curve gets worse, surely and by more than a little, while the train curve does not.

    Why it matters: from the onset on the model learns what is true of the training set only. Every epoch after it
    costs compute and makes the final checkpoint worse than an earlier one.

    What to do: keep the checkpoint of the onset (see the detector stopping) and stop there next time. If the score is
    not good enough: more data or stronger augmentation first, then weight decay or dropout, then a smaller model.
    In four kinds of reference training (medians of 30 seeds, docs/trainer.md) keeping that checkpoint took 18 to 47 %
    off the final loss and a weight decay of .01 16 to 50 %; dropout of .3 took 9 to 21 % off three and made one a
    third worse; half the width took off 9 % at most. Twice the data left the rise as it was, and made the kept
    checkpoint 1 to 11 % better.
    A validation loss that rises while a validation metric still improves is over-confidence rather than overfitting,
    and passes here: see metric-conflict.

    How it decides: of all stretches that reach to the end of the curve (after the main drop) it takes the one that
    rises most surely, and asks how often noise around a level would rise as surely in its surest stretch. That noise
    may remember: its autocorrelation is estimated with its uncertainty, and the chances are averaged over it. A
    finding needs that chance below `alpha` and a rise of the smoothed curve above `min_rise` of the progress, and
    for a loss above `min_relative` of its lowest level; deep from `deep_rise` on. The train curve must have learned
    and must not rise along: then it is an instability. The onset is the minimum of a local regression. A curve that
    comes back down is not judged by its hump (see late-recovery).

    Reference: Prechelt, Early Stopping - But When?, 1998, for the question; the test is a parametric bootstrap of
    the maximum over stretches, as in Davies, Biometrika 74, 1987.
    """

    name: ClassVar[str] = "overfitting"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES,)
    reads: ClassVar[tuple[Wanted, ...]] = (TRAIN_SCORES,)

    alpha: float = parameter(
        0.025,
        unit="probability",
        low=0.0001,
        high=0.5,
        source="4,000 tuning runs: 1 % false alarms where the noise remembers most (first-order, .8)",
    )
    min_rise: float = parameter(
        0.02,
        unit="share of progress",
        low=0.0,
        high=1.0,
        source="tuning runs; smaller rises cost less than the choice of a checkpoint",
    )
    min_relative: float = parameter(
        0.04,
        unit="share of the lowest level of a loss",
        low=0.0,
        high=1.0,
        source="the plain rule of a final loss 4 % above its minimum, which agrees with hand labels of long runs",
    )
    deep_rise: float = parameter(
        0.2,
        unit="share of progress",
        low=0.0,
        high=10.0,
        source="a fifth of all that was learned is lost again; a choice, not a measurement",
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._judge(inputs, curve) for curve in inputs.judged)

    def _judge(self, inputs: Inputs, curve: Curve) -> Verdict:
        prepared = inputs.prepared(curve)
        settled = prepared.settled
        tag = curve.label
        if len(settled) < FEWEST:
            return _undetermined(
                curve,
                f"{tag}: {len(prepared)} finite evaluations are too few to tell a rise from noise.",
                ("more evaluations",),
            )
        rise = steepest_rise(settled)
        fit = local_regression(prepared.points_x[prepared.transient :], settled)
        bottom = int(np.argmin(fit.fit))
        depth = _depth(fit, bottom) / prepared.progress
        chance = _chance(rise, len(settled), prepared)
        counts = self._counts(prepared, depth, float(fit.fit[bottom]))
        if chance >= self.alpha or depth < self.min_rise or not counts or bottom >= len(settled) - 2:
            return self._no_finding(curve, depth, chance, counts)
        onset = int(prepared.points_index[prepared.transient + turning_point(settled)])
        train = train_beside(inputs, curve)
        if train is None:
            return _undetermined(
                curve,
                f"{tag} gets worse from {place(curve, onset)} on, by {depth:.0%} of its progress; without a "
                f"train curve overfitting cannot be told from a training that breaks.",
                ("train loss",),
            )
        improving = _metric_that_improves(inputs, curve)
        if improving is not None:
            return Verdict(
                self.name,
                "pass",
                f"{tag} gets worse from {place(curve, onset)} on, but {improving.label} still improves: that is a "
                f"conflict of metrics, not overfitting; see metric-conflict.",
                confidence=0.9,
                tags=(curve.key, improving.key),
                details={"depth": depth, "gap": None},
            )
        change = change_since(inputs.prepared(train), float(curve.steps[onset]))
        learned = inputs.prepared(train).learned or (change is not None and change.share + 2 * change.error < 0)
        if not learned:
            return Verdict(
                self.name,
                "pass",
                f"{tag} gets worse from {place(curve, onset)} on, but {train.label} never learned: "
                f"there is nothing to overfit with.",
                confidence=0.9,
                tags=(curve.key, train.key),
                details={"depth": depth, "gap": None},
            )
        if change is not None and change.share - 2 * change.error > 0.25 * depth:
            return Verdict(
                self.name,
                "pass",
                f"{tag} gets worse from {place(curve, onset)} on, but {train.label} does, too: "
                f"that is an instability, not overfitting.",
                confidence=0.9,
                tags=(curve.key, train.key),
                details={"depth": depth, "gap": None},
            )
        return self._finding(inputs, curve, train, fit=fit, onset=onset, depth=depth, chance=chance)

    def _counts(self, prepared: Prepared, depth: float, lowest: float) -> bool:
        """Whether a rise is more than a few percent of the lowest loss: long quiet runs drift by that for certain."""
        if prepared.curve.role.quantity != "loss" or lowest <= 0:
            return True
        return depth * prepared.progress >= self.min_relative * lowest

    def _no_finding(self, curve: Curve, depth: float, chance: float, counts: bool) -> Verdict:
        tag = curve.label
        if self.alpha <= chance < DOUBTFUL * self.alpha and depth >= self.min_rise and counts:
            return _undetermined(
                curve,
                f"{tag} seems to rise at the end, by {depth:.0%} of its progress, but noise alone does so in "
                f"{chance:.0%} of curves like this one.",
                ("more evaluations",),
                value=depth,
                threshold=self.min_rise,
            )
        small = chance < self.alpha and depth >= self.min_rise and not counts
        return Verdict(
            self.name,
            "pass",
            f"{tag} rises at its end, but by less than {self.min_relative:.0%} of its lowest level."
            if small
            else f"{tag} does not surely get worse up to its end.",
            confidence=_confidence_pass(depth, self.min_rise, chance),
            tags=(curve.key,),
            value=depth,
            threshold=self.min_rise,
            unit="share of progress",
            details={"depth": depth, "gap": None},
        )

    def _finding(
        self, inputs: Inputs, curve: Curve, train: Curve, *, fit: LocalFit, onset: int, depth: float, chance: float
    ) -> Verdict:
        prepared = inputs.prepared(curve)
        status: Status = "fail" if depth >= self.deep_rise else "warn"
        tag, step = curve.label, int(curve.steps[onset])
        gap = _gap(prepared, inputs.prepared(train))
        start = prepared.transient
        return Verdict(
            self.name,
            status,
            f"{tag} gets worse from {place(curve, onset)} on and loses {depth:.0%} of its progress by the end, "
            f"while {train.label} does not.",
            confidence=_confidence_finding(chance),
            tags=(curve.key, train.key),
            advice=(
                f"Keep the checkpoint near {place(curve, onset)} and stop there next time. To get further, first add "
                "data or stronger augmentation, then weight decay or dropout, then a smaller model. If a validation "
                "metric still improves after that step, it is over-confidence: choose the stop by the metric instead."
            ),
            start_step=step,
            start_epoch=epoch_at(curve, onset),
            value=depth,
            threshold=self.min_rise,
            unit="share of progress",
            details={"depth": depth, "gap": gap, "chance": chance},
            evidence=(
                Marker(curve.key, step, "onset", float(curve.values[onset])),
                Interval(curve.key, step, None, "overfitting"),
                Overlay(
                    curve.key,
                    tuple(int(s) for s in curve.steps[prepared.points_index[start:]]),
                    tuple(prepared.logged(float(v)) for v in fit.fit),
                    "smoothed",
                ),
                Fact("rise", depth, "share of progress"),
                Fact("chance of such a rise in noise", chance, "probability"),
            ),
        )


def _metric_that_improves(inputs: Inputs, curve: Curve) -> Curve | None:
    """A validation metric that surely got better since the loss's lowest point, up to the end; None without one."""
    metrics = [other for other in inputs.judged if METRICS.matches(other)]
    if not metrics or not LOSSES.matches(curve):
        return None
    found = opposition(inputs, curve, metrics)
    opposed = found is not None and found.counts() and found.loss.share > 0 and found.lasts
    return found.metric if found is not None and opposed else None


def _chance(rise: Rise | None, points: int, prepared: Prepared) -> float:
    if rise is None or rise.height < 1.0:  # below one standard error: more than half of all flat curves have it
        return 1.0
    return rise_p_value(rise.height, points, prepared.memory)


def _depth(fit: LocalFit, bottom: int) -> float:
    last = max(2, min(len(fit.fit) // 8, 5))  # of a long rise that still goes on, more would see only a part
    return float(fit.fit[-last:].mean() - fit.fit[bottom])


def _gap(prepared: Prepared, train: Prepared) -> float | None:
    """Validation minus train level at the end, as a share of the progress; None for different quantities."""
    if prepared.curve.role.quantity != train.curve.role.quantity or len(train) == 0:
        return None
    last = max(2, len(prepared.points_y) // 8)
    train_last = max(2, len(train.points_y) // 8)
    return float(prepared.points_y[-last:].mean() - train.points_y[-train_last:].mean()) / prepared.progress


def _confidence_pass(depth: float, least: float, chance: float) -> float:
    """On tuning runs 99 % right below the least rise; above it 99, 91 and 68 % from chances of .6, .3 and .15 on."""
    if depth < least:
        return 0.99
    return 0.99 if chance >= 0.6 else 0.91 if chance >= 0.3 else 0.68


def _confidence_finding(chance: float) -> float:
    """On tuning runs: 99 % right at chances below .003, 97 % at .01, 91 % at .02, 87 % at .03."""
    return min(1.0 - 4.0 * chance, 0.99)


def _undetermined(
    curve: Curve,
    summary: str,
    missing: tuple[str, ...],
    value: float | None = None,
    threshold: float | None = None,
) -> Verdict:
    return Verdict(
        Overfitting.name,
        "undetermined",
        summary,
        tags=(curve.key,),
        missing=missing,
        value=value,
        threshold=threshold,
        unit="share of progress" if value is not None else "",
        details={"depth": value, "gap": None},
    )
