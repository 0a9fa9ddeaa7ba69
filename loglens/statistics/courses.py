"""Many small regressions at once: a level and none, one or two of several falls, weighted by their likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.statistics.first_order import difference_variance, whitened
from loglens.statistics.mixture import Mixture

ALIKE = 1e-9
"""Of its square: a fall of which other causes, or another fall, leave less is one and the same to these points."""
PENALTY = 0.25
"""Log points and parameters weigh against a fit by so much: half the penalty of BIC, which prefers too flat courses."""
LEAST_SHOWN = 0.2
"""Of the noise's variance: second differences of noise of more memory than .73 count as showing so much of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Which falls make up each course: their `numbers` int64[c, 2], those beyond the last for none, and how many
    they are, `count` float64[c]; the `prior` weight float64[c] of the course.
    """

    numbers: Ints
    count: Floats
    prior: Floats

    def of(self, form: Floats) -> Floats:
        """Of the factors float64[k] of a linear form of all falls' heights those of each course, float64[c, 2]."""
        return np.concatenate([form, (0.0, 0.0)])[self.numbers]


def candidates(falls: int, courses: Sequence[Sequence[int]], prior: Sequence[float] | None = None) -> Candidates:
    """Courses by the numbers of their falls, none to two each, out of `falls`; all the same `prior` weight if None."""
    numbers = np.array([[*course, falls, falls + 1][:2] for course in courses], dtype=np.int64)
    count = np.array([float(len(course)) for course in courses])
    return Candidates(numbers, count, np.ones(len(courses)) if prior is None else np.asarray(prior, dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Fitted courses: `heights` float64[c, 2] of their falls, `covariances` float64[c, 2, 2], `weights` float64[c]."""

    heights: Floats
    covariances: Floats
    weights: Floats

    def of(self, forms: Floats) -> Mixture:
        """What is known of a linear form of the heights, as of a fall over a stretch: factors float64[c, 2]."""
        spreads = np.einsum("ci,ci->c", np.einsum("cij,cj->ci", self.covariances, forms), forms)
        means = np.einsum("ci,ci->c", forms, self.heights)
        return Mixture(self.weights, means, np.sqrt(np.maximum(spreads, 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """All of the regressions but the values: the courses `tried` out of a level and falls, in noise of memory `phi`.

    Whitened: `causes` float64[b, m] are the level and what else enters linearly, each less those before it and of
    length 1, `falls` float64[m, k + 2] the falls less all of these, and two of zeros for courses of fewer; `inverse`
    float64[c, 2, 2] is that of the products of each course's falls. `free` float64[c] are the degrees left, never
    below 0.
    """

    tried: Candidates
    phi: float
    causes: Floats
    falls: Floats
    inverse: Floats
    free: Floats


def design(falls: Floats, tried: Candidates, *, phi: float = 0.0, beside: Floats | None = None) -> Design:
    """The courses of `tried` out of a level and `falls` float64[m, k], in noise of memory `phi`.

    `beside` float64[m, j] are other causes that enter linearly.
    """
    m, k = falls.shape
    others = [np.ones((m, 1))] if beside is None else [np.ones((m, 1)), beside]
    columns = whitened(np.concatenate([*others, falls, np.zeros((m, 2))], axis=1), phi)
    base = columns.shape[1] - k - 2
    sizes = np.einsum("mk,mk->k", columns[:, base:-2], columns[:, base:-2])
    for number in range(base):  # the modified Gram-Schmidt process
        cause, rest = columns[:, number], columns[:, number + 1 :]
        cause /= max(math.sqrt(float(cause @ cause)), 1e-150)
        rest -= cause[:, None] * (cause @ rest)
    gram = columns[:, base:].T @ columns[:, base:]
    gram.reshape(-1)[:: k + 3] += (*(ALIKE * sizes), 1.0, 1.0)  # the diagonal
    first, second = tried.numbers.T
    one, both, other = gram[first, first], gram[first, second], gram[second, second]
    inverse = np.empty((len(first), 2, 2))  # by Cramer's rule
    inverse[:, 0, 0], inverse[:, 1, 1] = other, one
    inverse[:, 0, 1] = inverse[:, 1, 0] = -both
    inverse /= (one * other - both * both)[:, None, None]
    return Design(
        tried,
        phi,
        np.ascontiguousarray(columns[:, :base].T),
        columns[:, base:],
        inverse,
        np.maximum(m - base - tried.count, 0.0),
    )


def fit_courses(made: Design, values: Floats, sd: float) -> Fits:
    """Every course of a design through `values` float64[m], in noise whose second differences have deviation `sd`.

    By generalised least squares; the deviation is larger where no course fits that well. Weights: prior times
    likelihood, penalised by the number of parameters (Hoeting et al., Statistical Science 14, 1999).
    """
    phi, free = made.phi, made.free
    left = whitened(values, phi)
    for cause in made.causes:
        left -= cause * (cause @ left)
    seen = (left @ made.falls)[made.tried.numbers]
    heights = np.einsum("cij,cj->ci", made.inverse, seen)
    lack = float(left @ left) - np.einsum("ci,ci->c", heights, seen)
    fresh = sd * sd * (1.0 - phi * phi) / max(difference_variance(phi), LEAST_SHOWN)
    fresh = max(fresh, float(np.where(free > 0, lack / np.maximum(free, 1.0), np.inf).min()), 1e-300)
    log_weight = np.log(made.tried.prior) - 0.5 * lack / fresh + PENALTY * free * math.log(len(values))
    weights = np.where(free > 0, np.exp(log_weight - log_weight.max()), 0.0)
    return Fits(heights, made.inverse * fresh, weights / weights.sum())
