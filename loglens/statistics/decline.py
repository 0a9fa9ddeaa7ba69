"""How much a curve still fell over its end: an average over courses that flatten sooner or later, with its errors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.courses import Design, candidates, design, fit_courses
from loglens.statistics.mixture import Mixture

PACES = (2.0, 4.0, 8.0)
"""Of the exponential falls that are tried: e-folds over the stretch."""
COURSES = candidates(
    2 + len(PACES), [(), (0,), (1,), (2,), (3,), (4,), (0, 3), (0, 4)], [1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0]
)
"""Flat, each fall of `_falls`, and the straight one with a fast one: as power laws and losses of several parts fall.

A course that was flat and falls again is rarer than one that flattens: half the weight.
"""


def decline(
    x: Floats, values: Floats, last: int, sd: float, *, phi: float = 0.0, beside: Floats | None = None
) -> Mixture:
    """The fall of the course behind `values` at increasing `x`, float64[m] each, m >= 4, over its `last` points.

    Below 0: it rose. The course is a level and none or one of five falls, or rises: straight, straight in the second
    half only, or an exponential of three paces; or the straight one together with one of the faster exponentials. They
    are fitted and averaged by `fit_courses`, which says what `sd` and `phi` are. `beside` float64[m, k] are other
    causes, whose part is not counted: the rate of a cyclic schedule, or a spike, as 1 at its point and 0 elsewhere.
    """
    points = ((x - x[0]) / (x[-1] - x[0])).tobytes()
    falls = _falls(points)
    made = _usual(points, phi) if beside is None else design(falls, COURSES, phi=phi, beside=beside)
    return fit_courses(made, values, sd).of(COURSES.of(falls[-last] - falls[-1]))


@lru_cache(maxsize=128)  # up to 15 kB each; the curves of a run are evaluated at the same steps, and so are its kin
def _usual(points: bytes, phi: float) -> Design:
    """The design without other causes at points from 0 to 1."""
    return design(_falls(points), COURSES, phi=phi)


@lru_cache(maxsize=32)
def _falls(points: bytes) -> Floats:
    """The five falls at `points` float64[m] from 0 to 1, float64[m, 5]."""
    u = np.frombuffer(points)[:, None]
    falls = np.concatenate([-u, -np.maximum(u - 0.5, 0.0), np.exp(-np.array(PACES) * u)], axis=1)
    falls.flags.writeable = False
    return falls
