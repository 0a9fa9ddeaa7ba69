"""Generalisation: what the losses and accuracies on fresh samples do while the train loss falls."""

from __future__ import annotations

import math

import numpy as np

from loglens.trainer.history import History
from loglens.trainer.measures import UNLEARNT, equivalent_epochs, progress, rise, scale_of, smooth, swing, tail_level
from loglens.trainer.state import State, state


def overfitting(history: History, scale: float) -> State:
    """The population loss ends above its lowest level while the train loss goes on falling.

    A rise of 5 % of the progress counts: below it stopping earlier gains next to nothing.
    """
    depth, lowest = rise(history.population_loss)
    share = depth / scale_of(history.population_loss)
    fall = float(smooth(history.train_loss)[lowest]) - tail_level(history.train_loss)
    swings = swing(history.population_loss).amplitude
    logged = rise(history.val_loss)[0] / scale_of(history.population_loss)
    if share >= 0.05 and (fall <= 0.01 * scale or depth < 2 * swings):
        return State(
            None,
            share,
            "share of progress",
            0.05,
            0.02,
            {"onset_epoch": lowest, "train_fall": fall / scale, "logged_rise": logged},
        )
    first, last = equivalent_epochs(smooth(history.population_loss), 0.02)
    return state(
        share,
        "share of progress",
        0.05,
        0.02,
        onset_epoch=lowest,
        onset_first_epoch=first,
        onset_last_epoch=last,
        train_fall=fall / scale,
        logged_rise=logged,
    )


def below_chance(history: History) -> State:
    """The validation accuracy ends lower than guesses would: labels or classes are mixed up."""
    chance, n = 1 / history.classes, history.settings.val_size
    z = (chance - tail_level(history.val_accuracy)) / math.sqrt(chance * (1 - chance) / n)
    return state(z, "standard errors below 1 / classes", 3, 1, chance=chance)


def metric_conflict(history: History) -> State:
    """The accuracy on fresh samples still gains since the population loss was lowest."""
    depth, lowest = rise(history.population_loss)
    gain = tail_level(history.population_accuracy) - float(smooth(history.population_accuracy)[lowest])
    share = depth / scale_of(history.population_loss)
    if share < 0.05:
        return state(0.0, "accuracy gained", 0.01, 0.003, loss_rise=share)
    return state(gain, "accuracy gained", 0.01, 0.003, loss_rise=share)


def late_recovery(history: History, scale: float) -> State:
    """A second descent: from a later peak the population loss falls again, and stays down."""
    course = smooth(history.population_loss)
    first = np.minimum.accumulate(course)
    peak = int(np.argmax(course - first))
    up = float(course[peak] - first[peak]) / scale
    down = (float(course[peak]) - tail_level(history.population_loss)) / scale
    unlearnt = progress(history.population_loss) < UNLEARNT * float(history.population_loss[0])
    if (
        unlearnt or 0 < min(up, down) < 3 * swing(history.population_loss).amplitude / scale
    ):  # a hump is more than a fluctuation
        return state(0.0, "share of progress", 0.03, 0.01, peak_epoch=peak, up=up, down=down)
    return state(min(up, down), "share of progress", 0.03, 0.01, peak_epoch=peak, up=up, down=down)
