"""Labelled curves that nobody here made: OverfitGuard's simulations and the learning-rate sweeps of DeepOBS.

They are not part of this project: the folder comes from the environment variable LOGLENS_SHARED. Whole families
(data sets, test problems) were set aside for tuning, the others are reported.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.truth import Truth
from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Role, Run

TUNING_DATA_SETS = frozenset({"building", "cancer", "card", "diabetes", "flare", "gene"})
TUNING_PROBLEMS = frozenset({"fmnist_2c2d", "quadratic_deep", "mnist_vae", "cifar100_allcnnc"})


def shared_curves() -> Path | None:
    """The folder of the labelled curves, or None where there is none."""
    place = os.environ.get("LOGLENS_SHARED")
    return Path(place) / "curves" if place and (Path(place) / "curves").is_dir() else None


def records(path: Path) -> Iterator[dict[str, Any]]:
    """One curve a line of a gzipped JSON-lines file."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            yield json.loads(line)


@dataclass(frozen=True, slots=True)
class OverfitGuard:
    """419 trainings of 1,000 epochs, labelled overfit or not by hand (OverfitGuard, IEEE Access 2024)."""

    folder: Path
    purpose: Purpose
    name: str = "overfitguard_sim"

    def __iter__(self) -> Iterator[tuple[Run, Truth]]:
        for record in records(self.folder / "overfitguard_sim.jsonl.gz"):
            if (record["family"] in TUNING_DATA_SETS) == (self.purpose == "tuning"):
                faults = frozenset({"overfitting"} if record["label"] == "overfit" else ())
                yield epoch_run(record), Truth(self.name, faults)


@dataclass(frozen=True, slots=True)
class DeepObs:
    """675 trainings of sweeps over 36 learning rates; the label is the regret against the sweep's best."""

    folder: Path
    purpose: Purpose
    name: str = "deepobs_lr_dev"

    def __iter__(self) -> Iterator[tuple[Run, Truth]]:
        for record in records(self.folder / "deepobs_lr_dev.jsonl.gz"):
            if (record["testproblem"] in TUNING_PROBLEMS) == (self.purpose == "tuning"):
                label = record["label"]
                faults = frozenset({"lr-too-high"} if label.startswith("lr_too_high") else ())
                yield epoch_run(record), Truth(f"{self.name} {label}", faults)


def epoch_run(record: dict[str, Any]) -> Run:
    """A record's curves as a run with one point an epoch."""
    scores: dict[str, tuple[Phase, Quantity, Direction]] = {
        "train_loss": ("train", "loss", "min"),
        "val_loss": ("validation", "loss", "min"),
        "train_acc": ("train", "accuracy", "max"),
        "val_acc": ("validation", "accuracy", "max"),
    }
    curves = []
    for tag, (phase, quantity, direction) in scores.items():
        values = record.get(tag)
        if not values:
            continue
        numbers = np.asarray([np.nan if v is None else float(v) for v in values], dtype=np.float64)
        steps = np.arange(len(numbers), dtype=np.int64)
        other = tag.replace("train", "val") if phase == "train" else tag.replace("val", "train")
        role = Role(phase, quantity, "", direction, 1.0, "known")
        pair = SeriesKey(".", other) if record.get(other) else None
        curves.append(
            Curve(
                SeriesKey(".", tag),
                role,
                "epoch",
                steps,
                steps.astype(np.float64),
                numbers,
                (steps + 1).astype(np.float64),
                pair,
            )
        )
    return Run(str(record["id"]), (".",), tuple(curves), steps_per_epoch=1.0)
