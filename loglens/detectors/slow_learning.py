"""The detector slow-learning: a run that still gained much at its end while nothing was about to change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._course import SURE as LOW_SD
from loglens.detectors._course import cautious_memory
from loglens.detectors._judged import TRAIN_LOSS, VALIDATION_SCORES, train_beside, validation_first
from loglens.detectors._place import epoch_at, place
from loglens.detectors._rate import RATE, rate_beside
from loglens.digits import percent
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.late_share import late_share
from loglens.statistics.mixture import Mixture
from loglens.statistics.moments import mean
from loglens.verdict import Fact, Interval, Verdict

FEWEST = 20
"""Points: whether so few fell along a line or along a bend can be told; of fewer a fifth is no stretch."""
FIFTH = 5
STEADY_RATE = 0.5
"""A rate that stayed above this share of its highest was not moved."""
SUDDEN = 0.35
"""More than this of all progress in a fifth of the run is a sudden drop, not a slow course."""
SURE = 0.8
"""Chance from which on it is said: 1 % of tuning courses that had come 57 to 86 % of their way are called slow then."""
WARNED_SURE = 0.9
"""Of those that were told on tuning runs all were right, or of a kind whose truth is open; 40 of 40 real trainings."""
SCREEN = 0.07
"""Of the progress: when the last fifth surely lies less than that below the one before, it is not looked at closer."""


@dataclass(frozen=True, slots=True)
class SlowLearning:
    """The last fifth of the run still holds a large share of all that it learned, at a rate that was not coming down.

    Why it matters: either the run was stopped long before it was done, or every step of it was too small. A fair
    comparison with other runs is not possible: this one would look better with more time.

    What to do: try three times the learning rate for a tenth of the run. If the loss falls faster and stays calm, the
    rate was too low; if it swings or diverges, the rate was right and the run is too short.

    How it decides: straight lines and exponentials of many paces are fitted to the whole curve, with its noise and
    its memory, and weighted by their likelihood: that gives the share of all progress that the last fifth of the run
    made (a fifth of a straight line, .13 of an exponential that has come 63 % of its way, less than .05 of a converged
    course). A finding needs that share to be surely above `late_share` and no sudden drop, and a learning rate that
    was logged and steady over the last half; a train loss that made little of its progress late speaks against it.
    Where the rate was
    moved, the schedule may have made the gain: that passes. Without a logged rate it stays undetermined.

    Reference: the share in the last fifth separates learning rates that are too low in sweeps; see docs/accuracy.md.
    """

    name: ClassVar[str] = "slow-learning"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES, TRAIN_LOSS)
    reads: ClassVar[tuple[Wanted, ...]] = (RATE,)

    late_share: float = parameter(
        0.145,
        unit="share of progress",
        low=0.0,
        high=1.0,
        source="tuning runs: of an exponential that came half its way",
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
        first = len(prepared.points_y) - len(prepared.points_y) // FIFTH
        start = int(prepared.points_index[first])
        share = _late_share(prepared)
        details: dict[str, float | None] = {"late_share": None, "late_share_low": None}
        if share is not None:
            details = {"late_share": share.mean, "late_share_low": share.mean - LOW_SD * share.error}
        slow = share is not None and share.above(self.late_share) - share.above(SUDDEN) >= SURE
        if share is None or not slow or _training_is_done(inputs, curve):
            return Verdict(
                self.name,
                "pass",
                f"{tag} did not go on gaining a large share of its progress to the end.",
                confidence=0.95,
                tags=(curve.key,),
                value=details["late_share"],
                threshold=self.late_share,
                unit="share of progress",
                details=details,
            )
        rate = rate_beside(inputs)
        made = share.mean
        facts = (
            Fact("share of the progress in the last fifth", made),
            Fact("its lower bound", made - LOW_SD * share.error),
        )
        said = f"{tag} made {percent(made)} of its progress in the last fifth of the run, since {place(curve, start)}"
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
                value=made,
                threshold=self.late_share,
                unit="share of progress",
                details=details,
                evidence=facts,
            )
        return Verdict(
            self.name,
            "warn",
            f"{said}, at a learning rate that was not coming down: it is too low, or the run too short.",
            confidence=WARNED_SURE,
            tags=(curve.key,),
            advice=(
                "Try three times the learning rate for a tenth of the run: faster and calm means it was too low, "
                "swings mean it was right and the run needs more steps."
            ),
            start_step=int(curve.steps[start]),
            start_epoch=epoch_at(curve, start),
            value=made,
            threshold=self.late_share,
            unit="share of progress",
            details=details,
            evidence=(Interval(curve.key, int(curve.steps[start]), None, "still learning fast"), *facts),
        )


def _late_share(prepared: Prepared) -> Mixture | None:
    """The share of the whole gain that the last fifth made; None where nothing was learned, or surely little late."""
    if not prepared.learned or _made_little(prepared):
        return None
    phi = cautious_memory(prepared)
    return late_share(prepared.points_x, prepared.points_y, prepared.noise_sd, phi=phi)


def _made_little(prepared: Prepared) -> bool:
    """Whether the last fifth lies so little below the one before that it surely made no large share of the progress."""
    points = prepared.points_y
    m, phi = len(points) // FIFTH, cautious_memory(prepared)
    last, before = mean(points[-m:]), mean(points[-2 * m : -m])
    error = prepared.noise_sd * math.sqrt(2.0 / m * (1.0 + phi) / (1.0 - phi))
    return before - last + 2.0 * error < SCREEN * (prepared.initial - last)


def _training_is_done(inputs: Inputs, curve: Curve) -> bool:
    """Whether the train loss made little of its progress late: then what validation does late is no slow training."""
    train = train_beside(inputs, curve) if curve.role.phase == "validation" else None
    prepared = None if train is None else inputs.prepared(train)
    enough = prepared is not None and len(prepared.points_y) >= FEWEST and prepared.learned
    return prepared is not None and enough and _made_little(prepared)


def _scheduled(rate: Curve) -> bool:
    """Whether a logged rate was moved in the last half of its points."""
    values = rate.values[np.isfinite(rate.values)]
    late = values[len(values) // 2 :]
    return bool(late.min() < STEADY_RATE * values.max())
