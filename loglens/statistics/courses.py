"""Many small regressions at once: a level and none, one or two of several falls, weighted by their likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.mixture import Mixture

ALIKE = 1e-9
"""Of its square: a fall of which other causes, or another fall, leave less is one and the same to these points."""
PENALTY = 0.25
"""Log points and parameters weigh against a fit by so much: half the penalty of BIC, which prefers too flat courses."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Which falls make up each course, as matrices float64[c, k, 2] to multiply with, and their weights beforehand."""

    select: Floats
    falls: Floats
    prior: Floats


def candidates(falls: int, courses: Sequence[Sequence[int]], prior: Sequence[float] | None = None) -> Candidates:
    """Courses by the numbers of their falls, none to two each, out of `falls`; all the same `prior` weight if None."""
    select = np.zeros((len(courses), falls, 2))
    for number, course in enumerate(courses):
        for place, fall in enumerate(course):
            select[number, fall, place] = 1.0
    counts = np.array([float(len(course)) for course in courses])
    return Candidates(select, counts, np.ones(len(courses)) if prior is None else np.asarray(prior, dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Fitted courses: `heights` float64[c, 2] of their falls, `covariances` float64[c, 2, 2], `weights` float64[c]."""

    heights: Floats
    covariances: Floats
    weights: Floats

    def of(self, forms: Floats) -> Mixture:
        """What is known of a linear form of the heights, its factors float64[c, 2] a course."""
        spreads = np.sum(np.einsum("cij,cj->ci", self.covariances, forms) * forms, axis=1)
        return Mixture(self.weights, np.sum(forms * self.heights, axis=1), np.sqrt(np.maximum(spreads, 0.0)))


def fit_courses(
    falls: Floats, tried: Candidates, values: Floats, sd: float, *, phi: float = 0.0, beside: Floats | None = None
) -> Fits:
    """Every course of `tried` through `values` float64[m], out of a level and `falls` float64[m, k].

    By generalised least squares under first-order noise of memory `phi`, whose deviation `sd` is that of its second
    differences, or larger where no course fits that well. Weights: prior times likelihood, penalised by the number of
    parameters (Hoeting et al., Statistical Science 14, 1999). `beside` float64[m, j] are other causes that enter
    linearly.
    """
    m = len(values)
    base = np.ones((m, 1)) if beside is None else np.concatenate([np.ones((m, 1)), beside], axis=1)
    basis = np.linalg.qr(_whitened(base, phi))[0]
    ours, theirs = _whitened(values[:, None], phi)[:, 0], _whitened(falls, phi)
    level, bent = ours - basis @ (basis.T @ ours), theirs - basis @ (basis.T @ theirs)
    gram = bent.T @ bent + ALIKE * np.diag(np.sum(theirs * theirs, axis=0))
    chosen = tried.select.transpose(0, 2, 1) @ gram @ tried.select
    seen = (level @ bent) @ tried.select
    # by Cramer's rule, with one in the place of a fall that a course does without
    one, both, other = chosen[:, 0, 0] + (tried.falls < 1), chosen[:, 0, 1], chosen[:, 1, 1] + (tried.falls < 2)
    inverse = np.stack([np.stack([other, -both], axis=1), np.stack([-both, one], axis=1)], axis=1)
    inverse /= (one * other - both * both)[:, None, None]
    heights = np.einsum("cij,cj->ci", inverse, seen)
    lack = float(level @ level) - np.sum(heights * seen, axis=1)
    free = np.maximum(m - base.shape[1] - tried.falls, 0.0)
    fresh = sd * sd * (1.0 - phi * phi) / max(1.0 - 4.0 * phi / 3.0 + phi * phi / 3.0, 0.2)
    fresh = max(fresh, float(np.where(free > 0, lack / np.maximum(free, 1.0), np.inf).min()), 1e-300)
    log_weight = np.log(tried.prior) - 0.5 * lack / fresh + PENALTY * free * math.log(m)
    weights = np.where(free > 0, np.exp(log_weight - log_weight.max()), 0.0)
    return Fits(heights, inverse * fresh, weights / weights.sum())


def _whitened(columns: Floats, phi: float) -> Floats:
    """`columns` float64[m, k] less what first-order noise of memory `phi` lets one foresee of each row."""
    rest = columns.copy()
    rest[1:] -= phi * columns[:-1]
    rest[0] *= math.sqrt(1.0 - phi * phi)
    return rest
