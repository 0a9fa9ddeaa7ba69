"""The late course: flat or improving when the training ends, and what longer training or another rate brings."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from loglens.trainer.history import History
from loglens.trainer.measures import arrival, recent_gain, smooth, tail_level
from loglens.trainer.state import State, state

UNLOCKING = (
    "lower-rate",
    "much-lower-rate",
    "higher-rate",
    "much-higher-rate",
    "decay",
    "without-fault",
    "larger-batch",
)


def late_course(history: History, reruns: Mapping[str, History], scale: float) -> dict[str, State]:
    """The states plateau, improving, stalled and slow-learning.

    Flat and improving are told on the train loss: it is what the optimiser lowers. What another rate unlocks counts
    on the population loss, since a lower train loss alone may be memory. `gain_longer` is measured on the rerun of
    three times the epochs.
    """
    untrained = float(history.train_loss[0])
    recent = recent_gain(history.train_loss) / scale
    level = tail_level(history.train_loss)
    longer = reruns.get("longer")
    gain = (
        math.nan
        if longer is None
        else (level - float(smooth(longer.train_loss)[history.settings.epochs :].min())) / scale
    )
    reached = float(smooth(history.population_loss).min())
    others = {
        name: (reached - float(np.nanmin(smooth(rerun.population_loss)))) / untrained
        for name, rerun in reruns.items()
        if name in UNLOCKING and np.all(np.isfinite(rerun.population_loss))
    }
    unlocked = max(others.values(), default=math.nan)
    onset = arrival(history.train_loss, scale)
    flat = state(1 - max(recent, 0.0), "1 - recent share of progress", 0.985, 0.94, onset_epoch=onset, gain_longer=gain)
    if flat.present and gain > 0.06:
        flat = State(None, flat.size, flat.unit, flat.present_from, flat.absent_to, flat.details)
    improving = state(recent, "share of progress in the last quarter", 0.03, 0.01, gain_longer=gain)
    stalled = state(unlocked if flat.present else 0.0, "share of the untrained loss", 0.15, 0.05, unlocked=others)
    slow = state(
        min(gain, unlocked) if improving.present else 0.0,
        "share gained by time and by another rate",
        0.15,
        0.05,
        gain_longer=gain,
        unlocked=others,
    )
    return {"plateau": flat, "improving": improving, "stalled": stalled, "slow-learning": slow}
