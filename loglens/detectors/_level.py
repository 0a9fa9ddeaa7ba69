"""What the level of a train loss says: when it was reached, how far validation lies, whether guessing does as well."""

from __future__ import annotations

import math

import numpy as np

from loglens.detector import Inputs
from loglens.prepared import Prepared
from loglens.runs.curve import Curve, Phase
from loglens.statistics.median import median
from loglens.statistics.moments import mean
from loglens.statistics.proportions import all_right

FEWEST_EARLY = 20
"""Points, so that a tenth of the run holds two."""
EARLY = 0.1
"""Share of the run by which a loss that is stuck high is there: of 3,600 healthy tuning runs none was."""
NEARLY_ALL = 0.9
"""Of what was gained in the end; the rest is noise."""
THROWN, AS_BAD = 3.0, 0.95
"""Times the loss of guessing: an untrained network lies within 1.5 of it, and one that learned lies below it."""
MAJORITY = 0.05
"""Of the samples, and no more than half of a class's share: what one class may be more frequent than the others."""


def arrival(prepared: Prepared, late: float) -> int:
    """The first point that has made nearly all of what was gained in the end."""
    return int(np.argmax(prepared.points_y - late <= (1.0 - NEARLY_ALL) * (prepared.initial - late)))


def early(prepared: Prepared, late: float) -> bool:
    """Whether the loss had arrived within a tenth of the run."""
    n = len(prepared.points_y)
    return n >= FEWEST_EARLY and arrival(prepared, late) < EARLY * n


def answers_well(inputs: Inputs, phase: Phase | None = None) -> Curve | None:
    """An accuracy, of that phase, more than half of the way from guessing to perfect: then the loss's level is fine."""
    guess = 1.0 / (inputs.classes or 2)
    for curve in inputs.curves:
        if curve.role.quantity == "accuracy" and phase in (None, curve.role.phase):
            end = _late_accuracy(inputs, curve)
            if end is not None and end - guess > 0.5 * (1.0 - guess):
                return curve
    return None


def gap(inputs: Inputs, curve: Curve, late: float, initial: float) -> float | None:
    """How far the paired loss ends above `late`, as a share of the start; None without one."""
    pair = inputs.pair_of(curve)
    if pair is None or pair.role.quantity != "loss":
        return None
    prepared = inputs.prepared(pair)
    return (mean(prepared.late) - late) / initial if len(prepared) else None


def no_better(prepared: Prepared, state: str) -> bool:
    """Whether a curve ends no lower than it began, however much it swings there: it has learned nothing that stayed."""
    enough = len(prepared.points_y) >= FEWEST_EARLY
    ends_high = median(prepared.late) >= prepared.initial
    return enough and not prepared.learned and state != "improving" and ends_high


def thrown(initial: float, classes: int | None) -> bool:
    """Whether a loss began far above that of guessing among so many classes, as too large first steps throw it."""
    return classes is not None and initial > THROWN * math.log(classes) > 0


def guesses(inputs: Inputs, late: float) -> bool:
    """Whether a loss that ends at `late` does no better than guessing, and the accuracies neither.

    The number of classes must be known, and an accuracy be logged: a loss alone may be in other units. One class
    always named scores its share of the samples, so that an accuracy may lie a little above one over the classes.
    """
    if inputs.classes is None or inputs.classes < 2 or late < AS_BAD * math.log(inputs.classes):
        return False
    ends = [_late_accuracy(inputs, c) for c in (*inputs.context, *inputs.judged) if c.role.quantity == "accuracy"]
    most = 1.0 / inputs.classes + min(0.5 / inputs.classes, MAJORITY)
    return bool(ends) and all(end is None or end < most for end in ends)


def _late_accuracy(inputs: Inputs, curve: Curve) -> float | None:
    """The median of the last fifth of an accuracy, as a fraction; None without points."""
    prepared = inputs.prepared(curve)
    return -median(prepared.late) / all_right(prepared.points_y) if len(prepared) else None
