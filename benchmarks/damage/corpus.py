"""The sound logs that are damaged: four trainings in the layouts of several writers, small, every value known."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from loglens.events.encode import ScalarForm
from loglens.events.tensor import DType
from loglens.events.writer import EventFileWriter

EPOCHS = 24
STEPS = 120
FIRST_TIME = 1.7e9
TEMPLATES = 16
TENSOR = ScalarForm(DType.FLOAT, True, "first")


@cache
def template(number: int) -> dict[str, bytes]:
    """The files of one folder, by their path in it."""
    random = np.random.default_rng([7, number])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _one_file(folder / "alpha", random, ScalarForm())
        _two_phases(folder / "beta", random)
        _one_file(folder / "gamma" / "seed1", random, TENSOR)
        _one_file(folder / "gamma" / "seed2", random, TENSOR)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put the files there."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _curves(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Step-level train loss, and validation loss and accuracy an epoch, no two values alike."""
    fall = np.exp(-np.arange(STEPS) / 30)
    train = 0.2 + 2 * fall + random.normal(0, 0.05, STEPS)
    epochs = np.exp(-np.arange(1, EPOCHS + 1) / 6)
    loss = 0.3 + 2 * epochs + random.normal(0, 0.02, EPOCHS)
    return train, loss, 0.9 - 0.8 * epochs + random.normal(0, 0.01, EPOCHS)


def _one_file(folder: Path, random: np.random.Generator, form: ScalarForm) -> None:
    train, loss, accuracy = _curves(random)
    each = STEPS // EPOCHS
    with EventFileWriter(folder, form=form, wall_time=FIRST_TIME) as writer:
        for step in range(STEPS):
            writer.add_scalar("train/loss", float(train[step]), step, FIRST_TIME + step)
            if step % each == each - 1:
                epoch = step // each
                writer.add_scalar("val/loss", float(loss[epoch]), step, FIRST_TIME + step)
                writer.add_scalar("val/acc", float(accuracy[epoch]), step, FIRST_TIME + step)


def _two_phases(folder: Path, random: np.random.Generator) -> None:
    train, loss, accuracy = _curves(random)
    with EventFileWriter(folder / "train", wall_time=FIRST_TIME) as writer:
        writer.add_series("epoch_loss", np.arange(EPOCHS), train[:: STEPS // EPOCHS], FIRST_TIME + np.arange(EPOCHS))
    with EventFileWriter(folder / "validation", wall_time=FIRST_TIME) as writer:
        writer.add_series("epoch_loss", np.arange(EPOCHS), loss, FIRST_TIME + np.arange(EPOCHS))
        writer.add_series("epoch_accuracy", np.arange(EPOCHS), accuracy, FIRST_TIME + np.arange(EPOCHS))
