"""The detector below-chance: a classifier that does worse than guessing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._place import epoch_at, place
from loglens.events.series import Floats, Ints
from loglens.runs.curve import Curve
from loglens.statistics.proportions import all_right, sample_size, z_against_guessing
from loglens.verdict import Fact, Marker, Verdict

LAST = 3
"""Evaluations whose mean is judged: one alone may be a slip."""
UNKNOWN_SAMPLES = 100
"""Samples assumed where the grain of the accuracies does not tell: few, so that only gross cases are findings."""
LN_CLASSES_SHARE = 0.01
"""An untrained loss within 1 % of ln C tells C; between 12 and 13 classes there are 3 %."""
MOST_CLASSES = 12
"""Beyond this the logarithms of neighbouring class numbers lie closer than an untrained loss can tell."""
MOST_NATS = 15.0
"""A loss above that of guessing among three million classes is no cross-entropy per sample."""
AS_BAD = 0.95
"""Of the loss of guessing: answers below chance cost no less, but for the noise of an evaluation."""
HIGH_START = 1.5
"""An untrained loss is seldom more than this times ln C, nor below it: so it bounds C where it does not tell it."""


@dataclass(frozen=True, slots=True)
class BelowChance:
    """An accuracy that ends below what guessing among the classes would give.

    Why it matters: a model that has learnt nothing guesses; to do surely worse, something must be turned around:
    labels shifted or permuted between training and evaluation, a sign in the loss, logits and classes in another
    order, or an evaluation that feeds the wrong inputs. More training makes it worse.

    What to do: compare labels and predictions of ten evaluation samples by eye; evaluate on training data with the
    evaluation's code; check the class order of both data sets.

    How it decides: the mean of the last three accuracies against one over the number of classes, as a z value with
    the error of one evaluation; a finding below -`least_z`. The number of evaluation samples is read off the grain
    of the accuracies. The number of classes comes from the log's settings or from an untrained loss near ln C (then a
    loss of the same phase must have ended no better than that, too: losses have other units at times); when
    neither tells it, an accuracy passes that is above guessing among the fewest classes the untrained loss allows
    (two, where there is none), and any other stays undetermined.

    Reference: the normal approximation of the binomial law; ln C as the loss of guessing is the entropy of a
    uniform law.
    """

    name: ClassVar[str] = "below-chance"
    judges: ClassVar[tuple[Wanted, ...]] = (
        Wanted(("validation", "test", "train", "none"), ("accuracy",), directed=True),
    )
    reads: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss",)),)
    absolute_losses: ClassVar[bool] = True  # ln C is a level in nats: a loss in other units tells nothing of C

    least_z: float = parameter(
        3.0, unit="standard errors", low=1.0, high=10.0, source="one in 740 guessing models lies lower (normal law)"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._verdict(curve, inputs) for curve in inputs.judged)

    def _verdict(self, curve: Curve, inputs: Inputs) -> Verdict:
        tag = curve.label
        finite = np.flatnonzero(np.isfinite(curve.values))
        if len(finite) < LAST:
            return Verdict(self.name, "not-applicable", f"{tag} has fewer than 3 finite points.", tags=(curve.key,))
        values = curve.values[finite]
        shares = values / all_right(values)
        if float(shares.min()) < 0.0 or float(shares.max()) > 1.0:
            return Verdict(self.name, "not-applicable", f"{tag} is no share of correct answers.", tags=(curve.key,))
        last = shares[-LAST:]
        mean = float(last.mean())
        untrained = _untrained_loss(inputs)
        classes = inputs.classes or _classes_of(untrained)
        if classes is None:
            fewest = 2.0 if untrained is None else max(2.0, math.exp(min(untrained, MOST_NATS) / HIGH_START))
            if mean >= 1.0 / fewest:
                return self._pass(curve, f"{tag} ends at {100 * mean:.3g} %, above guessing.", None)
            why = f"{tag} ends at {100 * mean:.3g} %; whether that is below guessing depends on the number of classes."
            return self._open(curve, why)
        size = sample_size(shares) if mean < 1.0 / classes else None  # dear, and of no use above guessing
        z = z_against_guessing(last, classes, size or UNKNOWN_SAMPLES)
        if z >= -self.least_z:
            where = "above" if z > 0 else "not surely below"
            return self._pass(curve, f"{tag} ends at {100 * mean:.3g} %, {where} guessing (1 of {classes}).", z)
        if inputs.classes is None and not _loss_agrees(inputs, curve, classes):
            why = (
                f"{tag} ends at {100 * mean:.3g} %, below guessing among the {classes} classes that the untrained loss "
                "looks like, but no loss beside it is as bad as guessing: the loss may be in other units."
            )
            return self._open(curve, why)
        return self._finding(curve, finite, shares, classes, size)

    def _open(self, curve: Curve, why: str) -> Verdict:
        return Verdict(
            self.name,
            "undetermined",
            why,
            tags=(curve.key,),
            advice="Log the number of classes as a hyper-parameter (num_classes), or set it in the config.",
            missing=("num_classes",),
        )

    def _pass(self, curve: Curve, summary: str, z: float | None) -> Verdict:
        sure = 0.99 if z is None else NormalDist().cdf(z + self.least_z)
        return Verdict(
            self.name,
            "pass",
            summary,
            confidence=min(max(sure, 0.5), 0.99),
            tags=(curve.key,),
            value=z,
            threshold=None if z is None else -self.least_z,
            unit="standard errors",
            details={"z": z},
        )

    def _finding(self, curve: Curve, finite: Ints, shares: Floats, classes: int, size: int | None) -> Verdict:
        samples = size or UNKNOWN_SAMPLES
        z = z_against_guessing(shares[-LAST:], classes, samples)
        limit = 1.0 / classes - self.least_z * math.sqrt((1.0 - 1.0 / classes) / classes / samples)
        below = shares < limit
        above = np.flatnonzero(~below)
        first = min(int(above[-1]) + 1 if len(above) else 0, len(shares) - LAST)
        start = int(finite[first])
        told = f"on {size} samples" if size else f"as if on {samples} samples, since the log does not tell how many"
        mean = 100 * float(shares[-LAST:].mean())
        return Verdict(
            self.name,
            "warn",
            f"{curve.label} ends at {mean:.3g} %, below guessing among {classes} classes ({100 / classes:.3g} %), "
            f"from {place(curve, start)} on.",
            confidence=min(max(NormalDist().cdf(-z - self.least_z + 1.0), 0.6), 0.99),
            tags=(curve.key,),
            advice=(
                "Something is turned around rather than badly learnt: compare labels and predictions of ten samples by "
                "eye, and run the evaluation's code on training data. If that scores well, the evaluation's labels or "
                "class order differ from the training's; if not, look at the sign of the loss."
            ),
            start_step=int(curve.steps[start]),
            start_epoch=epoch_at(curve, start),
            value=z,
            threshold=-self.least_z,
            unit="standard errors",
            details={"z": z, "classes": classes, "samples": size},
            evidence=(
                Marker(curve.key, int(curve.steps[start]), "below guessing from here", float(curve.values[start])),
                Fact("standard errors below guessing", round(-z, 2), told),
            ),
        )


def _untrained_loss(inputs: Inputs) -> float | None:
    """The first value of a train loss that is logged from the first tenth of an epoch on; None without one."""
    for curve in sorted(inputs.context, key=lambda c: (c.role.phase != "train", c.key)):
        if curve.role.quantity != "loss" or curve.epochs is None or len(curve.epochs) < 2:
            continue
        spacing = float(curve.epochs[1] - curve.epochs[0])
        if spacing <= 0.1 and math.isfinite(float(curve.values[0])):
            return float(curve.values[0])
    return None


def _loss_agrees(inputs: Inputs, curve: Curve, classes: int) -> bool:
    """Whether a loss of the same phase ends no better than guessing among so many classes.

    Answers that are worse than guessing cost at least as much. A loss that is summed over outputs, weighted or focal
    begins near the logarithm of some other number, and comes down from there while the accuracy rises.
    """
    phase = "validation" if curve.role.phase == "test" else curve.role.phase
    losses = [c for c in inputs.context if c.role.quantity == "loss" and c.role.phase == phase]
    ends = [float(np.median(c.values[-LAST:])) for c in losses if len(c.values) >= LAST]
    return any(end >= AS_BAD * math.log(classes) for end in ends)


def _classes_of(untrained: float | None) -> int | None:
    """The number of classes whose loss of guessing, ln C, the untrained loss is; None when it is near none."""
    if untrained is None or not math.log(1.5) < untrained < math.log(MOST_CLASSES + 0.5):
        return None
    classes = round(math.exp(untrained))
    return classes if abs(untrained - math.log(classes)) < LN_CLASSES_SHARE * math.log(classes) else None
