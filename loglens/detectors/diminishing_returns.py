"""The detector diminishing-returns: the step from which training no longer earned its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._judged import VALIDATION_SCORES
from loglens.detectors._place import epoch_at, place
from loglens.runs.curve import Curve
from loglens.statistics.local_regression import local_regression
from loglens.verdict import Fact, Interval, Verdict

FEWEST = 6
SURE = 1.645
WORTH_TELLING = 0.05
"""Of the run's time: stopping a twentieth earlier is not worth a verdict."""


@dataclass(frozen=True, slots=True)
class DiminishingReturns:
    """From some step on, no later checkpoint gained enough for the hours that it took, at the price that you name.

    Why it matters: the last percents of a run often cost most of it. What an hour is worth only you know; with that
    price the log says where the run stopped earning it.

    What to do: set `price` in the config: how much of this curve's value (loss, accuracy) an hour of training must
    bring. Stop runs like this one near the step that is named, or spend the hours on another seed.

    How it decides: on a local regression of the curve over the wall time. The step is the first from which no later
    one is reached at a gain per hour above the price, with the gain taken at its upper 95 % bound. Without a price,
    or without wall times that pass, it does not apply.

    Reference: facts of each run only; no threshold of ours is involved.
    """

    name: ClassVar[str] = "diminishing-returns"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES,)
    reads: ClassVar[tuple[Wanted, ...]] = ()

    price: float = parameter(
        0.0, unit="value of the curve per hour of training", low=0.0, high=1e12, source="the user; 0 names no price"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._judge(inputs, curve) for curve in inputs.judged)

    def _judge(self, inputs: Inputs, curve: Curve) -> Verdict:
        tag = curve.label
        prepared = inputs.prepared(curve)
        if self.price <= 0:
            return _not_applicable(curve, f"No price was given for an hour of training, so {tag} is not judged by it.")
        hours = (curve.wall_times[prepared.points_index] - curve.wall_times[0]) / 3600.0
        if len(hours) < FEWEST or not np.all(np.diff(hours) > 0):
            return _not_applicable(curve, f"{tag} has too few points, or its wall times do not pass.")
        local = local_regression(hours, prepared.points_y)
        n = len(hours)
        weights = local.hat[:, None, :] - local.hat[None, :, :]
        error = local.sd * np.sqrt(np.einsum("ijk,ijk->ij", weights, weights))
        gain = local.fit[:, None] - local.fit[None, :] + SURE * error  # of going on from i to j
        later = np.triu(np.ones((n, n), dtype=bool), 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            earned = np.where(later, gain / (hours[None, :] - hours[:, None]), -np.inf).max(axis=1)
        enough = int(np.argmax(earned < self.price))  # the last point earns -inf, so there always is one
        index = int(prepared.points_index[enough])
        remaining = max(float(local.fit[enough] - local.fit[enough:].min()), 0.0)
        wasted = float(hours[-1] - hours[enough])
        details = {"remaining_gain": remaining, "price": self.price, "hours_after": wasted}
        if wasted < WORTH_TELLING * hours[-1]:
            return Verdict(
                self.name,
                "pass",
                f"{tag} earned its price up to the end.",
                confidence=0.9,
                tags=(curve.key,),
                value=remaining,
                threshold=self.price,
                unit="value per hour",
                details=details,
            )
        return Verdict(
            self.name,
            "warn",
            f"{tag} earned less than {self.price:g} an hour from {place(curve, index)} on: {wasted:.2g} hours brought "
            f"{remaining:.3g}.",
            confidence=0.9,
            tags=(curve.key,),
            advice=f"Stop runs like this one near {place(curve, index)}, or spend the hours on another seed.",
            start_step=int(curve.steps[index]),
            start_epoch=epoch_at(curve, index),
            value=remaining,
            threshold=self.price,
            unit="value per hour",
            details=details,
            evidence=(
                Interval(curve.key, int(curve.steps[index]), None, "below its price"),
                Fact("hours after", wasted, "hours"),
                Fact("gain after", remaining),
            ),
        )


def _not_applicable(curve: Curve, summary: str) -> Verdict:
    return Verdict(
        DiminishingReturns.name,
        "not-applicable",
        summary,
        tags=(curve.key,),
        missing=("a price",),
        details={"remaining_gain": None, "price": None},
    )
