"""Which courses a noisy curve may have: draws of the forms that it leaves likely, under noise that remembers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.statistics.course_forms import CourseForms, course_forms

MEMORIES = np.array([0.0, 0.6])
"""Coefficients of first-order noise tried; their prior falls linearly to 0 at 1. More of them change nothing."""
SIZES = np.array([6.0, 100.0])
SIZE_PRIOR = np.array([0.6, 0.4])
"""Sizes of an event, in sd of the noise: overfitting may raise a loss to many times its noise. A third changes
nothing."""
ALONE = 0.1
"""Prior weight of an event without a decay, whose end came before the first evaluation."""
PROPOSALS = 300
"""With twice as many the regrets of tuning seeds are the same."""
FEWEST = 30
"""Fewer draws with all amounts above 0 tell too little; amounts below 0 then count as 0."""
MOST_BREAKS = 4
EXACT = 1e-9
"""Share of the variance that counts as noise at least: a logged value has its rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class LikelyCourses:
    """`draws` float64[k, n] of the course, each as high as the values on the weighted mean; their `mean` float64[n]."""

    draws: Floats
    mean: Floats


def likely_courses(x: Floats, values: Floats, scatter: Floats, breaks: Ints) -> LikelyCourses:
    """Draws of the courses that `values` float64[n] at increasing `x` float64[n] leave likely, n >= 3.

    A course is a level and a positive amount of a decay, of an event, or of both (`course_forms`), with a step at
    each index in `breaks` (of more than four the last ones). Around it lies first-order noise, of unknown variance
    times the square of `scatter` float64[n]. All forms are averaged over by their marginal likelihoods (Hoeting et
    al., Statistical Science 14, 1999): level, steps, the amount of the decay and the logarithm of the variance have
    flat priors, the amount of an event a normal one of several sizes. Amounts are drawn without a sign, and what is
    negative is left out (Klugkist & Hoijtink, Computational Statistics & Data Analysis 51, 2007); a form that fits
    only with a negative amount is weighed by how well it fits without it, so that enough draws are left. O(n).
    """
    spread = float(np.std(values))
    if spread <= 0.0:
        return LikelyCourses(values[None], values)
    y = values / spread
    n = len(y)
    known = sorted({int(b) for b in breaks if 0 < b < n})[-min(MOST_BREAKS, n - 3) :] if n > 3 else []
    courses = _drawn(_posterior(course_forms(x), y, 1.0 / scatter, known), known)
    weights = scatter**-2.0 / np.sum(scatter**-2.0)
    courses += (weights @ y - courses @ weights)[:, None]
    courses *= spread
    return LikelyCourses(courses, courses.mean(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """What the values tell of the amounts a of a decay and b of an event, for (memory, decay or none, variant).

    A variant is an event of one size, or none, the last. `weight` is the posterior weight; `a`, `b` are the means,
    and p, q, c the inverse of the covariance (of a, of b, between them) in units of `variance`, that of the noise.
    Given a, b, the level and the steps are `triangle` float64[k, s, s] solved for `values` - a `decays` - b `events`,
    each a projection on level and steps float64[k, s, ...].
    """

    forms: CourseForms
    weight: Floats
    a: Floats
    b: Floats
    p: Floats
    q: Floats
    c: Floats
    variance: Floats
    triangle: Floats
    values: Floats
    decays: Floats
    events: Floats


def _posterior(forms: CourseForms, y: Floats, precision: Floats, breaks: list[int]) -> _Posterior:
    n, decays = forms.decays.shape
    base = np.stack([np.ones(n), *((np.arange(n) < b).astype(np.float64) for b in breaks)], axis=1)
    white = _whitened(np.concatenate((base, y[:, None], forms.decays, forms.events), axis=1) * precision[:, None])
    s = base.shape[1]
    basis, triangle = np.linalg.qr(white[:, :, :s])
    onto = np.matmul(basis.transpose(0, 2, 1), white[:, :, s:])
    rest = white[:, :, s:] - np.matmul(basis, onto)
    own, decay, event = rest[:, :, 0], rest[:, :, 1 : 1 + decays], rest[:, :, 1 + decays :]
    # squares and products; a form that is not there has a square of 1 and no product with anything
    total = np.einsum("kn,kn->k", own, own)[:, None, None]
    p = _with_none(np.einsum("knj,knj->kj", decay, decay), 1.0)[:, :, None]
    to_a = _with_none(np.einsum("knj,kn->kj", decay, own), 0.0)[:, :, None]
    q = _variants(np.einsum("kne,kne->ke", event, event)[:, :, None] + SIZES**-2.0, 1.0)[:, None, :]
    to_b = _variants(np.repeat(np.einsum("kne,kn->ke", event, own)[:, :, None], len(SIZES), axis=2), 0.0)[:, None, :]
    c = np.zeros((len(white), decays + 1, q.shape[2]))
    c[:, :-1, :-1] = np.repeat(np.matmul(decay.transpose(0, 2, 1), event), len(SIZES), axis=2)
    determinant = np.maximum(p * q - c * c, EXACT * p * q)
    a, b = (q * to_a - c * to_b) / determinant, (p * to_b - c * to_a) / determinant
    left = np.maximum(total - a * to_a - b * to_b, EXACT * total)
    # the squares that are left without negative amounts, for the weights
    allowed = left + (np.minimum(a, 0.0) ** 2 / q + np.minimum(b, 0.0) ** 2 / p) * determinant
    freedom = max(n - s - 1, 1)
    log_prior = np.log(1.0 - MEMORIES) + 0.5 * np.log(1.0 - MEMORIES**2)
    log_prior = log_prior - np.sum(np.log(np.abs(np.diagonal(triangle, axis1=1, axis2=2))), axis=1)
    log_weight = log_prior[:, None, None] + _log_form_prior(forms)
    log_weight -= 0.5 * (np.log(determinant) + freedom * np.log(allowed))
    weight = np.exp(log_weight - log_weight.max())
    return _Posterior(
        forms,
        weight,
        a,
        b,
        np.broadcast_to(p, c.shape),
        np.broadcast_to(q, c.shape),
        c,
        left / freedom,
        triangle,
        onto[:, :, 0],
        _with_none(onto[:, :, 1 : 1 + decays], 0.0),
        _with_none(onto[:, :, 1 + decays :], 0.0),
    )


def _with_none(columns: Floats, none: float) -> Floats:
    """The last axis with one entry more, for no decay or no event."""
    return np.concatenate((columns, np.full((*columns.shape[:-1], 1), none)), axis=-1)


def _variants(by_size: Floats, none: float) -> Floats:
    """Events and sizes float64[k, e, sizes] in one axis, and none at its end."""
    return _with_none(by_size.reshape(len(by_size), -1), none)


@lru_cache(maxsize=16)  # as many as `course_forms` keeps
def _log_form_prior(forms: CourseForms) -> Floats:
    """Log prior weights float64[decays + 1, variants]; each amount above 0 is half of its law, hence the twos."""
    decay = np.r_[np.full(forms.decays.shape[1], 2.0 / forms.decays.shape[1]), ALONE]
    event = np.r_[(2.0 * forms.weights[:, None] * SIZE_PRIOR / SIZES).ravel(), 1.0 - float(forms.weights.sum())]
    prior: Floats = np.log(decay)[:, None] + np.log(event)
    prior.flags.writeable = False
    return prior


def _drawn(posterior: _Posterior, breaks: list[int]) -> Floats:
    """Draws float64[k, n] of the course, up to its level."""
    forms, shape = posterior.forms, posterior.weight.shape
    above = np.cumsum(posterior.weight)
    chosen = np.searchsorted(above, (np.arange(PROPOSALS) + 0.5) / PROPOSALS * above[-1])
    random = _normal(PROPOSALS, 3 + MOST_BREAKS)
    k, j, v = np.unravel_index(np.minimum(chosen, above.size - 1), shape)
    p, q, c = posterior.p[k, j, v], posterior.q[k, j, v], posterior.c[k, j, v]
    sd = np.sqrt(posterior.variance[k, j, v])
    # a with its own variance, then b given a
    offset = random[:, 0] / np.sqrt(np.maximum(p - c * c / q, EXACT * p))
    a = posterior.a[k, j, v] + sd * offset
    b = posterior.b[k, j, v] + sd * (random[:, 1] / np.sqrt(q) - c / q * offset)
    e = v // len(SIZES)
    no_decay, no_event = j == shape[1] - 1, v == shape[2] - 1
    a[no_decay], b[no_event] = 0.0, 0.0
    allowed = (a >= 0.0) & (b >= 0.0)
    if np.count_nonzero(allowed) < FEWEST:
        a, b = np.maximum(a, 0.0), np.maximum(b, 0.0)
    else:
        a, b, k, j, e, sd, random = (array[allowed] for array in (a, b, k, j, e, sd, random))
    courses = np.ascontiguousarray(_with_none(forms.decays, 0.0).T)[j]
    courses *= a[:, None]  # in place, since these are the largest arrays of a run
    turned = np.ascontiguousarray(_with_none(forms.events, 0.0).T)[e]
    turned *= b[:, None]
    courses += turned
    if breaks:
        steps = len(breaks)
        left = posterior.values[k] - a[:, None] * posterior.decays[k, :, j] - b[:, None] * posterior.events[k, :, e]
        left = left + sd[:, None] * random[:, 2 : 3 + steps]
        heights = np.linalg.solve(posterior.triangle[k], left[:, :, None])[:, 1:, 0]
        courses += heights @ (np.arange(courses.shape[1]) < np.array(breaks)[:, None])
    return courses


def _whitened(columns: Floats) -> Floats:
    """The columns float64[n, m] as they are where noise of each memory is white: float64[k, n, m]."""
    memory = MEMORIES[:, None, None]
    return np.concatenate((np.sqrt(1.0 - memory**2) * columns[:1], columns[1:] - memory * columns[:-1]), axis=1)


@lru_cache(maxsize=1)
def _normal(rows: int, columns: int) -> Floats:
    """Standard normal numbers, the same ones every time: a verdict must not change when it is asked for again."""
    numbers = np.random.default_rng([rows, columns]).standard_normal((rows, columns))
    numbers.flags.writeable = False
    return numbers
