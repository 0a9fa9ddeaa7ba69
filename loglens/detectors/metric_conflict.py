"""The detector metric-conflict: validation loss and validation metric that go opposite ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._conflict import ALPHA, LEAST_CHANGE, LOSSES, METRICS, opposition
from loglens.detectors._place import epoch_at, place
from loglens.runs.curve import Curve
from loglens.verdict import Fact, Interval, Marker, Verdict

FEWEST = 6
"""Points of the loss: half of them are looked at, and a trend takes three."""


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
        ALPHA, unit="probability", low=0.00001, high=0.5, source="tuning runs: below 1 % false alarms"
    )
    least_change: float = parameter(
        LEAST_CHANGE, unit="share of progress", low=0.0, high=1.0, source="a choice: smaller changes do not matter"
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
        found = opposition(inputs, curve, metrics)
        if found is None:
            return Verdict(
                self.name, "not-applicable", f"{tag}: too few common steps with a metric.", tags=(curve.key,)
            )
        loss, metric, change, start = found.loss, found.metric, found.change, found.start
        if not found.counts(self.alpha, self.least_change):
            return Verdict(
                self.name,
                "pass",
                f"{tag} and {metric.label} do not contradict each other.",
                confidence=0.95,
                tags=(curve.key, metric.key),
                details={"chance": found.chance},
            )
        index = int(prepared.points_index[start])
        words = ("gets worse", "improves") if loss.share > 0 else ("improves", "gets worse")
        return Verdict(
            self.name,
            "warn",
            f"Since {place(curve, index)} {tag} {words[0]} while {metric.label} {words[1]}: "
            f"they would keep different checkpoints.",
            confidence=float(np.clip(1.0 - 5 * found.chance, 0.7, 0.98)),
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
            details={"chance": found.chance, "loss_change": loss.share, "metric_change": change.share},
            evidence=(
                Interval(curve.key, int(curve.steps[index]), None, f"against {metric.label}"),
                Marker(curve.key, int(curve.steps[index]), "conflict begins"),
                Fact(f"change of {tag}", loss.share, "share of progress, above 0 is worse"),
                Fact(f"change of {metric.label}", change.share, "share of progress, above 0 is worse"),
            ),
        )
