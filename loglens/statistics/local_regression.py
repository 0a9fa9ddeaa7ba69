"""Local regression: a smooth course through a noisy curve, how wide to look by cross-validation, and its errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from loglens.events.series import Floats, Ints

SHARES = (0.25, 0.35, 0.5, 0.7, 1.0)
"""Shares of the points that a local fit may look at."""
FEWEST = 5
"""A local parabola looks at five points at least."""
PENALTY = 1.4
"""Degrees of freedom count 1.4-fold in cross-validation, against its known undersmoothing (Kim & Gu, 2004)."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalFit:
    """A linear smoother's result: `fit` = `hat` @ values, float64[n] and float64[n, n]; `sd` is that of the noise."""

    fit: Floats
    hat: Floats
    sd: float
    share: float


def local_regression(x: Floats, values: Floats, *, shares: tuple[float, ...] = SHARES) -> LocalFit:
    """Local parabolas with tricube weights through `values` at increasing `x`, float64[n], n >= 1.

    Cleveland, Journal of the American Statistical Association 74, 1979; the share of points that minimises
    generalised cross-validation (Craven & Wahba, Numerische Mathematik 31, 1979). Cost O(n^2) and more for a new
    grid: for a few hundred points.
    """
    n = len(values)
    if n < FEWEST:
        return LocalFit(np.full(n, values.mean()), np.full((n, n), 1.0 / n), float(values.std()), 1.0)
    grid = _grid(x)
    best: tuple[float, float, Floats, Floats] | None = None
    for share in shares:
        hat, trace = _smoother(grid, share)
        if PENALTY * trace >= n - 1 and share < max(shares):
            continue
        fit = hat @ values
        score = float(np.mean((values - fit) ** 2)) / max(1.0 - PENALTY * trace / n, 0.05) ** 2
        if best is None or score < best[0]:
            best = (score, share, fit, hat)
    assert best is not None
    _, share, fit, hat = best
    return LocalFit(fit, hat, _residual_sd(values - fit, hat), share)


def piecewise_regression(x: Floats, values: Floats, breaks: Ints, *, share: float | None = None) -> LocalFit:
    """As `local_regression`, each piece between the indices `breaks` for itself: a course that jumps there.

    Pieces of fewer than 5 points join the piece before. `share` looks at that share of the points instead of choosing.
    """
    shares = SHARES if share is None else (share,)
    n = len(values)
    cuts = [0]
    for cut in (*sorted(int(b) for b in breaks if 0 < b < n), n):
        if cut - cuts[-1] >= FEWEST and n - cut >= (FEWEST if cut < n else 0):
            cuts.append(cut)
    cuts[-1] = n
    if len(cuts) <= 2:
        return local_regression(x, values, shares=shares)
    fit, hat, square, degrees, weighted = np.empty(n), np.zeros((n, n)), 0.0, 0.0, 0.0
    for first, last in pairwise(cuts):
        piece = local_regression(x[first:last], values[first:last], shares=shares)
        fit[first:last] = piece.fit
        hat[first:last, first:last] = piece.hat
        size = last - first
        square += piece.sd**2 * size
        degrees += size
        weighted += piece.share * size
    return LocalFit(fit, hat, math.sqrt(square / degrees), weighted / n)


def _residual_sd(residuals: Floats, hat: Floats) -> float:
    n = len(residuals)
    degrees = n - 2.0 * float(np.trace(hat)) + float(np.sum(hat * hat))  # of a linear smoother: Cleveland 1979
    return math.sqrt(float(residuals @ residuals) / max(degrees, 1.0))


def _grid(x: Floats) -> tuple[float, ...]:
    span = float(x[-1] - x[0])
    return tuple(np.round((x - x[0]) / (span if span > 0 else 1.0), 6).tolist())


@lru_cache(maxsize=256)
def _smoother(grid: tuple[float, ...], share: float) -> tuple[Floats, float]:
    """The hat matrix float64[n, n] of one grid and share, and its trace."""
    x = np.asarray(grid)
    n = len(x)
    nearest = min(max(FEWEST, math.ceil(share * n)), n)
    offset = x[None, :] - x[:, None]
    distance = np.abs(offset)
    reach = np.partition(distance, nearest - 1, axis=1)[:, nearest - 1] * 1.0001 + 1e-9
    u = offset / reach[:, None]
    weight = np.clip(1.0 - np.abs(u) ** 3, 0.0, None) ** 3
    powers = np.stack([np.ones_like(u), u, u * u], axis=2)
    weighted = weight[:, :, None] * powers
    moments = np.einsum("ija,ijb->iab", weighted, powers) + 1e-10 * np.eye(3)
    first = np.linalg.solve(moments, np.broadcast_to(np.array([[1.0], [0.0], [0.0]]), (n, 3, 1)))[:, :, 0]
    hat = np.einsum("ija,ia->ij", weighted, first)
    hat.flags.writeable = False
    return hat, float(np.trace(hat))
