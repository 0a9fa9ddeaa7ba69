"""The waves that a cyclic learning rate leaves in a curve: known ones by regression, unknown ones by their shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.fluctuation import trend_of

ROUNDS = 6
"""Backfitting rounds; from the fourth on the fit moved by less than 1 % of its amplitude on tuning seeds."""
MOST_PHASES = 60
"""Phases tried for a long period: a sixtieth of a cycle off costs less than 1 % of a wave's variance."""


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """A wave fitted beside the trend: its values float64[n] (mean 0), the period in points, the error left.

    `error` is the squared error of trend and wave together, `error_without` that of the trend alone.
    """

    values: Floats
    period: float
    error: float
    error_without: float


def regressed(values: Floats, basis: Floats) -> Floats:
    """The part float64[n] of `values` float64[n] that columns of `basis` float64[n, p] explain beside a trend.

    Backfitting (Buja, Hastie & Tibshirani, Annals of Statistics 17, 1989): least squares on the basis and the
    falling-then-rising trend take turns. The basis is made orthonormal here; constant columns fall out.
    """
    directions = _orthonormal(basis)
    part = np.zeros(len(values))
    for _ in range(ROUNDS):
        rest = values - trend_of(values - part)[0]
        part = directions @ (directions.T @ rest)
    return part


def restart_wave(values: Floats) -> Wave | None:
    """The best wave of a learning rate with warm restarts in `values` float64[n]; None when nothing fits.

    Candidates: cosine annealing with restarts (Loshchilov & Hutter, SGDR, 2017) of whole periods from 3 to n/2
    points (beyond 120 points those near the largest ordinates of the periodogram) and every phase, with periods
    that double, and triangles (Smith, CLR, 2017) from 7 points on: shorter triangles cannot be told from an
    oscillation. The six that correlate best with the detrended curve are refitted beside the trend.
    """
    n = len(values)
    residual = values - trend_of(values)[0]
    periods, shapes = _restart_shapes(n, _likely_periods(residual))
    scores = shapes @ residual
    best: Wave | None = None
    for index in np.argsort(-scores)[:6]:
        if scores[index] <= 0:
            break
        wave = _refit(values, shapes[index][:, None], residual, float(periods[index]))
        if np.dot(wave.values, shapes[index]) > 0 and (best is None or wave.error < best.error):
            best = wave
    return best


def sine_wave(values: Floats) -> Wave:
    """The best sine of any period from 2 to n/2 points in `values` float64[n], refitted beside the trend."""
    n = len(values)
    residual = values - trend_of(values)[0]
    frequencies, pairs = _sine_shapes(n)
    power = np.sum((pairs.transpose(0, 2, 1) @ residual) ** 2, axis=1)
    waves = [
        _refit(values, pairs[index], residual, 1.0 / float(frequencies[index])) for index in np.argsort(-power)[:4]
    ]
    return min(waves, key=lambda wave: wave.error)


def _refit(values: Floats, directions: Floats, residual: Floats, period: float) -> Wave:
    part = directions @ (directions.T @ residual)
    for _ in range(ROUNDS):
        rest = values - trend_of(values - part)[0]
        part = directions @ (directions.T @ rest)
    error = float(np.sum((values - part - trend_of(values - part)[0]) ** 2))
    return Wave(part, period, error, float(np.sum(residual**2)))


def _orthonormal(basis: Floats) -> Floats:
    centred = basis - basis.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, sizes > 1e-9 * max(float(sizes[0]), 1e-300)]


def _likely_periods(residual: Floats) -> tuple[int, ...]:
    n = len(residual)
    if n <= 120:
        return tuple(range(3, n // 2 + 1))
    power = np.abs(np.fft.rfft(residual - residual.mean())[1:]) ** 2
    found = [n / (peak + 1.0) for peak in np.argsort(-power)[:3]]
    near = {round(period) + shift for period in found for shift in (-1, 0, 1)}
    return tuple(sorted(period for period in near if 3 <= period <= n // 2))


@lru_cache(maxsize=8)
def _restart_shapes(n: int, candidates: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Periods float64[k] and centred shapes of unit length float64[k, n]."""
    points = np.arange(n)
    periods: list[float] = []
    shapes: list[Floats] = []
    for period in candidates:
        for start in range(0, period, 1 + period // MOST_PHASES):
            phase = ((points - start) % period) / period
            periods.append(period)
            shapes.append(0.5 * (1.0 + np.cos(math.pi * phase)))
            if period >= 7:
                periods.append(period)
                shapes.append(1.0 - np.abs(2.0 * phase - 1.0))
    for period in range(3, max(4, min(n, 120) // 3)):
        cycle = np.floor(np.log2(points / period + 1.0))  # restarts after P, P + 2P, P + 2P + 4P, ... points
        phase = (points - period * (2.0**cycle - 1.0)) / (period * 2.0**cycle)
        periods.append(period)
        shapes.append(0.5 * (1.0 + np.cos(math.pi * phase)))
    table = np.array(shapes)
    table -= table.mean(axis=1, keepdims=True)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    return np.array(periods), table


@lru_cache(maxsize=8)
def _sine_shapes(n: int) -> tuple[Floats, Floats]:
    """Frequencies float64[k] and orthonormal pairs float64[k, n, 2]."""
    frequencies = np.linspace(2.0 / n, 0.5, 3 * min(n, 120))
    angle = 2.0 * math.pi * frequencies[:, None] * np.arange(n)
    pairs = np.stack((np.cos(angle), np.sin(angle)), axis=2)
    pairs -= pairs.mean(axis=1, keepdims=True)
    left, sizes, _ = np.linalg.svd(pairs, full_matrices=False)
    return frequencies, left * (sizes > 1e-6 * sizes[:, :1])[:, None, :]
