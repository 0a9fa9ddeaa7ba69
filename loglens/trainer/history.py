"""The history of one training: what it did step by step and, on frozen weights, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.trainer.settings import Settings

EVALUATED = (
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "val20_loss",
    "population_loss",
    "population_accuracy",
)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What one training did. Steps: float64[steps]; epochs: float64[epochs + 1], the first before any step.

    `step_*` are what the loop saw; the others are measured on frozen weights after each epoch, without dropout:
    `train_*` on the whole train set, `val_*` on the validation set, `val20_loss` on fresh samples 20 times as many
    (capped by the population), `population_*` on all fresh samples.
    """

    settings: Settings
    step_loss: Floats
    step_accuracy: Floats
    step_lr: Floats
    train_loss: Floats
    train_accuracy: Floats
    val_loss: Floats
    val_accuracy: Floats
    val20_loss: Floats
    population_loss: Floats
    population_accuracy: Floats
    classes: int
    wall_times: Floats  # seconds since 1970, float64[epochs + 1]

    @property
    def epoch_loss(self) -> Floats:
        """Mean of the step losses of every epoch: what most training loops log as the train loss."""
        return np.asarray(self.step_loss.reshape(-1, self.settings.steps_per_epoch).mean(1), np.float64)
