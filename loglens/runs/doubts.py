"""What a curve's values say against its role: they may lower the confidence, never decide what a curve is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.runs.curve import Role

DOUBTED = 0.6
"""Confidence in a role that the values contradict: below what verdicts need."""
SHARES = frozenset({"f1", "precision", "recall", "auc", "map", "iou", "dice"})
"""Metrics that are shares of one, or of a hundred."""
ROUNDING = 1e-6  # float32, times the largest share


def doubted(role: Role, steps: Ints, values: Floats) -> Role:
    """The role with its confidence lowered, and why, where the values cannot be what it says."""
    finite = values[np.isfinite(values)]
    objection = _objection(role, steps, values, finite) if len(finite) else ""
    if not objection or role.confidence <= DOUBTED:
        return role
    return replace(role, confidence=DOUBTED, reason=f"{role.reason}; but {objection}")


def _objection(role: Role, steps: Ints, values: Floats, finite: Floats) -> str:
    low, high = float(finite.min()), float(finite.max())
    share = role.quantity == "accuracy" or (role.quantity == "metric" and role.name in SHARES)
    if share and (high > 100 * (1 + ROUNDING) or low < -ROUNDING):
        return f"its values reach from {low:.3g} to {high:.3g}, outside 0 to 100"
    if role.quantity == "perplexity" and low < 1 - ROUNDING:
        return f"its values go down to {low:.3g}: no perplexity is below 1"
    if role.quantity == "learning-rate" and low < 0:
        return f"its values go down to {low:.3g}: no learning rate is negative"
    if role.direction != "none" and len(values) > 2 and np.array_equal(values, steps):
        return "its values are its steps: it counts"
    return ""
