"""The detector underfitting: training that came to rest near where it began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._course import course_of
from loglens.detectors._judged import RATE, TRAIN_LOSS, VALIDATION_SCORES, rate_beside, rate_drops
from loglens.detectors._place import epoch_at, place
from loglens.runs.curve import Curve
from loglens.verdict import Fact, Interval, Verdict

FEWEST = 6
LARGE_GAP = 0.1
"""Validation this share of the start above train: the model does learn the training set."""


@dataclass(frozen=True, slots=True)
class Underfitting:
    """The train loss is flat and still close to the loss of guessing: the model does not learn the training set.

    Why it matters: regularisation, more data and early stopping cannot help a model that does not fit what it sees.

    What to do: first let the model overfit ten examples. If it cannot, there is a bug between data, loss and
    optimiser. If it can: a larger model or fewer regularisers, a higher learning rate, longer warm-up.

    How it decides: the train loss is flat (as the detector plateau sees it) and has kept more than `kept` of the loss
    it started with, which for classification is the logarithm of the number of classes, and validation is no further
    away. A loss that fell below `learned` of its start is no underfitting that a log could show. Between the two, and
    for losses that are not positive, only a reference score would tell: undetermined.

    Reference: Karpathy, A Recipe for Training Neural Networks, 2019: loss at initialisation, overfit one batch.
    """

    name: ClassVar[str] = "underfitting"
    judges: ClassVar[tuple[Wanted, ...]] = (TRAIN_LOSS,)
    reads: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES, RATE)

    kept: float = parameter(
        0.8, unit="share of the initial loss", low=0.0, high=1.0, source="a choice: a fifth of guessing unlearned"
    )
    learned: float = parameter(
        0.5, unit="share of the initial loss", low=0.0, high=1.0, source="a choice: half of guessing unlearned"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._judge(inputs, curve) for curve in inputs.judged)

    def _judge(self, inputs: Inputs, curve: Curve) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        points = prepared.points_y
        if len(points) < FEWEST:
            return _open(curve, "not-applicable", f"{tag} has {len(prepared)} finite points, too few to call it flat.")
        late = float(points[-max(len(points) // 5, 2) :].mean())
        if prepared.initial <= 0 or late <= 0:
            return _open(
                curve,
                "undetermined",
                f"{tag} is not a positive loss, so its level says nothing without a reference.",
                ("a reference score",),
            )
        share = late / prepared.initial
        details = {"kept": share, "initial": prepared.logged(prepared.initial)}
        if share < self.learned:
            return Verdict(
                self.name,
                "pass",
                f"{tag} fell to {share:.0%} of its start: the training set is being learned.",
                confidence=0.95,
                tags=(curve.key,),
                value=share,
                threshold=self.kept,
                unit="share of the initial loss",
                details=details,
            )
        course = course_of(prepared, rate_drops(rate_beside(inputs)))
        if course.state == "improving":
            return Verdict(
                self.name,
                "pass",
                f"{tag} kept {share:.0%} of its start, but still improves: see slow-learning.",
                confidence=0.8,
                tags=(curve.key,),
                value=share,
                threshold=self.kept,
                unit="share of the initial loss",
                details=details,
            )
        gap = _gap(inputs, curve, late, prepared.initial)
        if share < self.kept or course.state != "plateau" or (gap is not None and gap > LARGE_GAP):
            return _open(
                curve,
                "undetermined",
                f"{tag} kept {share:.0%} of its start; whether more could be learned only a reference would tell.",
                ("a reference score",),
            )
        first = int(prepared.points_index[course.first])
        return Verdict(
            self.name,
            "warn",
            f"{tag} is flat at {share:.0%} of its start from {place(curve, first)} on at the latest: "
            f"the model does not learn the training set.",
            confidence=0.9 if share > 0.95 else 0.75,
            tags=(curve.key,),
            advice=(
                "Let the model overfit ten examples first: if it cannot, look for a bug between data, labels, loss and "
                "optimiser; if it can, try a higher learning rate, then a larger model."
            ),
            start_step=int(curve.steps[first]),
            start_epoch=epoch_at(curve, first),
            value=share,
            threshold=self.kept,
            unit="share of the initial loss",
            details=details,
            evidence=(
                Interval(curve.key, int(curve.steps[first]), None, "flat near its start"),
                Fact("initial loss", prepared.logged(prepared.initial), prepared.initial_from),
                Fact("late loss", late),
            ),
        )


def _gap(inputs: Inputs, curve: Curve, late: float, initial: float) -> float | None:
    pair = inputs.pair_of(curve)
    if pair is None or pair.role.quantity != "loss":
        return None
    values = inputs.prepared(pair).points_y
    return float(np.mean(values[-max(len(values) // 5, 2) :]) - late) / initial if len(values) else None


def _open(curve: Curve, status: str, summary: str, missing: tuple[str, ...] = ()) -> Verdict:
    return Verdict(
        Underfitting.name,
        "undetermined" if status == "undetermined" else "not-applicable",
        summary,
        tags=(curve.key,),
        missing=missing,
    )
