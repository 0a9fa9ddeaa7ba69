"""Sizes of what can go wrong, measured on curves without sampling noise: arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats

TAIL = 0.1  # share of the epochs that counts as the end, at least three
LATE = 0.4  # fluctuations are measured after this share of the epochs: the first drop is no fluctuation
NEAR = 0.03  # share of the progress: within it a curve has arrived at its final level
UNLEARNT = 0.2  # share of the untrained loss: where less was learnt, sizes are counted in it, not in the progress


@dataclass(frozen=True, slots=True)
class Swing:
    """Fluctuation about a smooth course in the late epochs: its standard deviation and how often it crosses zero."""

    amplitude: float
    crossings: int


def progress(curve: Floats) -> float:
    """The untrained loss minus the lowest, both from the same samples; NaN and Inf are left out."""
    finite = curve[np.isfinite(curve)]
    return float(finite[0] - finite.min()) if len(finite) else 0.0


def scale_of(curve: Floats) -> float:
    """What sizes on a loss are shares of: its progress, and a share of the untrained loss where nothing was learnt."""
    return max(progress(curve), UNLEARNT * float(curve[0]))


def tail_level(curve: Floats) -> float:
    """Mean of the last tenth, at least three values."""
    return float(np.mean(curve[-max(3, round(TAIL * len(curve))) :]))


def smooth(curve: Floats, width: int = 5) -> Floats:
    """Centred running mean; at the ends the window shrinks on both sides alike."""
    half = width // 2
    total = np.concatenate(([0.0], np.cumsum(curve)))
    index = np.arange(len(curve))
    reach = np.minimum(half, np.minimum(index, len(curve) - 1 - index))
    return np.asarray((total[index + reach + 1] - total[index - reach]) / (2 * reach + 1), np.float64)


def swing(curve: Floats) -> Swing:
    """Residual of a cubic through the late epochs: a cubic follows any settling or rising course of that length."""
    late = curve[round(LATE * len(curve)) :]
    if len(late) < 8 or not np.all(np.isfinite(late)):
        return Swing(float("nan"), 0)
    x = np.linspace(-1, 1, len(late))
    residual = late - np.polynomial.Polynomial.fit(x, late, 3)(x)
    amplitude = float(np.sqrt(np.sum(residual**2) / (len(late) - 4)))
    return Swing(amplitude, int(np.sum(np.diff(np.signbit(residual)))))


def rise(curve: Floats) -> tuple[float, int]:
    """How far the end lies above the lowest smoothed level, and the epoch of that level."""
    course = smooth(curve)
    lowest = int(np.nanargmin(course))
    return tail_level(curve) - float(course[lowest]), lowest


def arrival(curve: Floats, scale: float) -> int:
    """The first epoch from which on the smoothed curve stays within NEAR x scale of its final level."""
    away = np.abs(smooth(curve) - tail_level(curve)) > NEAR * scale
    return int(np.flatnonzero(away)[-1]) + 1 if away.any() else 0


def recent_gain(curve: Floats) -> float:
    """What the last quarter brought: the level around three quarters minus the level at the end."""
    at = round(0.75 * (len(curve) - 1))
    half = max(1, round(TAIL * len(curve) / 2))
    return float(np.mean(curve[at - half : at + half + 1])) - tail_level(curve)


def equivalent_epochs(curve: Floats, tolerance: float) -> tuple[int, int]:
    """The first and last epoch around the lowest where the curve is within that share of its progress."""
    close = curve <= curve.min() + tolerance * max(float(curve[0] - curve.min()), 1e-9)
    lowest = int(np.argmin(curve))
    first, last = lowest, lowest
    while first > 0 and close[first - 1]:
        first -= 1
    while last < len(curve) - 1 and close[last + 1]:
        last += 1
    return first, last
