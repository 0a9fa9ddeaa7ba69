"""How much of all that a curve fell by fell to its end: a fifth of a straight line, next to nothing of a plateau."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.courses import Design, candidates, design, fit_courses
from loglens.statistics.mixture import Mixture

PACES = (-3.0, -1.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0, 8.0, 16.0, 32.0)
"""Of the exponential falls that are tried: e-folds over the curve; below 0 they speed up. Dense where it matters."""
FAST = 4.0
"""From this pace on an exponential is tried with a straight tail, too."""
COURSES = candidates(
    2 + len(PACES),
    [(0,), (1,)] + [(2 + i,) for i in range(len(PACES))] + [(0, 2 + i) for i, p in enumerate(PACES) if p >= FAST],
)


def late_share(x: Floats, values: Floats, sd: float, *, phi: float = 0.0, part: float = 0.2) -> Mixture:
    """The share of the whole fall that came in the last `part` of `x`; `values`, `x` float64[m], x increasing, m >= 5.

    The course is straight, straight in its second half only, an exponential, or a fast exponential with a straight
    tail, fitted and averaged by `fit_courses`. The shape of most courses is their share, so that noise in the first
    value, which the progress is counted from, does not enter. A course that rose as a whole has a share of 0.
    """
    fits = fit_courses(_design(((x - x[0]) / (x[-1] - x[0])).tobytes(), phi), values, sd)
    whole, late = _forms(part)
    total, end = np.sum(whole * fits.heights, axis=1), np.sum(late * fits.heights, axis=1)
    fell = total > 0
    shares = np.where(fell, end / np.where(fell, total, 1.0), 0.0)
    # how the share moves with the heights, to first order
    moved = np.where(fell[:, None], (late - shares[:, None] * whole) / np.where(fell, total, 1.0)[:, None], 0.0)
    return Mixture(fits.weights, shares, fits.of(moved).errors)


@lru_cache(maxsize=64)  # up to 40 kB each; the curves of a run are evaluated at the same steps, and so are its kin
def _design(points: bytes, phi: float) -> Design:
    """The courses at points from 0 to 1."""
    return design(_falls(np.frombuffer(points)), COURSES, phi=phi)


@lru_cache(maxsize=1)
def _forms(part: float) -> tuple[Floats, Floats]:
    """What each course falls by over all, and over its last `part`, in its heights, float64[c, 2] each."""
    ends = _falls(np.array([0.0, 1.0 - part, 1.0]))
    return COURSES.of(ends[0] - ends[2]), COURSES.of(ends[1] - ends[2])


def _falls(u: Floats) -> Floats:
    """The falls at the points u in 0 to 1, float64[m, 2 + paces]."""
    paces, along = np.array(PACES), u[:, None]
    return np.concatenate([-along, -np.maximum(along - 0.5, 0.0), np.sign(paces) * np.exp(-paces * along)], axis=1)
