"""Short runs of every kind: four curves, 10 to 120 evaluations, up to 2,000 train steps; and runs of any length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy.draft import Setting
from benchmarks.accuracy.synthetic import ACCURACY, SHAPES, TRAIN, VALIDATION, Synthetic
from loglens.events.series import Floats
from loglens.events.writer import EventFileWriter
from loglens.runs.curve import Curve, Direction, Quantity, Role, Run

EVALUATIONS = (10, 20, 30, 50, 80, 120)
MOST_TRAIN_STEPS = 2000
LONG_STEPS = 100_000
LOSS: tuple[Quantity, str, Direction, float, str] = ("loss", "", "min", 1.0, "known")


def short_runs(count: int) -> Iterator[Run]:
    """`count` runs, every family and every length in turn."""
    families = [family for family in SHAPES if family not in ("earning", "diminishing")]  # no val loss, or a price
    for number in range(count):
        length = EVALUATIONS[number // len(families) % len(EVALUATIONS)]
        setting = Setting(length=length, log_rate=True, step_log=True)
        run, _ = Synthetic(families[number % len(families)], "reporting", setting).run(number)
        yield replace(run, curves=_four(run))


def _four(run: Run) -> tuple[Curve, ...]:
    """Train and validation loss, rate and accuracy; the train loss at 2,000 steps at most."""
    curves = [_thinned(curve) for curve in run.curves]
    if all(curve.key != ACCURACY for curve in curves):
        loss = next(curve for curve in curves if curve.key == VALIDATION)
        random = np.random.default_rng(len(loss.steps))
        accuracy = np.exp(-loss.values) + random.normal(0, 0.01, len(loss.steps))
        role = Role("validation", "accuracy", "", "max", 1.0, "known")
        curves.append(replace(loss, key=ACCURACY, role=role, values=np.clip(accuracy, 0.0, 1.0), pair=None))
    return tuple(curves)


def _thinned(curve: Curve) -> Curve:
    every = slice(None, None, -(-len(curve.steps) // MOST_TRAIN_STEPS))
    epochs = None if curve.epochs is None else curve.epochs[every]
    return replace(
        curve,
        steps=curve.steps[every],
        wall_times=curve.wall_times[every],
        values=curve.values[every],
        epochs=epochs,
    )


def write_long_run(folder: Path) -> None:
    """The log of one run with a train and a validation loss of 100,000 points."""
    run = long_run(LONG_STEPS)
    with EventFileWriter(folder / "run") as writer:
        for curve in run.curves:
            writer.add_series(curve.key.tag, curve.steps, curve.values)


def long_run(points: int) -> Run:
    """A run with a train and a validation loss of so many points; the second rises from 60 % on."""
    random = np.random.default_rng(0)
    steps = np.arange(points)
    time = steps / points
    clock = 1e9 + steps.astype(np.float64)
    train, validation = (course + random.normal(0, 0.02, points) for course in (_fall(time), _turning(time)))
    curves = (
        Curve(TRAIN, Role("train", *LOSS), "step", steps, clock, train, pair=VALIDATION),
        Curve(VALIDATION, Role("validation", *LOSS), "step", steps, clock, validation, pair=TRAIN),
    )
    return Run("long", (".",), curves, steps_per_epoch=None, classes=None)


def _turning(time: Floats) -> Floats:
    return _fall(time) + 0.3 * np.maximum(time - 0.6, 0)


def _fall(time: Floats) -> Floats:
    return np.exp(-6 * time) + 0.1
