"""What the detectors of a course judge: validation curves with a direction, and the train curves beside them."""

from __future__ import annotations

from loglens.detector import Inputs, Wanted
from loglens.runs.curve import Curve, Quantity

SCORES: tuple[Quantity, ...] = ("loss", "accuracy", "error-rate", "metric", "perplexity")
VALIDATION_SCORES = Wanted(("validation",), SCORES, directed=True)
TRAIN_SCORES = Wanted(("train",), SCORES, directed=True)
TRAIN_LOSS = Wanted(("train",), ("loss",), directed=True)


def train_beside(inputs: Inputs, curve: Curve) -> Curve | None:
    """The train curve to hold a validation curve against: its pair, else the train loss, else any train score."""
    pair = inputs.pair_of(curve)
    if pair is not None and pair.role.phase == "train" and len(pair.values):
        return pair
    train = [c for c in (*inputs.context, *inputs.judged) if TRAIN_SCORES.matches(c) and len(c.values)]
    losses = [c for c in train if c.role.quantity == "loss"]
    return next(iter(losses or train), None)


def validation_first(inputs: Inputs) -> tuple[Curve, ...]:
    """The judged validation curves; the train curves among the judged only where there is none."""
    validation = tuple(c for c in inputs.judged if c.role.phase == "validation")
    return validation or inputs.judged
