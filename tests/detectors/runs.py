"""Runs for the tests of single detectors: curves from arrays, one evaluation an epoch."""

from __future__ import annotations

import numpy as np

from loglens.detector import Detector, judge_run
from loglens.events.series import Floats, SeriesKey
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Role, Run
from loglens.verdict import Verdict

ROLES: dict[str, tuple[Phase, Quantity, Direction]] = {
    "val/loss": ("validation", "loss", "min"),
    "train/loss": ("train", "loss", "min"),
    "val/acc": ("validation", "accuracy", "max"),
    "val/ppl": ("validation", "perplexity", "min"),
    "episode/return": ("train", "reward", "max"),
    "kl": ("train", "kl", "none"),
    "lr": ("train", "learning-rate", "none"),
}
PAIRS = {"val/loss": "train/loss", "train/loss": "val/loss"}


def run_of(classes: int | None = None, hours: float = 1.0, **curves: Floats) -> Run:
    """A run of curves by tag ("val_loss" for "val/loss"), ten steps an epoch, `hours` an evaluation."""
    made = []
    for name, values in curves.items():
        tag = name.replace("_", "/")
        phase, quantity, direction = ROLES[tag]
        steps = 10 * np.arange(1, len(values) + 1, dtype=np.int64)
        role = Role(phase, quantity, "", direction, 1.0, "made")
        pair = SeriesKey(".", PAIRS[tag]) if tag in PAIRS else None
        walls = 1e9 + 3600.0 * hours * np.arange(len(values), dtype=np.float64)
        made.append(Curve(SeriesKey(".", tag), role, "step", steps, walls, np.asarray(values), steps / 10.0, pair))
    return Run("run", (".",), tuple(made), steps_per_epoch=10.0, classes=classes)


def verdict_of(detector: Detector, run: Run, tag: str = "val/loss") -> Verdict:
    """The detector's verdict on that curve."""
    verdicts = [v for v in judge_run(run, (detector,)) if v.tags and v.tags[0].tag == tag]
    assert len(verdicts) == 1
    return verdicts[0]


def falling(points: int = 40, pace: float = 6.0, noise: float = 0.01, seed: int = 1) -> Floats:
    """A loss from 2.3 down to .3 with white noise."""
    t = np.arange(points) / points
    white = np.random.default_rng(seed).standard_normal(points)
    return np.asarray(2.0 * np.exp(-pace * t) + 0.3 + noise * white)
