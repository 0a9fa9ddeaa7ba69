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
BANDED = 64
"""From so many points on it pays to leave out those of weight 0."""
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
    smoothers = _smoothers(_grid(x), shares)
    fits = smoothers.hats @ values
    residuals = values - fits
    squares = np.einsum("kn,kn->k", residuals, residuals)
    best = int(np.argmin(squares * smoothers.penalties))
    sd = math.sqrt(float(squares[best]) / smoothers.degrees[best])
    return LocalFit(fits[best], smoothers.hats[best], sd, smoothers.shares[best])


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


def _grid(x: Floats) -> bytes:
    span = float(x[-1] - x[0])
    grid: Floats = np.round((x - x[0]) / (span if span > 0 else 1.0), 6)
    return grid.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class _Smoothers:
    """Hat matrices float64[k, n, n] of one grid, each with its share of the points.

    `penalties` float64[k] times the squared residuals is the cross-validation score; `degrees` are those left for
    the residuals of a linear smoother (Cleveland 1979).
    """

    hats: Floats
    shares: tuple[float, ...]
    penalties: Floats
    degrees: tuple[float, ...]


@lru_cache(maxsize=32)
def _smoothers(grid: bytes, shares: tuple[float, ...]) -> _Smoothers:
    """The smoothers of one grid that leave degrees of freedom; the widest in any case."""
    x = np.frombuffer(grid)
    n = len(x)
    hats, kept, penalties, degrees = [], [], [], []
    for share in shares:
        hat = _hat(x, min(max(FEWEST, math.ceil(share * n)), n))
        trace = float(np.trace(hat))
        if PENALTY * trace >= n - 1 and share < max(shares):
            continue
        hats.append(hat)
        kept.append(share)
        penalties.append(1.0 / max(1.0 - PENALTY * trace / n, 0.05) ** 2)
        degrees.append(max(n - 2.0 * trace + float(np.sum(hat * hat)), 1.0))
    stacked = np.stack(hats)
    stacked.flags.writeable = False
    return _Smoothers(stacked, tuple(kept), np.array(penalties), tuple(degrees))


def _hat(x: Floats, nearest: int) -> Floats:
    """The hat matrix float64[n, n] of local parabolas at increasing `x` that look at `nearest` points each."""
    n = len(x)
    columns = None if n < BANDED or nearest == n else _nearest(x, nearest + 1)  # one more: two may be equally far
    u = (x if columns is None else x[columns]) - x[:, None]
    distance = np.abs(u)
    reach = np.partition(distance, nearest - 1, axis=1)[:, nearest - 1] * 1.0001 + 1e-9
    u /= reach[:, None]
    distance /= reach[:, None]
    near = np.maximum(1.0 - distance * distance * distance, 0.0)
    weight = near * near * near
    first_power = weight * u
    second_power = first_power * u
    sums = [part.sum(axis=1) for part in (weight, first_power, second_power)]
    sums += [np.einsum("ij,ij->i", second_power, u), np.einsum("ij,ij,ij->i", second_power, u, u)]
    moments = np.stack([sums[a + b] for a in range(3) for b in range(3)], axis=1).reshape(n, 3, 3)
    moments += 1e-10 * np.eye(3)
    first = np.linalg.solve(moments, np.broadcast_to(np.array([[1.0], [0.0], [0.0]]), (n, 3, 1)))
    weight *= first[:, 0]
    weight += np.multiply(first_power, first[:, 1], out=first_power)
    weight += np.multiply(second_power, first[:, 2], out=second_power)
    if columns is None:
        return weight
    hat = np.zeros((n, n))
    np.put_along_axis(hat, columns, weight, axis=1)
    return hat


def _nearest(x: Floats, count: int) -> Ints:
    """The indices int64[n, count] of the `count` < n points nearest to each of the increasing `x`."""
    n = len(x)
    starts = np.minimum(np.searchsorted(x[: n - count] + x[count:], 2.0 * x), n - count)
    return np.asarray(starts[:, None] + np.arange(count), dtype=np.int64)
