"""Where a falling course turns to rise, and how far: an average over all places where the rise may begin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats

FEWEST = 6
"""Points below which four terms of a course and a rise fit everything."""
CURVED = 9
"""From so many points on the falling course is curved, too."""
LONG, FURTHER_DECAYS = 60, (25.0, 3.0)
"""From so many points on it may fall by two more rates: a long quiet curve shows where one decay does not fit, and the
turn would bend to make up for it. Fewer points are told less well with them (tuning runs)."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """The `course` float64[n] behind values, the index of its lowest point, and the `sd` of the values around it."""

    course: Floats
    bottom: int
    sd: float

    @property
    def rise(self) -> float:
        """How far the course ends above its lowest point."""
        return float(self.course[-1] - self.course[self.bottom])


def turning_point(values: Floats) -> Turn:
    """The course behind `values` float64[n] at even steps, n >= 1, and where it turns to rise.

    It is a constant, a slope, a decay, a curvature (from 9 points on) and two more decays (from 60), plus a rise that
    begins at one of the points as one of three powers of the distance from it. All of these fits are averaged with
    the weights of their likelihood under independent noise (Hoeting et al., Bayesian model averaging, Statistical
    Science 14, 1999): the average is surer of the place than the best fit alone, and than a smoother, which flattens
    a sharp turn. Where no rise fits it ends with its lowest point; below 6 points it is the values themselves. O(n^2).
    """
    n = len(values)
    if n < FEWEST:
        return Turn(values, int(np.argmin(values)), 0.0)
    base, rises, sizes = _few_terms(n) if n < LONG else _many_terms(n)
    level = values - base @ (base.T @ values)
    along = level @ rises
    heights = along / sizes
    error = float(level @ level) - along * heights
    fitting = heights > 0
    smallest = max(1e-12 * float(values @ values), 1e-300)
    log_weight = np.where(fitting, -0.5 * (n - base.shape[1] - 1) * np.log(np.maximum(error, smallest)), -np.inf)
    course = values - level
    if fitting.any():
        weight = np.exp(log_weight - log_weight.max())
        course = course + rises @ (heights * weight / weight.sum())
    residual = values - course
    sd = math.sqrt(float(residual @ residual) / max(n - base.shape[1] - 1, 1))
    return Turn(course, int(np.argmin(course)), sd)


@lru_cache(maxsize=64)  # up to 80 kB each
def _few_terms(n: int) -> tuple[Floats, Floats, Floats]:
    return _terms(n)


@lru_cache(maxsize=24)  # up to 1 MB each
def _many_terms(n: int) -> tuple[Floats, Floats, Floats]:
    return _terms(n)


def _terms(n: int) -> tuple[Floats, Floats, Floats]:
    """An orthonormal basis of falls float64[n, p], rises less their part in it float64[n, k], and their squares.

    The square of a rise that the falls make up themselves counts as infinite.
    """
    t = np.linspace(0.0, 1.0, n)
    courses = [np.ones(n), t, np.exp(-8.0 * t)]
    if n >= CURVED:
        courses.append(t * t)
    if n >= LONG:
        courses += [np.exp(-rate * t) for rate in FURTHER_DECAYS]
    base, _ = np.linalg.qr(np.stack(courses, axis=1))
    rises = np.empty((3, n, n - 2))  # as sharp as a kink to as soft as a parabola: powers 1, 1.5 and 2
    np.maximum(t[:, None] - t[: n - 2], 0.0, out=rises[0])
    np.sqrt(rises[0], out=rises[1])
    rises[1] *= rises[0]
    np.multiply(rises[0], rises[0], out=rises[2])
    rises -= base @ (base.T @ rises)
    sizes = np.einsum("kij,kij->kj", rises, rises).ravel()
    return base, np.concatenate(list(rises), axis=1), np.where(sizes > 1e-9, sizes, np.inf)
