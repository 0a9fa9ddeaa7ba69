"""The detector metric-conflict: validation loss and validation metric that go opposite ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._judged import Change, change_since
from loglens.detectors._place import epoch_at, place
from loglens.events.series import Floats
from loglens.runs.curve import Curve
from loglens.statistics.holm import holm
from loglens.statistics.local_regression import local_regression
from loglens.verdict import Fact, Interval, Marker, Verdict

FEWEST = 6
LOSSES = Wanted(("validation",), ("loss", "perplexity"), directed=True)
METRICS = Wanted(("validation",), ("accuracy", "error-rate", "metric"), directed=True)


@dataclass(frozen=True, slots=True)
class MetricConflict:
    """The validation loss gets worse while a validation metric gets better, or the other way round.

    Why it matters: the two would stop the run at different epochs and keep different checkpoints, so the choice of
    the curve decides the model. A loss that rises under an improving accuracy is over-confidence: wrong answers are
    given with more certainty, while more answers are right.

    What to do: decide which curve the project is measured by, and choose checkpoints and early stopping by that one.
    If probabilities matter, calibrate them (temperature scaling, label smoothing).

    How it decides: from the minimum of the smoothed loss on (or over the last half of the run when the loss still
    falls), the slopes of both curves over the same steps are tested, each with its own noise, and corrected for the
    number of metrics (Holm). A finding needs both to be sure at `alpha`, in opposite directions, and each change to
    be above `least_change` of that curve's progress.

    Reference: Guo et al., On Calibration of Modern Neural Networks, 2017.
    """

    name: ClassVar[str] = "metric-conflict"
    judges: ClassVar[tuple[Wanted, ...]] = (LOSSES,)
    reads: ClassVar[tuple[Wanted, ...]] = (METRICS,)

    alpha: float = parameter(
        0.01, unit="probability", low=0.00001, high=0.5, source="tuning runs: below 1 % false alarms"
    )
    least_change: float = parameter(
        0.03, unit="share of progress", low=0.0, high=1.0, source="a choice: smaller changes do not matter"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        metrics = [c for c in inputs.context if METRICS.matches(c)]
        return tuple(self._judge(inputs, curve, metrics) for curve in inputs.judged)

    def _judge(self, inputs: Inputs, curve: Curve, metrics: Sequence[Curve]) -> Verdict:
        tag = curve.label
        prepared = inputs.prepared(curve)
        if not metrics or len(prepared.points_y) < FEWEST:
            why = "no validation metric was logged beside it" if not metrics else "it has too few points"
            return Verdict(self.name, "not-applicable", f"{tag}: {why}.", tags=(curve.key,))
        start = _window_start(prepared.points_x, prepared.points_y)
        step = float(prepared.points_x[start])
        loss = change_since(prepared, step)
        changes = [change_since(inputs.prepared(metric), step) for metric in metrics]
        usable = [(m, c) for m, c in zip(metrics, changes, strict=True) if c is not None]
        if loss is None or not usable:
            return Verdict(
                self.name, "not-applicable", f"{tag}: too few common steps with a metric.", tags=(curve.key,)
            )
        chances = holm(np.asarray([_opposite_chance(loss, change) for _, change in usable]))
        best = int(np.argmin(chances))
        metric, change = usable[best]
        large = min(abs(loss.share), abs(change.share)) >= self.least_change
        if chances[best] >= self.alpha or not large:
            return Verdict(
                self.name,
                "pass",
                f"{tag} and {metric.label} do not contradict each other.",
                confidence=0.95,
                tags=(curve.key, metric.key),
                details={"chance": float(chances[best])},
            )
        index = int(prepared.points_index[start])
        words = ("gets worse", "improves") if loss.share > 0 else ("improves", "gets worse")
        return Verdict(
            self.name,
            "warn",
            f"Since {place(curve, index)} {tag} {words[0]} while {metric.label} {words[1]}: "
            f"they would keep different checkpoints.",
            confidence=float(np.clip(1.0 - 5 * chances[best], 0.7, 0.98)),
            tags=(curve.key, metric.key),
            advice=(
                f"Choose checkpoints and early stopping by the curve that counts in the end; if {metric.label} does, "
                "go by it. If the probabilities matter, calibrate them by temperature scaling or label smoothing."
            ),
            start_step=int(curve.steps[index]),
            start_epoch=epoch_at(curve, index),
            value=loss.share,
            threshold=self.least_change,
            unit="share of progress",
            details={"chance": float(chances[best]), "loss_change": loss.share, "metric_change": change.share},
            evidence=(
                Interval(curve.key, int(curve.steps[index]), None, f"against {metric.label}"),
                Marker(curve.key, int(curve.steps[index]), "conflict begins"),
                Fact(f"change of {tag}", loss.share, "share of progress, above 0 is worse"),
                Fact(f"change of {metric.label}", change.share, "share of progress, above 0 is worse"),
            ),
        )


def _window_start(x: Floats, y: Floats) -> int:
    """The minimum of the smoothed loss; half of the run when that leaves less than a third of it."""
    bottom = int(np.argmin(local_regression(x, y).fit))
    return bottom if bottom <= 2 * len(y) // 3 else len(y) // 2


def _opposite_chance(loss: Change, metric: Change) -> float:
    """The larger of the two one-sided chances that each changed at random, 1.0 for the same direction."""
    if loss.share * metric.share >= 0:
        return 1.0
    normal = NormalDist()
    tails = [normal.cdf(-abs(c.share) / max(c.error, 1e-9)) for c in (loss, metric)]
    return max(tails)
