"""The detector late-recovery: a curve that got worse or stood still, and then came down below where it had been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._judged import VALIDATION_SCORES
from loglens.detectors._place import epoch_at, place
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.local_regression import LocalFit, local_regression
from loglens.verdict import Fact, Interval, Marker, Verdict

FEWEST = 8
NARROW = (0.18, 0.25, 0.35, 0.5)
"""Shares of points for the course: wider ones would flatten the hump that is asked for."""
SURE = 3.0
"""Standard errors: hump and drop are picked as the largest of many differences."""


@dataclass(frozen=True, slots=True)
class LateRecovery:
    """After a first minimum the curve got worse, or after a flat part it moved again, and it ended lower.

    Why it matters: judged at the hump it looked like overfitting, judged on the flat part like a plateau, and early
    stopping would have thrown the better end away. Both verdicts are withdrawn by what came after.

    What to do: nothing to repair. If early stopping is in use, its patience must be longer than the hump; the replay
    of the detector stopping says what each rule would have cost here.

    How it decides: on a local regression. A hump rises above the lowest point before it by more
    than `least` of the progress and three standard errors, and the curve later comes to lie lower than that point. A
    flat part is a quarter of the run with less than a fifth of `drop` of change, followed by a fall of more than
    `drop` of the progress and three standard errors. The second descent begins at the top of the hump, or at the end
    of the flat part.

    Reference: Nakkiran et al., Deep Double Descent, 2019 (double descent over epochs).
    """

    name: ClassVar[str] = "late-recovery"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES,)
    reads: ClassVar[tuple[Wanted, ...]] = ()

    least: float = parameter(
        0.03,
        unit="share of progress",
        low=0.0,
        high=1.0,
        source="half above the least rise of overfitting",
    )
    drop: float = parameter(
        0.1, unit="share of progress", low=0.0, high=1.0, source="a choice: a tenth of all that was learned"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._judge(inputs.prepared(curve), curve) for curve in inputs.judged)

    def _judge(self, prepared: Prepared, curve: Curve) -> Verdict:
        tag = curve.label
        if len(prepared.points_y) < FEWEST or not prepared.learned:
            why = "does not end surely below its start" if len(prepared.points_y) >= FEWEST else "has too few points"
            return Verdict(self.name, "not-applicable", f"{tag} {why}.", tags=(curve.key,), details={"gain": None})
        fit = local_regression(prepared.points_x, prepared.points_y, shares=NARROW)
        turn, kind = self._hump(fit, prepared), "hump"
        if turn is None:
            turn, kind = self._second_fall(fit, prepared), "flat part"
        if turn is None:
            return Verdict(
                self.name,
                "not-applicable",
                f"{tag} shows no hump and no flat part that it recovered from.",
                tags=(curve.key,),
                details={"gain": None},
            )
        first, gain = turn
        index = int(prepared.points_index[first])
        return Verdict(
            self.name,
            "pass",
            f"{tag} started a second descent at {place(curve, index)} after a {kind} and ended {gain:.1%} of its "
            f"progress lower than before it.",
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

    def _hump(self, local: LocalFit, prepared: Prepared) -> tuple[int, float] | None:
        """The index of the top of the largest hump that was recovered from, and the gain; None without one."""
        fit = local.fit
        lowest = np.minimum.accumulate(fit)
        final = np.minimum.accumulate(fit[::-1])[::-1]  # the lowest still to come
        height = np.where(final < lowest, fit - lowest, 0.0)
        top = int(np.argmax(height))
        valley = int(np.argmin(fit[: top + 1]))
        later = top + int(np.argmin(fit[top:]))
        needed = max(self.least * prepared.progress, SURE * _error(local, top, valley))
        if height[top] < needed or fit[top] - fit[later] < needed:
            return None
        return top, float(fit[valley] - fit[later]) / prepared.progress

    def _second_fall(self, local: LocalFit, prepared: Prepared) -> tuple[int, float] | None:
        """The end of a flat quarter that a fall follows, and that fall; None without one."""
        fit, n = local.fit, len(local.fit)
        width = max(n // 4, 4)
        ends = np.arange(width, n - 2)
        if len(ends) == 0:
            return None
        moved = _spans(fit, width)[ends - width]
        fall = fit[ends] - np.minimum.accumulate(fit[::-1])[::-1][ends]
        flat = (moved < 0.2 * self.drop * prepared.progress) & (fall > self.drop * prepared.progress)
        if not flat.any():
            return None
        end = int(ends[np.flatnonzero(flat)[-1]])
        bottom = end + int(np.argmin(fit[end:]))
        if fit[end] - fit[bottom] < SURE * _error(local, end, bottom):
            return None
        return end, float(fit[end] - fit[bottom]) / prepared.progress


def _spans(fit: Floats, width: int) -> Floats:
    """Highest minus lowest value over every stretch of `width` + 1 points, float64[n - width]."""
    windows = np.lib.stride_tricks.sliding_window_view(fit, width + 1)
    return np.asarray(windows.max(axis=1) - windows.min(axis=1))


def _error(local: LocalFit, one: int, other: int) -> float:
    weights = local.hat[one] - local.hat[other]
    return local.sd * float(np.sqrt(weights @ weights))
