"""What the level of a train loss says: when it was reached, how far validation lies, whether guessing does as well."""

from __future__ import annotations

import math

import numpy as np

from loglens.detector import Inputs
from loglens.prepared import Prepared
from loglens.runs.curve import Curve

FEWEST_EARLY = 20
"""Points, so that a tenth of the run holds two."""
EARLY = 0.1
"""Share of the run by which a loss that is stuck high is there: of 3,600 healthy tuning runs none was."""
NEARLY_ALL = 0.9
"""Of what was gained in the end; the rest is noise."""
THROWN, AS_BAD = 3.0, 0.95
"""Times the loss of guessing: an untrained network lies within 1.5 of it, and one that learned lies below it."""


def arrival(prepared: Prepared, late: float) -> int:
    """The first point that has made nearly all of what was gained in the end."""
    return int(np.argmax(prepared.points_y - late <= (1.0 - NEARLY_ALL) * (prepared.initial - late)))


def early(prepared: Prepared, late: float) -> bool:
    """Whether the loss had arrived within a tenth of the run."""
    n = len(prepared.points_y)
    return n >= FEWEST_EARLY and arrival(prepared, late) < EARLY * n


def answers_well(inputs: Inputs) -> bool:
    """Whether an accuracy is more than half of the way from guessing to perfect: then the level of the loss is fine."""
    guess = 1.0 / (inputs.classes or 2)
    for curve in inputs.context:
        if curve.role.quantity == "accuracy" and len(prepared := inputs.prepared(curve)):
            late = -float(np.median(prepared.points_y[-max(len(prepared.points_y) // 5, 2) :]))
            share = late / 100.0 if late > 1.5 else late
            if share - guess > 0.5 * (1.0 - guess):
                return True
    return False


def gap(inputs: Inputs, curve: Curve, late: float, initial: float) -> float | None:
    """How far the paired loss ends above `late`, as a share of the start; None without one."""
    pair = inputs.pair_of(curve)
    if pair is None or pair.role.quantity != "loss":
        return None
    values = inputs.prepared(pair).points_y
    return float(np.mean(values[-max(len(values) // 5, 2) :]) - late) / initial if len(values) else None


def scale(prepared: Prepared) -> float:
    """What the bounds of the course are shares of."""
    return prepared.progress if prepared.learned else max(prepared.progress, abs(prepared.initial))


def no_better(prepared: Prepared, state: str) -> bool:
    """Whether a curve ends no lower than it began, however much it swings there: it has learned nothing that stayed."""
    n = len(prepared.points_y)
    end = float(np.median(prepared.points_y[-max(n // 5, 2) :]))
    return n >= FEWEST_EARLY and not prepared.learned and state != "improving" and end >= prepared.initial


def came_down_to_guessing(late: float, initial: float, classes: int) -> bool:
    """Whether a loss that was thrown far above guessing among `classes` (0: unknown) ends no better than that."""
    guess = math.log(max(classes, 1))
    return guess > 0 and initial > THROWN * guess and late >= AS_BAD * guess
