"""The corpus: hundreds of trainings of one project that differ in nothing but their seed, as TensorBoard logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from loglens.events.writer import EventFileWriter

TASKS = 5
"""Data sets that a run of the project trains on; each is logged under four tags, which makes twenty."""

SEEDS = 400
"""Runs of the project: two arms of ten are drawn from them without replacement, over and over."""

CURVES = ("train_loss", "val_loss", "val_accuracy", "population_loss")
TAGS = tuple(f"task{task}/{curve}".replace("population", "test") for task in range(TASKS) for curve in CURVES)


def make_corpus(folder: Path, seeds: int = SEEDS) -> None:
    """Train the reference trainer's scenario "seeds-only", smaller, and write a log a seed below `folder`."""
    from loglens.trainer.scenarios import scenario  # noqa: PLC0415
    from loglens.trainer.trainings import train_many  # noqa: PLC0415  # torch, which only this step needs

    base = scenario("seeds-only").settings
    small = base.replace(train_size=400, val_size=300, population_size=500, epochs=12, lr=0.1, label_noise=0.1)
    chosen = [small.replace(task=task, seed=seed) for seed in range(seeds) for task in range(TASKS)]
    histories = train_many(chosen)
    for seed in range(seeds):
        curves = [getattr(histories[seed * TASKS + task], curve) for task in range(TASKS) for curve in CURVES]
        write_run(folder / f"project/seed{seed}", curves)


def write_run(folder: Path, curves: Sequence[npt.NDArray[np.float64]]) -> None:
    """One run with a value an epoch under each of the twenty tags."""
    folder.mkdir(parents=True)
    steps = np.arange(len(curves[0]))
    with EventFileWriter(folder, wall_time=1.7e9) as writer:
        for tag, values in zip(TAGS, curves, strict=True):
            writer.add_series(tag, steps, values, 1.7e9 + steps)
