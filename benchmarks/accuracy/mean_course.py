"""The mean course of a scenario over its seeds: whether trainings of that kind truly rise by what their logs show."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.accuracy.shapes import FAINT
from loglens.events.series import Floats
from loglens.statistics.moments import mean, sd

SURELY = 2.0
"""Standard errors of a mean over the seeds."""
FEWEST_SEEDS = 8


@lru_cache(maxsize=64)
def truly_rises(scenario: Path) -> bool:
    """Whether the runs below `scenario` overfit on average by more than FAINT of the progress that their logs show.

    A log begins after the first epoch, which often makes most of the progress. What is lost of the rest is what a
    reader sees, though it is little beside all of it: neither right nor wrong to tell, as a faint rise of a synthetic
    course is. One training's population loss carries the noise of its steps; the mean over the seeds of a scenario is
    what such trainings do. It must surely end above its lowest place, while the mean train loss went on falling.
    No verdict of any detector enters. Too few or unlike trainings do not tell.
    """
    curves = [json.loads(path.read_text())["curves"] for path in sorted(scenario.glob("*/truth.json"))]
    population, train = (_whole(curves, name) for name in ("population_loss", "train_loss"))
    if len(population) < FEWEST_SEEDS or len(population) < len(curves) or len(train) < len(curves):
        return False
    lowest = 1 + int(population[:, 1:].mean(axis=0).argmin())
    gains, rises = population[:, 1] - population[:, lowest], population[:, -1] - population[:, lowest]
    falling = float(train[:, -1].mean()) < float(train[:, lowest].mean())
    return falling and _at_least(gains) > 0.0 and _at_least(rises) > FAINT * mean(gains)


def _at_least(values: Floats) -> float:
    """What the mean of `values` float64[seeds] is at least, surely."""
    return mean(values) - SURELY * sd(values) / math.sqrt(len(values))


def _whole(curves: list[dict[str, list[float | None]]], name: str) -> Floats:
    """The curves of that name without a hole, float64[runs, epochs + 1]; none where they differ in length."""
    found = [one[name] for one in curves if None not in one[name]]
    if len({len(one) for one in found}) != 1:
        return np.empty((0, 2))
    return np.asarray(found, dtype=np.float64)
