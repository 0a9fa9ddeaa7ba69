"""The detector below-chance: a classifier that does worse than guessing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._below_guessing import LAST, LEAST_Z, UNKNOWN_SAMPLES, Ending, ending
from loglens.detectors._broken import broken_by
from loglens.detectors._place import epoch_at, place
from loglens.runs.curve import Curve
from loglens.verdict import Fact, Marker, Verdict


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
    (two, where there is none), and any other stays undetermined. A run whose loss ends in NaN or Inf, or whose train
    loss ends far above its start, answers anything: it is not accused.

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
        LEAST_Z, unit="standard errors", low=1.0, high=10.0, source="one in 740 guessing models lies lower (normal law)"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._verdict(curve, inputs) for curve in inputs.judged)

    def _verdict(self, curve: Curve, inputs: Inputs) -> Verdict:
        tag = curve.label
        if np.count_nonzero(np.isfinite(curve.values)) < LAST:
            return Verdict(self.name, "not-applicable", f"{tag} has fewer than 3 finite points.", tags=(curve.key,))
        end = ending(curve, inputs)
        if end is None:
            return Verdict(self.name, "not-applicable", f"{tag} is no share of correct answers.", tags=(curve.key,))
        told = f"{tag} ends at {100 * end.mean:.3g} %"
        if end.classes is None or end.z is None:
            if end.mean >= 1.0 / end.fewest:
                return self._pass(curve, f"{told}, above guessing.", None)
            return self._open(curve, f"{told}; whether that is below guessing depends on the number of classes.")
        if not end.below(self.least_z):
            where = "above" if end.z > 0 else "not surely below"
            return self._pass(curve, f"{told}, {where} guessing (1 of {end.classes}).", end.z)
        broken = broken_by(inputs)
        if broken is not None:
            why = broken.instead_of(f"the end of {tag}")
            return Verdict(self.name, "not-applicable", why, tags=(curve.key,))
        if not end.agreed:
            why = (
                f"{told}, below guessing among the {end.classes} classes that the untrained loss "
                "looks like, but no loss beside it is as bad as guessing: the loss may be in other units."
            )
            return self._open(curve, why)
        return self._finding(curve, end, end.classes, end.z)

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

    def _finding(self, curve: Curve, end: Ending, classes: int, z: float) -> Verdict:
        size, samples = end.size, end.size or UNKNOWN_SAMPLES
        limit = 1.0 / classes - self.least_z * math.sqrt((1.0 - 1.0 / classes) / classes / samples)
        above = np.flatnonzero(end.shares >= limit)
        first = min(int(above[-1]) + 1 if len(above) else 0, len(end.shares) - LAST)
        start = int(end.finite[first])
        told = f"on {size} samples" if size else f"as if on {samples} samples, since the log does not tell how many"
        return Verdict(
            self.name,
            "warn",
            f"{curve.label} ends at {100 * end.mean:.3g} %, below guessing among {classes} classes "
            f"({100 / classes:.3g} %), from {place(curve, start)} on.",
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
