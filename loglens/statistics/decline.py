"""How much a curve still fell over its end: an average over courses that flatten sooner or later, with its errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from loglens.events.series import Floats

PACES = (2.0, 4.0, 8.0)
"""Of the exponential falls that are tried: e-folds over the stretch."""
COURSES: tuple[tuple[int, ...], ...] = ((), (0,), (1,), (2,), (3,), (4,), (0, 3), (0, 4))
"""The falls of `_falls` that make up each course: none, one, or the straight and a fast one together."""
PRIOR = np.array([1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0])
"""Their weights before the values are seen: a course that was flat and falls again is rarer than one that flattens."""
FALLS = np.array([len(course) for course in COURSES])
ALIKE = 1e-9
"""Of its square: a fall of which other causes, or another fall, leave less is one and the same to these points."""
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, eq=False)
class Decline:
    """What a curve fell by over its last points (below 0: rose), as a mixture of normal laws, float64[k] each."""

    weights: Floats
    means: Floats
    errors: Floats

    @property
    def mean(self) -> float:
        return float(self.weights @ self.means)

    @property
    def error(self) -> float:
        """The standard deviation of the mixture."""
        return math.sqrt(float(self.weights @ (self.errors**2 + (self.means - self.mean) ** 2)))

    def above(self, value: float) -> float:
        """The chance that the fall is larger than `value`."""
        chance = 0.0
        for weight, mean, error in zip(self.weights.tolist(), self.means.tolist(), self.errors.tolist(), strict=True):
            chance += weight * (NORMAL.cdf((mean - value) / error) if error > 0 else float(mean > value))
        return chance


def decline(
    x: Floats, values: Floats, last: int, sd: float, *, phi: float = 0.0, beside: Floats | None = None
) -> Decline:
    """The fall of the course behind `values` at increasing `x`, float64[m] each, m >= 4, over its `last` points.

    The course is a level and none or one of five falls, or rises: straight, straight in the second half only, or an
    exponential of three paces; or the straight one together with one of the faster exponentials, as power laws and
    losses of several parts fall. Each is fitted by generalised least squares under first-order noise of memory `phi`,
    whose deviation `sd` is that of its second differences, or larger where no course fits that well. The fits are
    averaged by their likelihood (Hoeting et al., Statistical Science 14, 1999, with half the penalty of BIC).
    `beside` float64[m, k] are other causes, which enter linearly and whose part is not counted: the rate of a cyclic
    schedule, or a spike, as 1 at its point and 0 elsewhere.
    """
    m = len(values)
    falls = _falls(x)
    base = np.ones((m, 1)) if beside is None else np.concatenate([np.ones((m, 1)), beside], axis=1)
    basis = np.linalg.qr(_whitened(base, phi))[0]
    ours, theirs = _whitened(values[:, None], phi)[:, 0], _whitened(falls, phi)
    level, bent = ours - basis @ (basis.T @ ours), theirs - basis @ (basis.T @ theirs)
    gram = bent.T @ bent + ALIKE * np.diag(np.sum(theirs * theirs, axis=0))
    # each course by Cramer's rule, with one in the place of a fall that it does without
    chosen = SELECT.transpose(0, 2, 1) @ gram @ SELECT
    one, both, other = chosen[:, 0, 0] + (FALLS < 1), chosen[:, 0, 1], chosen[:, 1, 1] + (FALLS < 2)
    apart = one * other - both * both
    moves, seen = ((falls[m - last] - falls[-1]) @ SELECT).T, ((level @ bent) @ SELECT).T
    turned = (other * moves[0] - both * moves[1]) / apart, (one * moves[1] - both * moves[0]) / apart
    means = turned[0] * seen[0] + turned[1] * seen[1]
    spreads = turned[0] * moves[0] + turned[1] * moves[1]
    explained = (other * seen[0] ** 2 - 2.0 * both * seen[0] * seen[1] + one * seen[1] ** 2) / apart
    lack = float(level @ level) - explained
    free = np.maximum(m - base.shape[1] - FALLS, 0)
    fresh = sd * sd * (1.0 - phi * phi) / max(1.0 - 4.0 * phi / 3.0 + phi * phi / 3.0, 0.2)
    fresh = max(fresh, float(np.where(free > 0, lack / np.maximum(free, 1), np.inf).min()), 1e-300)
    log_weight = np.log(PRIOR) - 0.5 * lack / fresh + 0.25 * free * math.log(m)
    weights = np.where(free > 0, np.exp(log_weight - log_weight.max()), 0.0)
    return Decline(weights / weights.sum(), means, np.sqrt(np.maximum(spreads, 0.0) * fresh))


def _whitened(columns: Floats, phi: float) -> Floats:
    """`columns` float64[m, k] less what first-order noise of memory `phi` lets one foresee of each row."""
    rest = columns.copy()
    rest[1:] -= phi * columns[:-1]
    rest[0] *= math.sqrt(1.0 - phi * phi)
    return rest


def _falls(x: Floats) -> Floats:
    """The five falls at the points x, float64[m, 5]."""
    u = (x - x[0]) / (x[-1] - x[0])
    return np.stack([-u, -np.maximum(u - 0.5, 0.0), *(np.exp(-pace * u) for pace in PACES)], axis=1)


def _select() -> Floats:
    """Which falls each course is made of, as matrices float64[courses, 5, 2] to multiply with."""
    select = np.zeros((len(COURSES), 2 + len(PACES), 2))
    for number, course in enumerate(COURSES):
        for place, fall in enumerate(course):
            select[number, fall, place] = 1.0
    return select


SELECT = _select()
