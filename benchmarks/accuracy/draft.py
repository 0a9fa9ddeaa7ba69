"""A synthetic run being drawn: its clean courses, its noise, and what is held fixed or left to chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.accuracy.truth import Truth
from loglens.events.series import Floats
from loglens.statistics.first_order import first_order_noise

Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Setting:
    """How a run is drawn; None is drawn at random. `sd` is a share of the progress, `depth` and `amplitude` too.

    Of several lengths the runs take turns. `nominal`: `depth` is the rise that is added, part of which a still falling
    course takes back.
    """

    length: int | tuple[int, ...] | None = None
    sd: float | None = None
    noise: str | None = None
    depth: float = 0.0
    amplitude: float = 0.0
    nominal: bool = False
    log_rate: bool | None = None
    step_log: bool | None = None
    smoothed: float = 0.0
    irregular: bool = False

    def of_run(self, number: int) -> Setting:
        """The setting of run `number`: of several lengths it has one."""
        if not isinstance(self.length, tuple):
            return self
        return replace(self, length=self.length[number % len(self.length)])


@dataclass(slots=True)
class Draft:
    """A run being drawn: clean courses in units of the progress, from 1 before training; epochs t float64[n].

    `accuracy` float64[n] is the clean validation accuracy, logged on `samples` samples; `classes` is logged as a
    setting. `start` is the untrained loss, where the shape asks for one. `hours` is what an epoch takes, `price`
    what an hour costs in units of the progress. `lost` are the evaluations whose losses are NaN. `scheduled` is what
    a rate that goes up and down lifts the validation course by, float64[n].
    """

    t: Floats
    validation: Floats
    train: Floats
    rate: Floats
    noise: Floats
    train_noise: Floats
    truth: Truth
    accuracy: Floats | None = None
    samples: int = 1000
    classes: int | None = None
    start: float | None = None
    hours: float = 0.0
    price: float = 0.0
    lost: tuple[int, ...] = ()
    scheduled: Floats | None = None


Shape = Callable[[Draft, Random, Setting], None]


def decay(t: Floats, n: int, random: Random) -> Floats:
    """A loss falling from 1 at t = 0: exponential, a power law, or a fast and a slow exponential."""
    kind = random.integers(3)
    if kind == 0:
        return np.exp(-t / (n * random.uniform(0.05, 0.22)))
    if kind == 1:
        return (1 + t / (n * random.uniform(0.02, 0.1))) ** -random.uniform(0.6, 1.5)
    fast = random.uniform(0.5, 0.8)
    slow = np.exp(-t / (n * random.uniform(0.15, 0.3)))
    return fast * np.exp(-t / (n * random.uniform(0.02, 0.06))) + (1 - fast) * slow


def noise_of(kind: str, size: int, random: Random, course: Floats) -> Floats:
    """Noise float64[size] of variance 1; `heteroscedastic` is 1 at the top of the course, .45 at the bottom."""
    if kind == "t3":
        return np.asarray(random.standard_t(3, size) / np.sqrt(3.0))
    white = random.standard_normal(size)
    if kind.startswith("ar"):
        return first_order_noise(white, float(kind[2:]))
    if kind == "heteroscedastic":
        return white * np.sqrt(0.2 + 0.8 * np.clip(course / max(float(course.max()), 1e-9), 0.0, 1.0))
    return white
