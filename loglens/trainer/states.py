"""The states of a training, verified on population curves and by interventions, never by the knob's intention."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from loglens.trainer.blow_ups import divergence, loss_spike, non_finite
from loglens.trainer.generalisation import below_chance, late_recovery, metric_conflict, overfitting
from loglens.trainer.history import History
from loglens.trainer.late_course import late_course
from loglens.trainer.measures import scale_of
from loglens.trainer.state import State
from loglens.trainer.swings import data_order, oscillation

STATES = (
    "overfitting",
    "oscillation",
    "data-order",
    "plateau",
    "improving",
    "stalled",
    "slow-learning",
    "non-finite",
    "divergence",
    "loss-spike",
    "below-chance",
    "metric-conflict",
    "late-recovery",
)


def states(history: History, reruns: Mapping[str, History]) -> dict[str, State]:
    """Every state of `STATES` for one training, given the outcomes of its interventions."""
    scale = scale_of(history.train_loss)
    finite = bool(np.all(np.isfinite(history.train_loss)) and np.all(np.isfinite(history.population_loss)))
    found = {"non-finite": non_finite(history), "divergence": divergence(history, scale)}
    unknown = State(None, math.nan, "", 0.0, 0.0)
    if not finite or found["divergence"].present:  # what came before a blow-up is no state of the whole run
        return {name: found.get(name, unknown) for name in STATES}
    found["overfitting"] = overfitting(history, scale)
    found["oscillation"] = oscillation(history, reruns, scale)
    found["data-order"] = data_order(history, reruns)
    found["loss-spike"] = loss_spike(history)
    found["below-chance"] = below_chance(history)
    found["metric-conflict"] = metric_conflict(history)
    found["late-recovery"] = late_recovery(history, scale)
    found.update(late_course(history, reruns, scale))
    return {name: found.get(name, unknown) for name in STATES}
