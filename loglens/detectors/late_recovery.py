"""The detector late-recovery: a curve that got worse or stood still, and then came down below where it had been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._causes import causes_of
from loglens.detectors._judged import VALIDATION_SCORES
from loglens.detectors._place import epoch_at, place
from loglens.detectors._rate import RATE, rate_beside, rate_drops
from loglens.digits import percent
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.local_regression import local_regression
from loglens.verdict import Fact, Interval, Marker, Verdict

FEWEST = 10
"""Points: fewer leave no room for a fall, a hump and another fall; a choice."""
NARROW = (0.18, 0.25, 0.35, 0.5)
"""Shares of points for the course: wider ones would flatten the hump that is asked for."""
SURE = 4.0
"""Standard errors: hump and drop are picked as the largest of many differences."""
WINDOW = 0.2
"""Of the run: the stretch of a shoulder and that of the fall after it."""
FASTER = 1.5
"""Times what fell over the shoulder: courses that only flatten never fall faster later, slow starts not before."""
FIRST = 0.1
"""Of the progress: what a first descent has made, or it is a slow start that ends."""
ALIKE = 0.5
"""Of the hump: another one so high makes it a swing."""


@dataclass(frozen=True, slots=True)
class LateRecovery:
    """After a first minimum the curve got worse, or after a flat part it moved again, and it ended lower.

    Why it matters: judged at the hump it looked like overfitting, judged on the flat part like a plateau, and early
    stopping would have thrown the better end away. Both verdicts are withdrawn by what came after.

    What to do: nothing to repair. If early stopping is in use, its patience must be longer than the hump; the replay
    of the detector stopping says what each rule would have cost here.

    How it decides: on a local regression of the curve, apart from single peaks and what a cyclic rate moves it by. A
    hump rises above the lowest point before it by more than `least` of the progress, and the curve later comes to lie
    lower than that point by as much; a second hump half as high makes it a swing instead. A shoulder is a fifth of the
    run before and after which the curve falls one and a half times as fast, and after it by more than `drop` of the
    progress. Both come after a first descent by a tenth of the progress, and are larger than four standard errors. The
    second descent begins at the top of the hump, or at the end of the shoulder; where a logged rate was dropped there,
    that is said.

    Reference: Nakkiran et al., Deep Double Descent, 2019 (double descent over epochs).
    """

    name: ClassVar[str] = "late-recovery"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES,)
    reads: ClassVar[tuple[Wanted, ...]] = (RATE,)

    least: float = parameter(
        0.03,
        unit="share of progress",
        low=0.0,
        high=1.0,
        source="a choice: three times the least rise of overfitting",
    )
    drop: float = parameter(
        0.08, unit="share of progress", low=0.0, high=1.0, source="a choice: about a tenth of all that was learned"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        rate = rate_beside(inputs)
        return tuple(self._judge(inputs.prepared(curve), curve, rate) for curve in inputs.judged)

    def _judge(self, prepared: Prepared, curve: Curve, rate: Curve | None) -> Verdict:
        tag = curve.label
        if len(prepared.points_y) < FEWEST or not prepared.learned:
            why = "does not end surely below its start" if len(prepared.points_y) >= FEWEST else "has too few points"
            return self._none(curve, f"{tag} {why}.")
        course = _course(prepared, rate)
        turn, kind = self._hump(course), "hump"
        if turn is None:
            turn, kind = self._shoulder(course), "flat part"
        if turn is None:
            return self._none(curve, f"{tag} shows no hump and no flat part that it recovered from.")
        first, gain = turn
        index = int(prepared.points_index[first])
        dropped = " when the learning rate was dropped" if _dropped_at(prepared, first, rate) else ""
        return Verdict(
            self.name,
            "pass",
            f"{tag} started a second descent at {place(curve, index)}{dropped}, after a {kind}, and ended "
            f"{percent(gain)} of its progress lower than before it.",
            confidence=0.9,
            tags=(curve.key,),
            advice="Early stopping needs a patience longer than this; see the replay of stopping for its cost.",
            start_step=int(curve.steps[index]),
            start_epoch=epoch_at(curve, index),
            value=gain,
            threshold=self.least,
            unit="share of progress",
            details={"gain": gain, "after": kind},
            evidence=(
                Marker(curve.key, int(curve.steps[index]), "second descent"),
                Interval(curve.key, int(curve.steps[index]), None, "recovery"),
                Fact("gain of the second descent", gain, "share of progress"),
            ),
        )

    def _none(self, curve: Curve, why: str) -> Verdict:
        return Verdict(self.name, "not-applicable", why, tags=(curve.key,), details={"gain": None})

    def _hump(self, course: _Course) -> tuple[int, float] | None:
        """The index of the top of the one hump that was recovered from, and the gain; None without one."""
        fit = course.fit
        lowest = np.minimum.accumulate(fit)
        final = np.minimum.accumulate(fit[::-1])[::-1]  # the lowest still to come
        height = np.where(final < lowest, fit - lowest, 0.0)
        top = int(np.argmax(height))
        if height[top] < self.least:
            return None
        valley = int(np.argmin(fit[: top + 1]))
        later = top + int(np.argmin(fit[top:]))
        needed = max(self.least, SURE * course.error(top, valley))
        if height[top] < needed or fit[top] - fit[later] < needed or course.start - fit[valley] < FIRST:
            return None
        again = fit[later:] - np.minimum.accumulate(fit[later:])
        before = fit[: valley + 1] - np.minimum.accumulate(fit[: valley + 1])
        if max(float(again.max()), float(before.max())) > ALIKE * height[top]:
            return None
        gain = float(fit[valley] - fit[later])
        return (top, gain) if gain >= self.least else None

    def _shoulder(self, course: _Course) -> tuple[int, float] | None:
        """The end of a flat stretch that a fall follows, and that fall; None without one."""
        fit, n = course.fit, len(course.fit)
        width = max(round(WINDOW * n), 3)
        ends = np.arange(width, n - width)
        if len(ends) == 0:
            return None
        before, after = np.maximum(fit[ends - width] - fit[ends], 0.0), fit[ends] - fit[ends + width]
        first = (course.start - fit[ends - width]) * width / np.maximum(ends - width, 1)  # in as many points
        slowed = (course.start - fit[ends] >= FIRST) & (first > FASTER * before)
        faster = np.where(slowed, after - FASTER * before, 0.0)
        end = int(ends[np.argmax(faster)])
        fall = float(fit[end] - fit[end + width])
        if fall < self.drop:
            return None
        weights = course.hat[end] * (1.0 + FASTER) - FASTER * course.hat[end - width] - course.hat[end + width]
        if faster.max() < SURE * course.sd * float(np.sqrt(weights @ weights)):
            return None
        return end, float(fit[end] - fit[end:].min())


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """The smooth course of a curve in shares of its progress, its hat matrix, its noise, and where it started."""

    fit: Floats
    hat: Floats
    sd: float
    start: float

    def error(self, one: int, other: int) -> float:
        weights = self.hat[one] - self.hat[other]
        return self.sd * float(np.sqrt(weights @ weights))


def _course(prepared: Prepared, rate: Curve | None) -> _Course:
    causes = causes_of(prepared, rate)
    local = local_regression(prepared.points_x, causes.own, shares=NARROW)
    phi = max(prepared.memory.mean, 0.0)
    sd = causes.noise_sd * float(np.sqrt((1.0 + phi) / (1.0 - phi)))
    progress = prepared.progress
    return _Course(local.fit / progress, local.hat, sd / progress, prepared.initial / progress)


def _dropped_at(prepared: Prepared, index: int, rate: Curve | None) -> bool:
    """Whether a logged rate was dropped within a tenth of the run of that point."""
    at, near = prepared.points_x[index], 0.1 * (prepared.points_x[-1] - prepared.points_x[0])
    return bool((np.abs(rate_drops(rate) - at) <= near).any())
