"""How much of one point is still in the next: the memory of a curve's noise, and of a writer that smooths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.median import median


@dataclass(frozen=True, eq=False)
class Memory:
    """What is known of the coefficient of first-order noise: `weights` on `grid`, float64[k]."""

    grid: Floats
    weights: Floats

    @cached_property
    def mean(self) -> float:
        return float(self.grid @ self.weights)


GRID = np.round(np.arange(-0.4, 0.96, 0.15), 2)
"""Coefficients tried: finer steps change the verdicts' error rates by less than their intervals."""
MOMENTS = np.stack((1.0 + GRID**2, -GRID, -(GRID**2)), axis=1)
"""How much of a product of whitened points is that of all points, of neighbours, and of the two ends."""
PRIOR = (1.0 - np.abs(GRID)) / np.sum(1.0 - np.abs(GRID))
KINKED = 12
"""From so many points on a course may have a curvature and a kink."""
RIDGE = 1e-9
"""Of the mean square of a column, added to its square: a kink at the start is a slope."""
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
    centred = values - values.sum() / n
    reach = float(np.abs(centred).max())
    if reach <= 0:
        return Memory(GRID, PRIOR)
    course = _course(n)
    b, kinked = len(course.columns), n >= KINKED
    rows = np.empty((2 if kinked else 1, n))
    np.divide(centred, reach, out=rows[-1])
    if kinked:
        t = course.columns[1]
        np.maximum(t - t[min(max(bottom, 0), n - 1)], 0.0, out=rows[0])
    products = MOMENTS @ _products(rows, np.concatenate((course.columns, rows))).reshape(3, -1)
    products = products.reshape(len(GRID), len(rows), -1)
    onto = products[:, :, :b] @ course.whitening
    left = products[:, :, b:] - onto @ onto.transpose(0, 2, 1)
    least = RIDGE / n * np.einsum("ij,ij->i", rows, rows)
    log_course, lack = course.log_volume, np.maximum(left[:, -1, -1], 0.0) + least[-1]
    if kinked:
        kink = np.maximum(left[:, 0, 0], 0.0) + (least[0] or 1.0)
        log_course = log_course + np.log(kink)
        lack = np.maximum(lack - left[:, 0, 1] ** 2 / kink, least[-1])
    log_likelihood = LOG_FIRST - 0.5 * log_course - 0.5 * (n - b - kinked) * np.log(lack)
    weights = PRIOR * np.exp(log_likelihood - log_likelihood.max())
    return Memory(GRID, weights / weights.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """What does not depend on the values: `columns` float64[b, n] of the course but for its kink.

    For each of k coefficients `whitening` float64[k, b, b] makes of products with the columns those with columns of
    length 1 at right angles to each other; `log_volume` float64[k] is the logarithm of their Gram determinant.
    """

    columns: Floats
    whitening: Floats
    log_volume: Floats


@lru_cache(maxsize=200)  # of up to 200 points each; up to 8 kB
def _course(n: int) -> _Course:
    """A constant, a slope and a decay over n points, from 12 on a curvature."""
    t = np.arange(n) / (n - 1.0)
    columns = np.stack((np.ones(n), t, np.exp(-8.0 * t), t * t)[: 4 if n >= KINKED else 3])
    products = _products(columns, columns)
    gram = np.tensordot(MOMENTS, products, axes=1)
    gram += RIDGE / n * np.diag(products[0].diagonal())
    root = np.linalg.cholesky(gram)
    log_volume = 2.0 * np.log(root.diagonal(axis1=1, axis2=2)).sum(axis=1)
    return _Course(columns, np.asarray(np.linalg.inv(root).transpose(0, 2, 1), dtype=np.float64), log_volume)


def _products(rows: Floats, columns: Floats) -> Floats:
    """Products float64[3, r, c] of each of `rows` with `columns`: of all points, of neighbours, and of the two ends."""
    last = rows.shape[1] - 1
    neighbours = rows[:, 1:] @ columns[:, :-1].T + rows[:, :-1] @ columns[:, 1:].T
    return np.array((rows @ columns.T, neighbours, rows[:, ::last] @ columns[:, ::last].T))


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
