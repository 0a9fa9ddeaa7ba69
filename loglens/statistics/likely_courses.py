"""Which smooth courses a noisy curve may have: their mean, and draws from all of them, under noise that remembers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats, Ints

MEMORIES = np.array([-0.35, -0.1, 0.15, 0.4, 0.65, 0.88])
"""Coefficients of first-order noise tried; their prior falls linearly from 0 to 1 and to -1."""
SIZES = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 1000.0])
SIZE_PRIOR = np.array([0.3, 1.0, 1.0, 1.0, 0.3, 0.1])
"""Sizes of the course tried, in sd of the noise, and their prior: the ends are courses that are nearly all noise or
nearly all course (tuning seeds: the regret of the best step hardly depends on either)."""
DECAYS = (0.04, 0.12, 0.35)
"""Time constants of the decays in the course, as shares of the curve."""
KINKS = 20
"""Places where the slope may change: with 6 or 12 a sharp turn is missed (tuning seeds)."""
KINK_SD = 4.0
"""Standard deviation of all changes of the slope together, relative to the other parts."""
DROP_SD = 3.0
"""A known break moves the level by more than anything else in the course."""
DRAWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class LikelyCourses:
    """`mean` float64[n] of all likely courses; `draws` float64[k, n] of them up to a constant; the noise's `sd`.

    `used` is how many parameters the mean has spent on the values.
    """

    mean: Floats
    draws: Floats
    sd: float
    used: float


def likely_courses(x: Floats, values: Floats, breaks: Ints, *, draws: int = DRAWS) -> LikelyCourses:
    """The courses that `values` float64[n] at increasing `x` float64[n] leave likely, n >= 3, with `draws` of them.

    The course is linear in a level, a slope, three decays and a slope that may change at twenty places (a spline
    with a Gaussian prior: Wahba, Journal of the Royal Statistical Society B 40, 1978), with a step and a decay at
    each index in `breaks`, so that it may jump there. Noise is of first order. Level and variance are integrated
    out; the size of the course and the memory of the noise are averaged over by their marginal likelihood instead
    of being chosen, which is what keeps the draws from being too sure. Cost O(n) for a few dozen parameters.
    """
    n = len(values)
    design = _design(x.tobytes(), tuple(sorted({int(b) for b in breaks if 0 < b < n})), tuple(MEMORIES.tolist()))
    parts, level, strengths, directions = design.parts, design.level, design.strengths, design.directions
    p = parts.shape[1]
    white = _whitened(values[:, None], MEMORIES)
    shared = np.matmul(design.white.transpose(0, 2, 1), white)[:, :, 0]
    own = np.einsum("kni,kni->k", white, white) - shared[:, 0] ** 2 / level
    along = np.matmul(
        directions.transpose(0, 2, 1), (shared[:, 1:] - design.coupling * shared[:, :1])[:, :, None]
    )[:, :, 0]  # fmt: skip
    # over (memory, size): precisions, the squares left, the marginal likelihood, the mean of the coefficients
    precision = strengths[:, None, :] + 1.0 / SIZES[None, :, None] ** 2
    total = np.maximum(own, 1e-300)[:, None]
    left = np.maximum(total - np.sum(along[:, None, :] ** 2 / precision, axis=2), 1e-12 * total)
    likelihood = (
        0.5 * np.log((1.0 - MEMORIES**2) / level)[:, None]
        - 0.5 * np.sum(np.log(precision), axis=2)
        - p * np.log(SIZES)
        - 0.5 * (n - 1) * np.log(left)
        + np.log(1.0 - np.abs(MEMORIES))[:, None]
        + np.log(SIZE_PRIOR)
    )
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    centre = along[:, None, :] / precision
    mean = parts @ np.einsum("kij,kj->i", directions, np.einsum("kt,ktj->kj", weight, centre))
    variance = left / (n - 1)
    used = 1.0 + float(np.sum(weight * np.sum(strengths[:, None, :] / precision, axis=2)))
    random = _normal(draws, p)
    rows = [np.empty((0, p))]
    chosen = np.floor(np.cumsum(weight) * draws + 0.5).astype(np.int64)
    first = 0
    for at, last in enumerate(chosen.tolist()):
        if last > first:
            k, t = divmod(at, len(SIZES))
            # the symmetric root: whatever directions eigh finds (signs, equal strengths), the draws are the same
            scatter = (random[first:last] @ directions[k]) * np.sqrt(variance[k, t] / precision[k, t])
            rotated = centre[k, t] + scatter
            rows.append(rotated @ directions[k].T)
            first = last
    mean += float(np.mean(values - mean))
    return LikelyCourses(mean, np.concatenate(rows) @ parts.T, float(np.sqrt(np.sum(weight * variance))), used)


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """What does not depend on the values: the parts, whitened for each memory, and their principal directions.

    `white` float64[k, n, 1 + p] has the level first; `level` float64[k] is its square, and `coupling` float64[k, p]
    what each part has of it.
    """

    parts: Floats
    white: Floats
    level: Floats
    coupling: Floats
    strengths: Floats
    directions: Floats


@lru_cache(maxsize=16)  # the curves of a run are evaluated at the same steps, and so are the runs of a sweep
def _design(x: bytes, breaks: tuple[int, ...], memories: tuple[float, ...]) -> _Design:
    parts = _parts(np.frombuffer(x), breaks)
    white = _whitened(np.concatenate((np.ones((len(parts), 1)), parts), axis=1), np.array(memories))
    gram = np.matmul(white.transpose(0, 2, 1), white)
    level = gram[:, 0, 0]
    coupling = gram[:, 1:, 0] / level[:, None]
    strengths, directions = np.linalg.eigh(gram[:, 1:, 1:] - gram[:, 1:, :1] * coupling[:, None, :])
    return _Design(parts, white, level, coupling, np.maximum(strengths, 0.0), directions)


def _whitened(columns: Floats, memories: Floats) -> Floats:
    """The columns float64[n, m] as they are where noise of each memory is white: float64[k, n, m]."""
    memory = memories[:, None, None]
    return np.concatenate((np.sqrt(1.0 - memory**2) * columns[:1], columns[1:] - memory * columns[:-1]), axis=1)


def _parts(x: Floats, breaks: Iterable[int]) -> Floats:
    """The parts of a course float64[n, p], each scaled to its prior standard deviation."""
    n = len(x)
    t = (x - x[0]) / max(float(x[-1] - x[0]), 1e-300)
    kinks = min(KINKS, n - 2)
    knots = np.linspace(0.0, 1.0, kinks + 2)[1:-1]
    bends = np.maximum(t[:, None] - knots, 0.0) * (KINK_SD / np.sqrt(kinks))
    parts = [t[:, None], np.exp(-t[:, None] / np.array(DECAYS)), bends]
    for start in breaks:
        after = (np.arange(n) >= start).astype(np.float64)
        parts.append(np.stack((DROP_SD * after, after * np.exp(-np.maximum(t - t[start], 0.0) / 0.08)), axis=1))
    return np.concatenate(parts, axis=1)


@lru_cache(maxsize=8)
def _normal(rows: int, columns: int) -> Floats:
    """Standard normal numbers, the same ones every time: a verdict must not change when it is asked for again."""
    numbers = np.random.default_rng([rows, columns]).standard_normal((rows, columns))
    numbers.flags.writeable = False
    return numbers
