"""A folder of thousands of trainings: 5 to 9 tags of 250 to 500 points each, 2,600 scalars a run on average."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from loglens.events.writer import EventFileWriter

SEEDS = 10
"""Runs of one experiment: a folder of this many seeds, as sweeps leave them."""

WRITTEN = 1.7e9
"""When the runs were logged, and when their files were last touched: long ago, as most of a company's logs."""

Curve = npt.NDArray[np.float64]


def write_corpus(folder: Path, runs: int) -> int:
    """Write the first `runs` runs of the corpus that are not there yet; returns the bytes of all of them.

    The same number is always the same run, so that a smaller corpus is a part of a larger one.
    """
    written = 0
    for number in range(runs):
        place = folder / f"experiment{number // SEEDS:04d}" / f"seed{number % SEEDS}"
        if not place.is_dir():
            _write_run(place, number)
        written += sum(file.stat().st_size for file in place.iterdir())
    return written


def _write_run(place: Path, number: int) -> None:
    """Written beside its place and moved there whole, so that an interrupted corpus can be gone on with."""
    draws = np.random.default_rng(number)
    points = int(draws.integers(250, 501))
    steps = np.arange(points) * 10
    unfinished = place.with_name(place.name + ".unfinished")
    with EventFileWriter(unfinished, wall_time=WRITTEN) as writer:
        for tag, values in _curves(draws, points).items():
            writer.add_series(tag, steps, values, WRITTEN + steps * 0.3)
    os.utime(writer.path, (WRITTEN, WRITTEN))
    unfinished.rename(place)


def _curves(draws: np.random.Generator, points: int) -> dict[str, Curve]:
    """A training that learns at some speed; a third overfit, some spike or stall; each with its own noise."""
    time = np.linspace(0, 1, points)
    falling = np.exp(-time * draws.uniform(3, 12))
    overfits = draws.random() < 1 / 3
    stalls = draws.random() < 0.1
    train = 0.05 + 2 * np.maximum(falling, 0.4 if stalls else 0)
    gap = 0.1 + (draws.uniform(0.2, 1) * np.clip(time - draws.uniform(0.2, 0.7), 0, None) if overfits else 0)

    def noisy(values: Curve, share: float = 0.02) -> Curve:
        return values + draws.normal(0, share * float(values.max() - values.min() + 1e-3), points)

    curves = {
        "train/loss": noisy(train),
        "val/loss": noisy(train + gap),
        "train/accuracy": noisy(1 - 0.9 * falling),
        "val/accuracy": noisy(0.95 - 0.85 * falling),
        "lr": np.asarray(1e-3 * (1 + np.cos(np.pi * time)) / 2),
        "grad_norm": noisy(1 + 3 * falling, 0.1),
        "epoch_seconds": noisy(np.full(points, 30.0), 100.0),
        "val/f1": noisy(0.9 - 0.8 * falling),
        "val/top5": noisy(0.99 - 0.6 * falling),
    }
    if draws.random() < 0.1:
        curves["train/loss"][int(draws.integers(points // 4, points))] *= 20
    count = int(draws.integers(5, len(curves) + 1))
    return dict(list(curves.items())[:count])
