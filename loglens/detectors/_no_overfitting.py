"""Why a validation curve that surely rises has not overfitted: a metric that improves, guesses, or its train curve."""

from __future__ import annotations

from loglens.detector import Inputs
from loglens.detectors._change import change_since
from loglens.detectors._conflict import LOSSES, METRICS, goes_on, opposition
from loglens.detectors._guessing import ends_guessing
from loglens.runs.curve import Curve


def no_overfitting(inputs: Inputs, curve: Curve, train: Curve, onset: int, depth: float) -> tuple[str, Curve]:
    """Why a rise that is sure and large is none, in words ("" if it is), and the curve that tells it."""
    improving = _metric_that_improves(inputs, curve)
    if improving is not None:
        told = "that is a conflict of metrics, not overfitting; see metric-conflict."
        return f"{improving.label} still improves: {told}", improving
    if ends_guessing(curve, inputs):
        return "is no better than guessing before and after: there is nothing to lose.", train
    change = change_since(inputs.prepared(train), float(curve.steps[onset]))
    learned = inputs.prepared(train).learned or (change is not None and change.share + 2 * change.error < 0)
    if not learned:
        return f"{train.label} never learned: there is nothing to overfit with.", train
    if change is not None and change.share - 2 * change.error > 0.25 * depth:
        return f"{train.label} does, too: that is an instability, not overfitting.", train
    return "", train


def _metric_that_improves(inputs: Inputs, curve: Curve) -> Curve | None:
    """A validation metric that surely got better since the loss's lowest point, up to the end; None without one."""
    metrics = [other for other in inputs.judged if METRICS.matches(other)]
    if not metrics or not LOSSES.matches(curve):
        return None
    found = opposition(inputs, curve, metrics)
    if found is None or not found.counts() or found.loss.share <= 0 or not goes_on(inputs, curve, found):
        return None
    return found.metric
