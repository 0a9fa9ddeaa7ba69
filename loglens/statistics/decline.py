"""How much a curve still fell over its end: an average over courses that flatten sooner or later, with its errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from loglens.events.series import Floats

PACES = (2.0, 4.0, 8.0)
"""Of the exponential falls that are tried: e-folds over the stretch."""
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


def decline(values: Floats, last: int, sd: float, phi: float = 0.0, beside: Floats | None = None) -> Decline:
    """The fall of the course behind `values` float64[m], m >= 4, from the first of its `last` points to the final one.

    The course is a level and none or one of five falls, or rises: straight, straight in the second half only, or an
    exponential of three paces. Each is fitted by generalised least squares under first-order noise of memory `phi`,
    whose deviation `sd` is that of its second differences, or larger where no course fits that well. The fits are
    averaged by their likelihood (Hoeting et al., Statistical Science 14, 1999, with half the penalty of BIC). `beside`
    float64[m] is a cause that enters linearly, like the rate of a cyclic schedule; its part of the fall is counted.
    """
    m = len(values)
    falls, moves = _falls(m, last)
    base = np.ones((m, 1)) if beside is None else np.stack([np.ones(m), beside], axis=1)
    basis, corner = np.linalg.qr(_whitened(base, phi))
    ours = _whitened(values[:, None], phi)[:, 0]
    theirs = _whitened(falls, phi)
    part, free = basis.T @ ours, basis.T @ theirs
    level, bent = ours - basis @ part, theirs - basis @ free
    sizes = np.sum(bent * bent, axis=0)
    heights = (level @ bent) / sizes
    lack = np.r_[float(level @ level), float(level @ level) - heights**2 * sizes]
    # what the cause beside moved the curve by: a linear form in the whitened values
    moved = np.zeros(base.shape[1]) if beside is None else np.array([0.0, float(beside[m - last] - beside[-1])])
    form = np.linalg.solve(corner.T, moved)
    means = float(form @ part) + np.r_[0.0, heights * (moves - form @ free)]
    spread = float(form @ form) + np.r_[0.0, (moves - form @ free) ** 2 / sizes]
    used = base.shape[1] + np.r_[0.0, np.ones(len(moves))]
    fresh = sd * sd * (1.0 - phi * phi) / max(1.0 - 4.0 * phi / 3.0 + phi * phi / 3.0, 0.2)
    fresh = max(fresh, float((lack / np.maximum(m - used, 1.0)).min()), 1e-300)
    log_weight = -0.5 * lack / fresh - 0.25 * used * math.log(m)
    weights = np.exp(log_weight - log_weight.max())
    return Decline(weights / weights.sum(), means, np.sqrt(spread * fresh))


def _whitened(columns: Floats, phi: float) -> Floats:
    """`columns` float64[m, k] less what first-order noise of memory `phi` lets one foresee of each row."""
    rest = columns.copy()
    rest[1:] -= phi * columns[:-1]
    rest[0] *= math.sqrt(1.0 - phi * phi)
    return rest


@lru_cache(maxsize=128)
def _falls(m: int, last: int) -> tuple[Floats, Floats]:
    """Falls over m points float64[m, 5], and what each falls by over the last ones, float64[5]."""
    u = np.linspace(0.0, 1.0, m)
    falls = np.stack([-u, -np.maximum(u - 0.5, 0.0), *(np.exp(-pace * u) for pace in PACES)], axis=1)
    return falls, falls[m - last] - falls[-1]
