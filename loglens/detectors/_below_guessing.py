"""Where an accuracy ends beside guessing: how far below, and by what number of classes, logged or inferred."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.detector import Inputs
from loglens.detectors._broken import broken_by
from loglens.events.series import Floats, Ints
from loglens.runs.curve import Curve
from loglens.statistics.proportions import all_right, sample_size, z_against_guessing

LEAST_Z = 3.0
"""Standard errors below guessing: one in 740 guessing models lies lower (normal law)."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """How an accuracy ends: its `shares` float64[n] of right answers at the positions `finite` int64[n] of its values.

    `mean` is that of the last evaluations. `classes` is None where neither the log nor an untrained loss tells it;
    there are at least `fewest`. `size` is the number of evaluation samples, None where the grain of the accuracies
    does not tell it, or was not asked. `z` is how many standard errors the mean lies above guessing, None without
    classes. `agreed`: the classes are those of the log's settings, or a loss of the same phase ends as badly as
    guessing among them.
    """

    finite: Ints
    shares: Floats
    mean: float
    classes: int | None
    fewest: float
    size: int | None
    z: float | None
    agreed: bool

    def below(self, least_z: float) -> bool:
        """Whether it ends by at least so many standard errors below guessing."""
        return self.z is not None and self.z < -least_z


def ending(curve: Curve, inputs: Inputs) -> Ending | None:
    """The ending of an accuracy; None where it is no share of right answers, or has fewer than three finite points."""
    finite = np.flatnonzero(np.isfinite(curve.values))
    if len(finite) < LAST:
        return None
    values = curve.values[finite]
    shares = values / all_right(values)
    if float(shares.min()) < 0.0 or float(shares.max()) > 1.0:
        return None
    mean = float(shares[-LAST:].mean())
    untrained = _untrained_loss(inputs)
    classes = inputs.classes or _classes_of(untrained)
    if classes is None:
        fewest = 2.0 if untrained is None else max(2.0, math.exp(min(untrained, MOST_NATS) / HIGH_START))
        return Ending(finite, shares, mean, None, fewest, None, None, False)
    size = sample_size(shares) if mean < 1.0 / classes else None  # dear, and of no use above guessing
    z = z_against_guessing(shares[-LAST:], classes, size or UNKNOWN_SAMPLES)
    agreed = inputs.classes is not None or (z < 0.0 and _loss_agrees(inputs, curve, classes))
    return Ending(finite, shares, mean, classes, classes, size, z, agreed)


def turned_around(inputs: Inputs, curve: Curve) -> str | None:
    """What says in a sentence on `curve` that an accuracy of its phase surely ends below guessing; None without one.

    Labels or outputs are turned around then: what the curves of that phase do says nothing of the model. A training
    that has broken answers anything.
    """
    if broken_by(inputs) is not None:
        return None
    phase = _phase(curve)
    for one in inputs.curves:
        if one.role.quantity == "accuracy" and one.role.direction == "max" and _phase(one) == phase:
            found = ending(one, inputs)
            if found is not None and found.agreed and found.below(LEAST_Z):
                return f"{'it' if one.key == curve.key else one.label} ends below guessing"
    return None


def _phase(curve: Curve) -> str:
    return "validation" if curve.role.phase == "test" else curve.role.phase


def _untrained_loss(inputs: Inputs) -> float | None:
    """The first value of a train loss that is logged from the first tenth of an epoch on; None without one."""
    for curve in sorted(_losses(inputs), key=lambda c: (c.role.phase != "train", c.key)):
        if curve.epochs is None or len(curve.epochs) < 2:
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
    losses = [c for c in _losses(inputs) if c.role.phase == _phase(curve)]
    ends = [float(np.median(c.values[-LAST:])) for c in losses if len(c.values) >= LAST]
    return any(end >= AS_BAD * math.log(classes) for end in ends)


def _losses(inputs: Inputs) -> list[Curve]:
    return [c for c in inputs.curves if c.role.quantity == "loss"]


def _classes_of(untrained: float | None) -> int | None:
    """The number of classes whose loss of guessing, ln C, the untrained loss is; None when it is near none."""
    if untrained is None or not math.log(1.5) < untrained < math.log(MOST_CLASSES + 0.5):
        return None
    classes = round(math.exp(untrained))
    return classes if abs(untrained - math.log(classes)) < LN_CLASSES_SHARE * math.log(classes) else None
