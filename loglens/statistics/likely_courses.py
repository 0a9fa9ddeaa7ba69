"""Which courses a noisy curve may have: draws of the forms that it leaves likely, under noise that remembers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.statistics.course_forms import CourseForms, course_forms
from loglens.statistics.first_order import whitened_by_each
from loglens.statistics.moments import mean, sd

MEMORIES = np.array([0.0, 0.6])
"""Coefficients of first-order noise tried; their prior falls linearly to 0 at 1. More of them change nothing."""
SIZE = 15.0
"""Prior standard deviation of an event, in those of the last point, where a turn is largest. From 13 to 20 the regrets
of tuning seeds are the same, and as with two sizes, one of usual events and one of many times the noise. In sd of the
noise a rise far out of it would be thought too small: no form quite fits its points, so each of them tells little."""
ALONE = 0.1
"""Prior weight of an event without a decay, whose end came before the first evaluation."""
PROPOSALS = 150
"""With twice or four times as many the regrets of tuning seeds are the same."""
FEWEST = 30
"""Fewer draws with all amounts above 0 tell too little; amounts below 0 then count as 0."""
MOST_BREAKS = 4
"""Known steps that count, each of which takes a point; of more the last ones."""
EXACT = 1e-9
"""Share of the variance that counts as noise at least: a logged value has its rounding."""
ROUNDING = 1e-14
"""The mean of equal values errs by some 2e-16 of it: so much is no spread."""


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
    flat priors, the amount of an event a normal one, some times as wide as the last point scatters. Amounts are drawn
    without a sign, and what is negative is left out (Klugkist & Hoijtink, Computational Statistics & Data Analysis 51,
    2007); a form that fits only with a negative amount is weighed by how well it fits without it, so that enough draws
    are left. O(n).
    """
    spread, middle = sd(values), mean(values)
    if spread <= ROUNDING * abs(middle):
        return LikelyCourses(values[None], values)
    y = (values - middle) / spread  # the level is free; without it no product is much larger than the others
    n = len(y)
    known = sorted({int(b) for b in breaks if 0 < b < n})[-min(MOST_BREAKS, n - 3) :] if n > 3 else []
    forms = course_forms(x)
    courses = _drawn(forms, _posterior(forms, y, scatter, known), known, spread)
    weights = 1.0 / (scatter * scatter)
    weights /= weights.sum()
    courses += (weights @ values - courses @ weights)[:, None]
    return LikelyCourses(courses, np.ones(len(courses)) @ courses / len(courses))


@dataclass(frozen=True, slots=True, eq=False)
class _Products:
    """Products of the whitened values, decays and events, less their level and steps, for each memory.

    `total` float64[k] is the square of the values, `p` float64[k, d] those of the decays, `q` float64[k, e] those of
    the events; `to_a`, `to_b` are the products with the values, `c` float64[k, d, e] those between them. The last
    decay and the last event are none: a square of 1 and no product with anything. Given the amounts a and b, level and
    steps are `triangle` float64[k, s, s] solved for `values` - a `decays` - b `events`, each float64[k, s, ...].
    """

    total: Floats
    p: Floats
    to_a: Floats
    q: Floats
    to_b: Floats
    c: Floats
    triangle: Floats
    values: Floats
    decays: Floats
    events: Floats


def _products(forms: CourseForms, y: Floats, precision: Floats, breaks: list[int]) -> _Products:
    n, none = len(y), np.zeros((len(y), 1))
    s, d = 1 + len(breaks), forms.decays.shape[1] + 1
    base = np.ones((n, s))
    for number, at in enumerate(breaks):
        base[at:, number + 1] = 0.0
    columns = np.concatenate((base, y[:, None], forms.decays, none, forms.events, none), axis=1)
    white = whitened_by_each(columns * precision[:, None], MEMORIES)
    products = np.matmul(white[:, :, : s + 1 + d].transpose(0, 2, 1), white)
    least = EXACT * products[:, s:, s:].diagonal(axis1=1, axis2=2)
    root = np.zeros((len(white), s, products.shape[2]))  # of Cholesky, as far as level and steps go
    for number in range(s):
        row = root[:, number, number:]
        row[:] = products[:, number, number:] / np.sqrt(products[:, number, number])[:, None]
        products[:, number + 1 :, number + 1 :] -= row[:, 1 : s + 1 + d - number, None] * row[:, None, 1:]
    onto, products = root[:, :, s:], products[:, s:, s:]
    squares = products[:, 1:, 1:].diagonal(axis1=1, axis2=2)
    own = squares > least[:, 1:]
    if not own[:, :-1].all():  # a decay that the steps make up, too, is none
        products[:, 1:] *= own[:, :, None]
        products[:, :, 1 : 1 + d] *= own[:, None]
    event, of_event = white[:, :, s + 1 + d :], onto[:, :, 1 + d :]
    q = np.maximum(np.einsum("kne,kne->ke", event, event) - np.einsum("kse,kse->ke", of_event, of_event), 0.0)
    q[:, -1] = 1.0
    return _Products(
        np.maximum(products[:, 0, 0], least[:, 0]),  # level and steps may fit exactly, up to rounding
        np.where(own, squares, 1.0),
        products[:, 0, 1 : 1 + d],
        q,
        products[:, 0, 1 + d :],
        products[:, 1:, 1 + d :],
        root[:, :, :s],
        onto[:, :, 0],
        onto[:, :, 1 : 1 + d],
        of_event,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """What the values tell of the amounts, for every (memory, decay, event), the last decay and event being none.

    `weight` is the posterior weight; `a`, `b` are the means of the amounts; `q` float64[k, e] are the squares of the
    events with what their prior adds; the residual has `freedom` degrees.
    """

    products: _Products
    weight: Floats
    a: Floats
    b: Floats
    q: Floats
    freedom: int


def _posterior(forms: CourseForms, y: Floats, scatter: Floats, breaks: list[int]) -> _Posterior:
    products = _products(forms, y, 1.0 / scatter, breaks)
    p, to_a, c, total = products.p[:, :, None], products.to_a[:, :, None], products.c, products.total[:, None, None]
    size = SIZE * float(scatter[-1])
    of_size = np.full(c.shape[-1], size**-2.0)
    of_size[-1] = 0.0
    q = products.q + of_size
    # the decay is fitted first; what it leaves of the events, and of their products with the values
    events = np.maximum(products.q[:, None] - c * c / p, 0.0) + of_size
    to_b = products.to_b[:, None] - c * (to_a / p)
    b = to_b / events
    a = (to_a - c * b) / p
    # the squares that are left without negative amounts, for the weights
    allowed = (total - to_a * to_a / p) - np.maximum(b, 0.0) * to_b
    allowed += np.minimum(a, 0.0) ** 2 * events * (p / q[:, None])
    np.maximum(allowed, EXACT * total, out=allowed)
    freedom = max(len(y) - len(breaks) - 2, 1)
    log_prior = np.log(1.0 - MEMORIES) + 0.5 * np.log(1.0 - MEMORIES**2)
    log_prior -= np.log(products.triangle.diagonal(axis1=1, axis2=2)).sum(axis=1)
    log_prior = (log_prior[:, None] - 0.5 * np.log(products.p))[:, :, None] + _log_form_prior(forms)
    log_prior[:, :, :-1] -= math.log(size)
    log_weight = np.log(allowed)
    log_weight *= -0.5 * freedom
    log_weight += log_prior
    log_weight -= log_weight.max()
    weight = np.exp(log_weight, out=log_weight)
    weight /= np.sqrt(events)
    return _Posterior(products, weight, a, b, q, freedom)


@lru_cache(maxsize=16)  # as many as `course_forms` keeps
def _log_form_prior(forms: CourseForms) -> Floats:
    """Log prior weights float64[decays + 1, events + 1], events in units of their size.

    Each amount above 0 is half of its law, hence the twos.
    """
    decay = np.r_[np.full(forms.decays.shape[1], 2.0 / forms.decays.shape[1]), ALONE]
    event = np.r_[2.0 * forms.weights, 1.0 - float(forms.weights.sum())]
    prior: Floats = np.log(decay)[:, None] + np.log(event)
    prior.flags.writeable = False
    return prior


def _drawn(forms: CourseForms, posterior: _Posterior, breaks: list[int], spread: float) -> Floats:
    """Draws float64[k, n] of the course, up to its level, `spread` times as large as what the posterior is of."""
    products = posterior.products
    above = np.cumsum(posterior.weight)
    drawn = np.searchsorted(above, (np.arange(PROPOSALS) + 0.5) / PROPOSALS * above[-1])
    at = np.minimum(drawn, len(above) - 1)
    random = _normal(PROPOSALS, 3 + MOST_BREAKS)
    k, j, e = np.unravel_index(at, posterior.a.shape)
    p, q, c = products.p[k, j], posterior.q[k, e], products.c[k, j, e]
    a, b = posterior.a.take(at), posterior.b.take(at)
    left = products.total[k] - a * products.to_a[k, j] - b * products.to_b[k, e]
    noise = np.sqrt(np.maximum(left, EXACT * products.total[k]) / posterior.freedom)
    # a with its own variance, then b given a
    offset = random[:, 0] / np.sqrt(np.maximum(p - c * c / q, EXACT * p))
    a += noise * offset
    b += noise * (random[:, 1] / np.sqrt(q) - c / q * offset)
    no_decay, no_event = j == products.p.shape[1] - 1, e == products.q.shape[1] - 1
    a[no_decay], b[no_event] = 0.0, 0.0
    j[no_decay], e[no_event] = 0, 0  # of which there is nothing
    allowed = (a >= 0.0) & (b >= 0.0)
    if np.count_nonzero(allowed) < FEWEST:
        a, b = np.maximum(a, 0.0), np.maximum(b, 0.0)
    else:
        a, b, k, j, e, noise, random = (array[allowed] for array in (a, b, k, j, e, noise, random))
    decays, events = _rows(forms)
    courses = decays[j]
    courses *= (a * spread)[:, None]  # in place, since these are the largest arrays of a run
    turned = events[e]
    turned *= (b * spread)[:, None]
    courses += turned
    if breaks:
        steps = len(breaks)
        left = products.values[k] - a[:, None] * products.decays[k, :, j] - b[:, None] * products.events[k, :, e]
        left = left + noise[:, None] * random[:, 2 : 3 + steps]
        heights = np.linalg.solve(products.triangle[k], left[:, :, None])[:, 1:, 0]
        courses += (spread * heights) @ (np.arange(courses.shape[1]) < np.array(breaks)[:, None])
    return courses


@lru_cache(maxsize=16)  # as many as `course_forms` keeps
def _rows(forms: CourseForms) -> tuple[Floats, Floats]:
    """The decays and the events by row, each together in memory."""
    return np.ascontiguousarray(forms.decays.T), np.ascontiguousarray(forms.events.T)


@lru_cache(maxsize=1)
def _normal(rows: int, columns: int) -> Floats:
    """Standard normal numbers, the same ones every time: a verdict must not change when it is asked for again.

    Columns of mean 0 and variance 1, so that few of them tell the middle of a law without an error of their own.
    """
    numbers = np.random.default_rng([rows, columns]).standard_normal((rows, columns))
    numbers -= numbers.mean(axis=0)
    numbers /= numbers.std(axis=0)
    numbers.flags.writeable = False
    return numbers
