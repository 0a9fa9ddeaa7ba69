"""Whether the trainings of a scenario truly rise: from population curves that are written down, not from verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.accuracy.mean_course import truly_rises

EPOCHS = np.arange(21)


def write(folder: Path, rise: float, seeds: int = 40, *, noise: float = 0.01, train: float = -0.1) -> Path:
    """Seeds that fall from 2 to 1.1 in the first epoch, by .1 more later, and then by `rise` up again."""
    random = np.random.default_rng(7)
    course = 1.0 + 0.1 * np.exp(-0.8 * (EPOCHS - 1.0)) + rise * np.maximum(EPOCHS - 10.0, 0.0) / 10.0
    course[0] = 2.0
    for seed in range(seeds):
        place = folder / f"seed{seed}"
        place.mkdir(parents=True)
        population = course + random.uniform(0.0, 0.5) + noise * random.standard_normal(len(EPOCHS))
        curves = {"population_loss": population.tolist(), "train_loss": (1.0 + train * EPOCHS / 20.0).tolist()}
        (place / "truth.json").write_text(json.dumps({"curves": curves}))
    return folder


def test_a_rise_by_more_than_a_fiftieth_of_what_the_log_shows_is_one(tmp_path: Path) -> None:
    """A hundredth of all progress, a tenth of what is made after the first epoch."""
    assert truly_rises(write(tmp_path / "rises", 0.01, noise=0.002))


def test_a_faint_rise_is_none(tmp_path: Path) -> None:
    assert not truly_rises(write(tmp_path / "faint", 0.001, noise=0.002))


def test_noise_around_a_level_is_none(tmp_path: Path) -> None:
    """Every seed ends above its own lowest epoch; their mean does not surely."""
    assert not truly_rises(write(tmp_path / "noise", 0.0, noise=0.02))


def test_a_rise_together_with_the_train_loss_is_none(tmp_path: Path) -> None:
    assert not truly_rises(write(tmp_path / "along", 0.01, noise=0.002, train=0.1))


def test_few_seeds_and_lost_values_tell_nothing(tmp_path: Path) -> None:
    assert not truly_rises(write(tmp_path / "few", 0.01, seeds=4, noise=0.002))
    holed = write(tmp_path / "holed", 0.01, noise=0.002)
    known = json.loads((holed / "seed3" / "truth.json").read_text())
    known["curves"]["population_loss"][5] = None
    (holed / "seed3" / "truth.json").write_text(json.dumps(known))
    assert not truly_rises(holed)
