"""The detector slow-learning: a run that still gained much at its end while nothing was about to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._course import SURE, course_of
from loglens.detectors._judged import RATE, TRAIN_LOSS, VALIDATION_SCORES, rate_beside, validation_first
from loglens.detectors._place import epoch_at, place
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.trend import theil_sen
from loglens.verdict import Fact, Interval, Verdict

FEWEST = 30
"""Points: on fewer every young run looks slow (judged at each evaluation, half of all healthy runs were)."""
FIFTH = 5
STEADY_RATE = 0.5
"""A rate that stayed above this share of its highest was not moved."""
SUDDEN = 0.35
"""More than this of all progress in a fifth of the run is a sudden drop, not a slow course."""


@dataclass(frozen=True, slots=True)
class SlowLearning:
    """The last fifth of the run still holds a large share of all that it learned, at a rate that was not coming down.

    Why it matters: either the run was stopped long before it was done, or every step of it was too small. A fair
    comparison with other runs is not possible: this one would look better with more time.

    What to do: try three times the learning rate for a tenth of the run. If the loss falls faster and stays calm, the
    rate was too low; if it swings or diverges, the rate was right and the run is too short.

    How it decides: on the logarithm of a loss, where steady learning is a straight line and a tail does not shrink
    by itself. A finding needs a surely improving last quarter, the lower 95 % bound of the gain of the last fifth
    above `late_share` of all progress (the fifth before half of it, and no sudden drop), and a learning rate that was
    logged and steady over the last half. With a moving rate the schedule had plans of its own: that passes.
    Without a logged rate it stays undetermined.

    Reference: the share in the last fifth separates learning rates that are too low in sweeps; see docs/accuracy.md.
    """

    name: ClassVar[str] = "slow-learning"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES, TRAIN_LOSS)
    reads: ClassVar[tuple[Wanted, ...]] = (RATE,)

    late_share: float = parameter(
        0.1, unit="share of progress", low=0.0, high=1.0, source="tuning runs; converging courses hold below 5 %"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._judge(inputs, curve) for curve in validation_first(inputs))

    def _judge(self, inputs: Inputs, curve: Curve) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared.points_y) < FEWEST:
            return Verdict(
                self.name,
                "not-applicable",
                f"{tag} has {len(prepared)} finite points; the pace at the end takes {FEWEST}.",
                tags=(curve.key,),
            )
        rate = rate_beside(inputs)
        course = course_of(prepared, rate)
        low, share, before = _late_share(prepared)
        steady = self.late_share < low and self.late_share / 2 < before and share < SUDDEN
        first = len(prepared.points_y) - len(prepared.points_y) // FIFTH
        start = int(prepared.points_index[first])
        facts = (Fact("share of the progress in the last fifth", share), Fact("its lower bound", low))
        details = {"late_share": share, "late_share_low": low}
        if not prepared.learned or course.state != "improving" or not steady:
            return Verdict(
                self.name,
                "pass",
                f"{tag} did not go on gaining a large share of its progress to the end.",
                confidence=0.95,
                tags=(curve.key,),
                value=share,
                threshold=self.late_share,
                unit="share of progress",
                details=details,
            )
        said = f"{tag} made {share:.0%} of its progress in the last fifth of the run, since {place(curve, start)}"
        if rate is None:
            return Verdict(
                self.name,
                "undetermined",
                f"{said}; without the learning rate a schedule cannot be told from slow steps.",
                tags=(curve.key,),
                missing=("learning rate",),
                details=details,
                evidence=facts,
            )
        if _scheduled(rate):
            return Verdict(
                self.name,
                "pass",
                f"{said}, while the learning rate was moved: the schedule may have done that.",
                confidence=0.9,
                tags=(curve.key,),
                value=share,
                threshold=self.late_share,
                unit="share of progress",
                details=details,
                evidence=facts,
            )
        return Verdict(
            self.name,
            "warn",
            f"{said}, at a learning rate that was not coming down: it is too low, or the run too short.",
            confidence=0.8,
            tags=(curve.key,),
            advice=(
                "Try three times the learning rate for a tenth of the run: faster and calm means it was too low, "
                "swings mean it was right and the run needs more steps."
            ),
            start_step=int(curve.steps[start]),
            start_epoch=epoch_at(curve, start),
            value=share,
            threshold=self.late_share,
            unit="share of progress",
            details=details,
            evidence=(Interval(curve.key, int(curve.steps[start]), None, "still learning fast"), *facts),
        )


def _late_share(prepared: Prepared) -> tuple[float, float, float]:
    """The shares of the whole gain that the last two fifths made, of a loss on its logarithm.

    The lower bound of the last fifth's share, that share, and the share of the fifth before.
    """
    y, initial = prepared.points_y, prepared.initial
    logarithmic = prepared.curve.role.quantity == "loss" and float(y.min()) > 0 and initial > 0
    values = np.log(y) if logarithmic else y
    start = float(np.log(initial)) if logarithmic else initial
    m = max(len(values) // FIFTH, 4)
    sd = prepared.noise_sd / (abs(float(np.median(y[-m:]))) if logarithmic else 1.0)
    memory = max(prepared.memory.mean, 0.0)
    last, before = theil_sen(values[-m:], sd, memory), theil_sen(values[-2 * m : -m], sd, memory)
    total = start - float(np.median(values[-m:])) - last.change / 2
    if total <= 0:
        return 0.0, 0.0, 0.0
    return (-last.change - SURE * last.change_error) / total, -last.change / total, -before.change / total


def _scheduled(rate: Curve) -> bool:
    """Whether a logged rate was moved in the last half of its points."""
    values = rate.values[np.isfinite(rate.values)]
    late = values[len(values) // 2 :]
    return bool(late.min() < STEADY_RATE * values.max())
