"""Where on a curve: the epoch at an index, and the words for a step."""

from __future__ import annotations

from loglens.runs.curve import Curve


def epoch_at(curve: Curve, index: int) -> float | None:
    """Passes over the training data completed at that index; None when unknown."""
    return None if curve.epochs is None else float(curve.epochs[index])


def place(curve: Curve, index: int) -> str:
    """ "step 1200 (epoch 3)": the logged step at that index, with its epoch where it is known."""
    step = int(curve.steps[index])
    epoch = epoch_at(curve, index)
    return f"step {step}" if epoch is None else f"step {step} (epoch {epoch:.3g})"
