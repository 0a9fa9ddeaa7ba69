"""How much of one point is still in the next: the memory of noise, and of writers that smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.median import median


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What is known of the coefficient of first-order noise: `weights` on `grid`, float64[k]."""

    grid: Floats
    weights: Floats

    @property
    def mean(self) -> float:
        return float(self.grid @ self.weights)


GRID = np.round(np.arange(-0.4, 0.96, 0.15), 2)
"""Coefficients tried: finer steps change the verdicts' error rates by less than their intervals."""
PHI = GRID[:, None, None]
PRIOR = (1.0 - np.abs(GRID)) / np.sum(1.0 - np.abs(GRID))
RIDGE = 1e-9 * np.eye(6)
LOG_FIRST = 0.5 * np.log(1.0 - GRID**2)


def first_order_memory(values: Floats, bottom: int) -> Memory:
    """Posterior of the coefficient phi of first-order noise around a smooth course through `values` float64[n].

    The course is linear in: a constant, a slope, a decay, and from 12 points on a kink at index `bottom` and a
    curvature. Its parameters and the variance are integrated out (restricted likelihood: Cheang & Reinsel,
    Journal of the American Statistical Association 95, 2000, where it is nearly free of the bias of residual
    correlations); the prior falls linearly from phi = 0 to 1 and to -1. Below 6 points the prior is returned.
    """
    n = len(values)
    if n < 6:
        return Memory(GRID, PRIOR)
    columns = _columns(n).copy()
    if n >= 12:
        t = columns[1]
        np.maximum(t - t[min(max(bottom, 0), n - 1)], 0.0, out=columns[-2])
    centred = values - values.sum() / n
    reach = float(np.abs(centred).max())
    if reach <= 0:
        return Memory(GRID, PRIOR)
    np.divide(centred, reach, out=columns[-1])
    products = columns @ columns.T
    scale = np.sqrt(products.diagonal() / n)
    scale[scale <= 0] = 1.0
    # over all points, whitened: c[0] times sqrt(1 - phi^2), and c[i] - phi c[i - 1]
    ends = columns[:, :: n - 1]
    lagged = columns[:, 1:] @ columns[:, :-1].T
    gram = products - PHI * (lagged + lagged.T) + PHI * PHI * (products - ends @ ends.T)
    gram /= scale * scale[:, None]
    gram += RIDGE[: len(columns), : len(columns)]
    # a determinant is the product of the squares on the diagonal of the triangular root, and so is each corner's
    roots = 2.0 * np.log(np.linalg.cholesky(gram).diagonal(axis1=1, axis2=2))
    parameters = len(columns) - 1
    log_course, log_left = roots[:, :-1].sum(axis=1), roots[:, -1]
    log_likelihood = LOG_FIRST - 0.5 * log_course - 0.5 * (n - parameters) * log_left
    weights = PRIOR * np.exp(log_likelihood - log_likelihood.max())
    return Memory(GRID, weights / weights.sum())


@lru_cache(maxsize=64)  # up to 10 kB each
def _columns(n: int) -> Floats:
    """A constant, a slope and a decay over n points, from 12 on a curvature, and rows for what the values tell."""
    t = np.arange(n) / (n - 1.0)
    columns = np.zeros((6 if n >= 12 else 4, n))
    columns[0], columns[1], columns[2] = 1.0, t, np.exp(-8.0 * t)
    if n >= 12:
        columns[3] = t * t
    return columns


def first_order_noise(white: Floats, phi: float) -> Floats:
    """First-order noise of variance 1, from standard normal `white` float64[..., n] along its last axis."""
    if phi == 0.0:
        return white
    noise = np.ascontiguousarray(np.moveaxis(white, -1, 0))  # points first: each step then lies together in memory
    noise = noise * math.sqrt(1.0 - phi * phi)
    noise[0] = white[..., 0]
    for i in range(1, len(noise)):
        noise[i] += phi * noise[i - 1]
    return np.ascontiguousarray(np.moveaxis(noise, 0, -1))


def smoothed_span(values: Floats) -> float:
    """Over about how many points a writer has averaged `values` float64[n]; 1.0 for points of their own.

    Compares second differences over one point with those over k = 2, 4, 8, ... n / 40 points, which a trend hardly
    enters: equal for independent noise, growing with k for a running mean or an exponential average until k has
    left its memory. The span is (1 + phi) / (1 - phi) of the exponential average with the same ratio of step to
    full noise, whose second difference is 1 - 4 phi / 3 + phi^2 / 3 of its variance. Below 80 points: 1.0.
    """
    n = len(values)
    if n < 80:
        return 1.0
    nearest = median(_spaced_squares(values, 1))
    limit = (2.0 + 120.0 / n) * nearest  # 1,500 draws of independent normal or t3 noise stay below
    squares = [_spaced_squares(values, 2**k) for k in range(1, (n // 40).bit_length())]
    if all(np.count_nonzero(apart <= limit) > len(apart) // 2 for apart in squares):  # no median lies above it
        return 1.0
    widest = max(nearest, *(median(apart) for apart in squares))
    if widest <= limit:
        return 1.0
    phi = 2.0 - math.sqrt(max(1.0 + 3.0 * nearest / widest, 1.0))  # the root of phi^2 - 4 phi + 3 (1 - ratio)
    return (1.0 + phi) / max(1.0 - phi, 1e-6)


def _spaced_squares(values: Floats, spacing: int) -> Floats:
    """Squares of second differences over `spacing` points, float64[n - 2 * spacing]."""
    differences = values[: -2 * spacing] + values[2 * spacing :]
    differences *= 0.5
    differences -= values[spacing:-spacing]
    differences *= differences
    return differences
