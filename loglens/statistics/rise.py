"""Whether a curve rises at its end: the steepest of all slopes to the end, against noise that remembers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.memory import Memory, first_order_noise
from loglens.statistics.noise import difference_sd

SHORTEST = 4
"""Points in the shortest stretch whose slope is looked at."""
MOST_STRETCHES = 40
DRAWS = 1000
SIZES = (*range(5, 21), 22, 24, 27, 30, 33, 36, 40, 45, 50, 56, 63, 71, 80, 90, 100, 115, 130, 150, 175, 200)
"""Sizes with a null law of their own; others take the next smaller, whose law is a little wider."""


@dataclass(frozen=True, slots=True)
class Rise:
    """The stretch to the end that rises most surely: its first index and its slope in standard errors."""

    start: int
    height: float


def steepest_rise(values: Floats) -> Rise | None:
    """Of all stretches of at least 4 points to the end of `values` float64[n], the one that rises most surely.

    The slopes' errors come from the noise between neighbours. None below 5 points or without noise and rise.
    """
    n = len(values)
    if n < SHORTEST + 1:
        return None
    starts, contrasts = _contrasts(n)
    slopes = contrasts @ values
    best = int(np.argmax(slopes))
    sd = difference_sd(values)
    if sd <= 0:
        return Rise(int(starts[best]), math.inf) if slopes[best] > 0 else None
    return Rise(int(starts[best]), float(slopes[best]) / sd)


def rise_p_value(height: float, n: int, memory: Memory) -> float:
    """The chance of so high a steepest rise in n points of first-order noise around a level, averaged over `memory`.

    A flat course is the least favourable one: a falling one only lowers the slopes. Simulated once a size and
    coefficient (1,000 draws from a seed of their own), so picking the best of all stretches is paid for.
    """
    size = max(s for s in SIZES if s <= max(min(n, SIZES[-1]), SIZES[0]))
    chance = 0.0
    for phi, weight in zip(memory.grid, memory.weights, strict=True):
        if weight > 0.005:
            law = _null_heights(size, float(phi))
            above = len(law) - int(np.searchsorted(law, height))
            chance += float(weight) * (1 + above) / (1 + len(law))
    return min(chance, 1.0)


@lru_cache(maxsize=64)
def _contrasts(n: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
    """First indices int64[k] of the stretches; rows float64[k, n] that give slopes of variance 1 in white noise."""
    lengths = np.arange(SHORTEST, n + 1)
    if len(lengths) > MOST_STRETCHES:
        lengths = np.unique(np.geomspace(SHORTEST, n, MOST_STRETCHES).round().astype(np.int64))
    rows = np.zeros((len(lengths), n))
    for row, length in zip(rows, lengths, strict=True):
        x = np.arange(length) - (length - 1) / 2
        row[n - length :] = x / math.sqrt(float(x @ x))
    return n - lengths, rows


@lru_cache(maxsize=1024)
def _null_heights(n: int, phi: float) -> Floats:
    random = np.random.default_rng([n, round(1000 * (phi + 1))])
    noise = first_order_noise(random.standard_normal((DRAWS, n)), phi)
    _, contrasts = _contrasts(n)
    seconds = (0.5 * noise[:, :-2] - noise[:, 1:-1] + 0.5 * noise[:, 2:]) ** 2
    sd = np.sqrt(seconds.mean(axis=1) * (2.0 / 3.0))
    return np.sort((noise @ contrasts.T).max(axis=1) / sd)
