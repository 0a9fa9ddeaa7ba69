"""Whether an accuracy is no better than guessing, told by the number of classes or by the loss beside it."""

from __future__ import annotations

import math

from loglens.detector import Inputs
from loglens.events.series import Floats
from loglens.runs.curve import Curve
from loglens.statistics.moments import mean, sd
from loglens.statistics.proportions import all_right

SURELY_ABOVE = 3.0
"""Standard errors of the mean of the last half: one in 740 guessing models lies higher (normal law)."""
MOST_GUESSED = 0.55
"""Two classes are guessed right half of the time; above it, a loss near 0 would satisfy the inequality, too."""
NEAR = 1.4
"""Accuracy and exp(-loss) of guesses agree within this factor: the class always named may be a common one."""


def only_guesses(curve: Curve, inputs: Inputs) -> bool:
    """Whether an accuracy ends guessing or, of unknown classes, never got better: nothing in it swings."""
    if ends_guessing(curve, inputs):
        return True
    told = curve.role.quantity == "error-rate" or (curve.role.quantity == "accuracy" and inputs.classes is None)
    return told and bool(len(inputs.prepared(curve))) and not inputs.prepared(curve).learned


def ends_guessing(curve: Curve, inputs: Inputs) -> bool:
    """Whether the last half of an accuracy is no better than guessing: which class is always named changes it.

    Guessing is 1 / classes where these are known, and what the loss beside it says: one class may be common. The
    mean of exp(-loss) is the mean probability given to the right class, and exp(-mean loss) is below that (Jensen),
    but equal for a model that gives the same probability everywhere: an accuracy as low as that is one of guesses.
    One far lower says that the loss is in other units.

    `_level.guesses` is another rule on purpose: it accuses, so that a loss must be as bad as guessing and no accuracy
    may lie above it, noise or not; this one excuses what swings or rises, so that it is enough not to lie surely above.
    """
    if curve.role.quantity not in ("accuracy", "error-rate") or not len(inputs.prepared(curve)):
        return False
    right = _share_right(curve, inputs)
    if inputs.classes is not None and curve.role.quantity == "accuracy" and _no_higher(right, 1.0 / inputs.classes):
        return True
    loss = _loss_beside(curve, inputs)
    if loss is None or mean(right) > MOST_GUESSED:
        return False
    guess = math.exp(-max(loss, 0.0))
    return _no_higher(right, NEAR * guess) and mean(right) > guess / NEAR


def _no_higher(right: Floats, guess: float) -> bool:
    return mean(right) - guess < SURELY_ABOVE * sd(right) / math.sqrt(len(right))


def _share_right(curve: Curve, inputs: Inputs) -> Floats:
    """The last half of an accuracy, or of 1 minus an error rate, as fractions."""
    prepared = inputs.prepared(curve)
    late = prepared.points_y[-max(len(prepared.points_y) // 2, 1) :] / all_right(prepared.y)
    return -late if curve.role.quantity == "accuracy" else 1.0 - late


def _loss_beside(curve: Curve, inputs: Inputs) -> float | None:
    """The mean of the last half of a loss of the same phase; None without one."""
    for other in inputs.curves:
        if other.role.quantity == "loss" and other.role.phase == curve.role.phase:
            points = inputs.prepared(other).points_y
            if len(points):
                return mean(points[-max(len(points) // 2, 1) :])
    return None
