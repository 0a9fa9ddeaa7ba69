"""Whether a training has broken for good: then what its other curves do at their end says nothing any more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.detector import Inputs
from loglens.runs.curve import Curve

BLOWN_UP = 2.0
"""Times its start: a network that learns nothing stays within 1.5 times what guessing costs."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A loss by which the training has broken, how it ends, and the detector that tells of it."""

    loss: Curve
    how: str
    detector: str

    def instead_of(self, what: str) -> str:
        """The sentence that says why `what` is not judged."""
        return f"{self.loss.label} {self.how}, so {what} says nothing; see {self.detector}."


def broken_by(inputs: Inputs) -> Broken | None:
    """The first loss of the run that tells it; a loss with no value below 1e100 has no start, and no level either."""
    for loss in (c for c in inputs.curves if c.role.quantity == "loss" and len(c.values)):
        if not np.isfinite(loss.values[-1]):
            return Broken(loss, "ends in NaN or Inf", "non-finite")
        prepared = inputs.prepared(loss)
        late = prepared.points_y[-max(len(prepared.points_y) // 5, 1) :]
        if loss.role.phase != "validation" and prepared.initial > 0 and late.min() > BLOWN_UP * prepared.initial:
            return Broken(loss, "ends far above where it began", "divergence")
    return None
