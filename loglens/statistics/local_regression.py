"""Local regression: a smooth course through a noisy curve, how wide to look by cross-validation, and its errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats, Ints

SHARES = (0.25, 0.35, 0.5, 0.7, 1.0)
"""Shares of the points that a local fit may look at."""
FEWEST = 5
"""A local parabola looks at five points at least."""
BANDED = 64
"""From so many points on it pays to leave out those of weight 0."""
RIDGE = 1e-10
"""Added to the moments of weights, which are about 1: keeps those apart from singular that rest on two points."""
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
    sd = math.sqrt(float(squares[best] / smoothers.degrees[best]))
    return LocalFit(fits[best], smoothers.hats[best], sd, smoothers.shares[best])


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
    degrees: Floats


@lru_cache(maxsize=8)  # up to 1.6 MB each
def _smoothers(grid: bytes, shares: tuple[float, ...]) -> _Smoothers:
    """The smoothers of one grid that leave degrees of freedom; the widest in any case."""
    x = np.frombuffer(grid)
    n = len(x)
    hats = np.zeros((len(shares), n, n))
    for hat, share in zip(hats, shares, strict=True):
        _fill_hat(hat, x, min(max(FEWEST, math.ceil(share * n)), n))
    traces = np.trace(hats, axis1=1, axis2=2)
    kept = (PENALTY * traces < n - 1) | (np.asarray(shares) >= max(shares))
    if not kept.all():
        hats, traces = hats[kept], traces[kept]
    hats.flags.writeable = False
    penalties = 1.0 / np.maximum(1.0 - PENALTY * traces / n, 0.05) ** 2
    degrees = np.maximum(n - 2.0 * traces + np.einsum("kij,kij->k", hats, hats), 1.0)
    return _Smoothers(hats, tuple(s for s, keep in zip(shares, kept, strict=True) if keep), penalties, degrees)


def _fill_hat(hat: Floats, x: Floats, nearest: int) -> None:
    """Write the hat matrix of local parabolas at increasing `x` that look at `nearest` points each; `hat` holds 0."""
    n = len(x)
    starts = _nearest(x, nearest)
    reach = np.maximum(x - x[starts], x[starts + nearest - 1] - x) * 1.0001 + 1e-9
    whole = n < BANDED or nearest == n
    columns = np.arange(n) if whole else _nearest(x, nearest + 1)[:, None] + np.arange(nearest + 1)  # two may be as far
    u = x[columns] - x[:, None]
    u /= reach[:, None]
    weight = np.abs(u)
    weight *= weight * weight
    np.maximum(np.subtract(1.0, weight, out=weight), 0.0, out=weight)
    weight *= weight * weight
    first_power = weight * u
    second_power = first_power * u
    moments = [part.sum(axis=1) for part in (weight, first_power, second_power)]
    moments += [np.einsum("ij,ij->i", second_power, u), np.einsum("ij,ij,ij->i", second_power, u, u)]
    level, slope, bend = _at_zero(moments)
    weight *= level[:, None]
    weight += np.multiply(first_power, slope[:, None], out=first_power)
    weight += np.multiply(second_power, bend[:, None], out=second_power)
    hat.reshape(-1)[columns + (n * np.arange(n))[:, None]] = weight


def _at_zero(moments: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """What the powers 0, 1 and 2 of u weigh in the parabola's value at u = 0, from the moments 0 to 4 of the weights.

    The first row of the inverse of the normal equations' matrix by Cramer's rule: a tenth of LAPACK's time.
    """
    a, b, c, e, f = moments[0] + RIDGE, moments[1], moments[2], moments[3], moments[4] + RIDGE
    d = c + RIDGE
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    determinant = a * first + b * second + c * third
    return first / determinant, second / determinant, third / determinant


def _nearest(x: Floats, count: int) -> Ints:
    """Where the `count` <= n points nearest to each of the increasing `x` begin, int64[n]."""
    n = len(x)
    return np.minimum(np.searchsorted(x[: n - count] + x[count:], 2.0 * x), n - count).astype(np.int64)
