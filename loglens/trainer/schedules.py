"""Learning-rate schedules: settings in, one rate for every step out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loglens.trainer.settings import Settings

FLOOR = 0.01  # cosine and cyclic end at this share of the rate, so that no stretch trains at zero


def learning_rates(settings: Settings) -> NDArray[np.float64]:
    """The rate of every step, float64[epochs x steps_per_epoch].

    "cyclic" is cosine annealing with warm restarts (Loshchilov and Hutter 2017, SGDR, equal cycles); it goes on
    after `schedule_epochs`, the others keep their last rate.
    """
    per_epoch = settings.steps_per_epoch
    steps = np.arange(settings.epochs * per_epoch)
    length = (settings.schedule_epochs or settings.epochs) * per_epoch
    share = np.minimum(steps / length, 1.0)
    if settings.schedule == "step":
        factor = 0.1 ** np.sum([share >= drop for drop in settings.schedule_drops], axis=0)
    elif settings.schedule == "cosine":
        factor = FLOOR + (1 - FLOOR) * 0.5 * (1 + np.cos(np.pi * share))
    elif settings.schedule == "cyclic":
        cycle = (steps / (settings.cycle_epochs * per_epoch)) % 1.0
        factor = FLOOR + (1 - FLOOR) * 0.5 * (1 + np.cos(np.pi * cycle))
    else:
        factor = np.ones(len(steps))
    if settings.warmup_epochs > 0:
        factor = factor * np.minimum((steps + 1) / (settings.warmup_epochs * per_epoch), 1.0)
    return np.asarray(settings.lr * factor, np.float64)


def input_scales(settings: Settings) -> NDArray[np.float64]:
    """What every step's inputs are multiplied by: 1, and `corrupt_scale` in the batches that are corrupted."""
    scales = np.ones(settings.epochs * settings.steps_per_epoch)
    for epoch in settings.corrupt_epochs:
        step = int(epoch * settings.steps_per_epoch)
        if step < len(scales):
            scales[step] = settings.corrupt_scale
    return scales
