"""The truth of a training as plain data: its states, its best epoch, its curves, and what interventions changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from loglens.trainer.history import History
from loglens.trainer.interventions import CHANGES
from loglens.trainer.measures import equivalent_epochs, swing, tail_level
from loglens.trainer.states import states

SCHEMA: Literal["loglens.truth/1"] = "loglens.truth/1"


def outcome(history: History, rerun: History, name: str) -> dict[str, Any]:
    """What an intervention changed: levels at the end and at the best epoch, before and after."""
    return {
        "change": CHANGES[name][0],
        "settings": {
            key: value for key, value in rerun.settings.as_dict().items() if value != history.settings.as_dict()[key]
        },
        "before": levels(history),
        "after": levels(rerun),
    }


def levels(history: History) -> dict[str, float]:
    """The numbers that remedies are compared by; population losses on the same fresh samples."""
    kept = int(np.nanargmin(history.val_loss[1:])) + 1 if np.isfinite(history.val_loss[1:]).any() else 0
    return {
        "final_train_loss": tail_level(history.train_loss),
        "final_population_loss": tail_level(history.population_loss),
        "final_population_accuracy": tail_level(history.population_accuracy),
        "best_population_loss": float(np.nanmin(history.population_loss)),
        "population_loss_of_the_lowest_validation_loss": float(history.population_loss[kept]),
        "late_validation_amplitude": swing(history.val_loss).amplitude,
        "late_population_amplitude": swing(history.population_loss).amplitude,
    }


def truth(history: History, reruns: Mapping[str, History], about: Mapping[str, Any]) -> dict[str, Any]:
    """The content of truth.json, described in docs/trainer.md; numbers that are not finite become None."""
    population = history.population_loss
    best = int(np.nanargmin(population))
    plain = {
        "schema": SCHEMA,
        **about,
        "epochs": history.settings.epochs,
        "steps_per_epoch": history.settings.steps_per_epoch,
        "states": {
            name: {
                "present": s.present,
                "size": s.size,
                "unit": s.unit,
                "present_from": s.present_from,
                "absent_to": s.absent_to,
                **s.details,
            }
            for name, s in states(history, reruns).items()
        },
        "best": {
            "epoch": best,
            "population_loss": population[best],
            "equivalent_epochs": equivalent_epochs(population, 0.02),
            "regret": population - population[best],
        },
        "curves": {
            "epoch": list(range(history.settings.epochs + 1)),
            "train_loss": history.train_loss,
            "validation_loss": history.val_loss,
            "validation_20x_loss": history.val20_loss,
            "population_loss": population,
            "population_accuracy": history.population_accuracy,
        },
        "interventions": {name: outcome(history, rerun, name) for name, rerun in reruns.items()},
    }
    return dict(_plain(plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
