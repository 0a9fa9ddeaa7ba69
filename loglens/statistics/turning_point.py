"""Where a falling course turns to rise: the minimum of an average over all places where the rise may begin."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from loglens.events.series import Floats

POWERS = (1.0, 1.5, 2.0)
"""A rise begins as sharply as a kink or as softly as a parabola."""
FEWEST = 6
"""Points below which four terms of a course and a rise fit everything."""
CURVED = 9
"""From so many points on the falling course is curved, too."""


def turning_point(values: Floats) -> int:
    """The index of the minimum of the course behind `values` float64[n] at even steps, n >= 1.

    The course is a constant, a slope, a decay and (from 9 points on) a curvature, plus a rise that begins at one of
    the points as one of three powers of the distance from it. All of these fits are averaged with the weights of
    their likelihood under independent noise (Hoeting et al., Bayesian model averaging, Statistical Science 14, 1999):
    the average is surer of the place than the best fit alone, and than a smoother, which flattens a sharp turn. Below
    6 points, or where no rise fits, it is the lowest value. O(n^2).
    """
    n = len(values)
    if n < FEWEST:
        return int(np.argmin(values))
    base, rises, sizes = _terms(n)
    level = values - base @ (base.T @ values)
    heights = (level @ rises) / sizes
    error = float(level @ level) - heights**2 * sizes
    fitting = heights > 0
    if not fitting.any():
        return int(np.argmin(values))
    smallest = max(1e-12 * float(values @ values), 1e-300)
    log_weight = np.where(fitting, -0.5 * (n - base.shape[1] - 1) * np.log(np.maximum(error, smallest)), -np.inf)
    weight = np.exp(log_weight - log_weight.max())
    return int(np.argmin(values - level + rises @ (heights * weight / weight.sum())))


@lru_cache(maxsize=64)
def _terms(n: int) -> tuple[Floats, Floats, Floats]:
    """An orthonormal basis of falls float64[n, p], rises less their part in it float64[n, k], and their squares."""
    t = np.linspace(0.0, 1.0, n)
    courses = [np.ones(n), t, np.exp(-8.0 * t)]
    if n >= CURVED:
        courses.append(t * t)
    base, _ = np.linalg.qr(np.stack(courses, axis=1))
    distance = np.maximum(t[:, None] - t[None, : n - 2], 0.0)
    rises = np.concatenate([distance**power for power in POWERS], axis=1)
    rises = rises - base @ (base.T @ rises)
    sizes = np.sum(rises * rises, axis=0)
    told = sizes > 1e-9
    return base, np.ascontiguousarray(rises[:, told]), sizes[told]
