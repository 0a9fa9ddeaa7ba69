"""The detector diminishing-returns: the step from which training no longer earned its price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._course import SURE, cautious_memory
from loglens.detectors._judged import VALIDATION_SCORES
from loglens.detectors._place import epoch_at, place
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.courses import Fits, candidates, design, fit_courses
from loglens.statistics.mixture import Mixture
from loglens.verdict import Fact, Interval, Verdict

FEWEST = 6
"""Points: of fewer, a level and two falls leave hardly any noise to tell their errors by."""
AHEAD = 0.1
"""Of the run: over less the noise of a gain is larger than most gains."""
PACES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""E-folds over the run of the exponential falls that are tried beside a straight one."""
COURSES = candidates(7, [(), *((i,) for i in range(7)), *combinations(range(7), 2)])
WORTH_TELLING = 0.05
"""Of the run's time: stopping a twentieth earlier is not worth a verdict."""


@dataclass(frozen=True, slots=True)
class DiminishingReturns:
    """From some step on, no later checkpoint gained enough for the hours that it took, at the price that you name.

    Why it matters: the last percents of a run often cost most of it. What an hour is worth only you know; with that
    price the log says where the run stopped earning it.

    What to do: set `price` in the config: how much of this curve's value (loss, accuracy) an hour of training must
    bring. Stop runs like this one near the step that is named, or spend the hours on another seed.

    How it decides: falls that flatten sooner or later, alone and two together, are fitted to the curve over its wall
    time, with its noise and its memory, and averaged by their likelihood. The step is the first from which neither a
    tenth of the run nor all of the rest brings a gain per hour above the price, with the gain taken at its upper 95 %
    bound; one in the last twentieth of the run's time is not worth a warning. Without a price, or without wall times
    that pass, it does not apply.

    Reference: Hoeting et al., Bayesian Model Averaging: A Tutorial, Statistical Science 14, 1999, for the average.
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
        course = _course(hours, prepared)
        enough = next(i for i in range(len(hours)) if course.earns(i) < self.price)  # the last point earns nothing
        index = int(prepared.points_index[enough])
        remaining = max(course.gain(enough, len(hours) - 1).mean, 0.0)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """The course of a curve over its `hours` float64[n], asked what going on from one point to another brought."""

    hours: Floats
    falls: Floats
    fits: Fits

    def gain(self, one: int, other: int) -> Mixture:
        return self.fits.of(COURSES.of(self.falls[one] - self.falls[other]))

    def earns(self, point: int) -> float:
        """The most an hour after that point may have brought, by the upper bound of the gain; nothing for the last."""
        last = len(self.hours) - 1
        later = {min(point + max(1, round(AHEAD * (last + 1))), last), last} - {point}
        gains = {other: self.gain(point, other) for other in later}
        paces = ((g.mean + SURE * g.error) / float(self.hours[o] - self.hours[point]) for o, g in gains.items())
        return max(paces, default=-math.inf)


def _course(hours: Floats, prepared: Prepared) -> _Course:
    phi = cautious_memory(prepared)
    u = (hours - hours[0]) / (hours[-1] - hours[0])
    falls = np.stack([-u, *(np.exp(-pace * u) for pace in PACES)], axis=1)
    return _Course(hours, falls, fit_courses(design(falls, COURSES, phi=phi), prepared.points_y, prepared.noise_sd))


def _not_applicable(curve: Curve, summary: str) -> Verdict:
    return Verdict(
        DiminishingReturns.name,
        "not-applicable",
        summary,
        tags=(curve.key,),
        missing=("a price",),
        details={"remaining_gain": None, "price": None},
    )
