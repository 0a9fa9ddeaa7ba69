"""Swings: how much the validation curve fluctuates, which change removes it, and whether the epochs repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from loglens.trainer.history import History
from loglens.trainer.measures import scale_of, swing
from loglens.trainer.state import State, state

CALMING = ("lower-rate", "larger-batch", "constant-rate", "shuffled", "no-momentum", "decay")


def oscillation(history: History, reruns: Mapping[str, History], scale: float) -> State:
    """Fluctuation of the validation curve in shares of its progress, and its cause: that which removes it.

    Half the amplitude counts as removed. `scale` is the progress of the train loss, for the train curves.
    """
    logged = swing(history.val_loss)
    validation = scale_of(history.population_loss)
    of = {
        "val": logged.amplitude / validation,
        "val20": swing(history.val20_loss).amplitude / validation,
        "population": swing(history.population_loss).amplitude / validation,
        "train": swing(history.train_loss).amplitude / scale,
        "logged_train": swing(history.epoch_loss).amplitude / scale,
    }
    cured = {
        name: swing(rerun.val_loss).amplitude / validation / max(of["val"], 1e-9)
        for name, rerun in reruns.items()
        if name in CALMING
    }
    cured["larger-evaluation"] = of["val20"] / max(of["val"], 1e-9)
    return state(
        of["val"],
        "share of progress",
        0.06,
        0.03,
        amplitudes=of,
        crossings=logged.crossings,
        amplitude_left=cured,
        cause=_cause(cured),
    )


def _cause(left: Mapping[str, float]) -> str:
    def removes(name: str) -> bool:
        return left.get(name, math.inf) <= 0.5

    if removes("larger-evaluation"):
        return "eval-noise"
    if removes("constant-rate"):
        return "lr-schedule"
    if removes("shuffled"):
        return "data-order"
    if removes("no-momentum"):
        return "momentum"
    return "step-noise" if removes("lower-rate") or removes("larger-batch") else "undetermined"


def data_order(history: History, reruns: Mapping[str, History]) -> State:
    """Correlation of the step losses of neighbouring epochs, place by place: without shuffling they repeat."""
    left = {name: _repetition(rerun) for name, rerun in reruns.items() if name == "shuffled"}
    return state(_repetition(history), "correlation at a lag of one epoch", 0.5, 0.2, after=left)


def _repetition(history: History) -> float:
    """Mean correlation between an epoch's step losses and those of the next, over the late epochs."""
    table = history.step_loss.reshape(-1, history.settings.steps_per_epoch)
    late = table[len(table) // 2 :]
    if late.shape[1] < 8:
        return 0.0
    late = late - late.mean(1, keepdims=True)
    spread = np.sqrt(np.sum(late[1:] ** 2, 1) * np.sum(late[:-1] ** 2, 1))
    return float(np.mean(np.sum(late[1:] * late[:-1], 1) / np.maximum(spread, 1e-12)))
