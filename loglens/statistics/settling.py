"""When a falling course settles and what it still gains at its end: all falls that fit, under noise that remembers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.statistics.falls import fall_kinds, from_one_to_zero
from loglens.statistics.first_order import difference_variance, whitened_by_each
from loglens.statistics.mixture import Mixture

EXPONENTIALS = (0.03, 0.045, 0.065, 0.09, 0.125, 0.17, 0.24, 0.4, 1.0)
"""Time constants of exponential falls, as shares of the curve. With six of them the median onset of tuning runs is told
3.3 instead of 2 % of the run off."""
POWER_LAWS = tuple((a, p) for a in (0.02, 0.06) for p in (0.6, 1.0, 1.5))
"""(1 + t / a) ** -p: (a, p)."""
SUMS = tuple((share, 0.03, slow) for share in (1.2, 2.5) for slow in (0.15, 0.27))
"""Sums of a fast and a slow exponential: how many times larger the fast one is, and the time constants."""
RAMPS = (0.12, 0.25, 0.4, 0.6)
"""Straight falls that end so late, as returns of reinforcement learning rise."""
SHARES = (0.3, 0.3, 0.3, 0.1)
"""Prior weights of the four kinds of falls."""
MEMORIES = np.array([0.0, 0.4, 0.75])
"""Coefficients of first-order noise tried; their prior falls linearly to 0 at 1. Much larger ones make any course out
of noise: with .92 among them 18 % of the onsets of tuning runs are off by more than a tenth of the run, without 8."""
FRESH = (1.0 - MEMORIES**2) / difference_variance(MEMORIES)
"""What is new at each point, as a share of the variance that second differences show."""
LOG_MEMORY = np.log(1.0 - MEMORIES) + 0.5 * np.log(1.0 - MEMORIES**2)
MOST_PLACES = 16
"""A drop may come at so many places at most."""
LEAST_WIDTH, WIDTH = 0.6, 0.02
"""A drop is a logistic curve whose exponent has the scale of so many points, or of this share of the curve."""
DROP, DROP_SIZE = 0.25, 0.3
"""Prior weight of a drop, and the standard deviation of its size as a share of the progress."""
ALONE = 0.03
"""Prior weight of no fall: a level, or a drop by itself."""
USUAL_POINTS = 2.0
"""The usual noise counts as much as so many points: a few points lie on a smooth course by chance."""
LOG_NEGLIGIBLE = math.log(0.005)
"""Courses with less than this share of the largest weight are left out."""
LEAST_SD = 1e-6
"""Of the progress: a smaller noise than the rounding of a log is none."""
MIDDLE = 0.6
"""The quantile of the onsets of all courses that is told: at the median those of tuning runs are told too early three
times as often as too late."""
FEWEST = 5
"""Of fewer points a level, a fall, a drop and its place leave nothing to tell the noise by."""


@dataclass(frozen=True, slots=True, eq=False)
class Settling:
    """What is known of the `gain` over the end of a course, and the index `since` which it stays near its end."""

    gain: Mixture
    since: int


@dataclass(frozen=True, slots=True, eq=False)
class SteppedPoints:
    """Values float64[n] at increasing `x` float64[n], how far the noise of each `scatter`s beside that of the others,
    and the indices `steps` int64[s] from which on a known step counts, increasing and above 0.
    """

    x: Floats
    values: Floats
    scatter: Floats
    steps: Ints


def settling(points: SteppedPoints, usual_sd: float, last: int, level: float) -> Settling:
    """How much the course behind `points` gained over the `last` of them, and since when it is within `level`.

    A course is a level, a positive amount of one of 23 falls or none, a drop at one of 16 places or none, and steps of
    any size where they are known. Around it lies first-order noise of unknown variance; its deviation is thought to be
    `usual_sd` before the curve shows its own. Level, steps, the amount of the fall and the logarithm of the variance
    have flat priors, the size of the drop a half-normal one; all forms, and the memories of the noise, are averaged
    over by their marginal likelihoods (Hoeting et al., Bayesian model averaging, Statistical Science 14, 1999). Values
    are shares of the progress. The gain is without known steps; `since` is about the median over the courses.
    ValueError for fewer than 5 points. O(n).
    """
    n = len(points.values)
    if n < FEWEST:
        raise ValueError(f"a course takes {FEWEST} values, not {n}")
    made = _forms(points.x.tobytes())
    seen = _seen(points, made)
    fresh = FRESH * max(usual_sd, LEAST_SD) ** 2
    p = seen.fall[:, :, None]
    p[:, -1] = 2.0 * np.pi * fresh[:, None]  # none is as likely then as a fall of any amount
    # the fall is fitted first; what it leaves of the drops, and of their products with the values
    share = seen.across / p
    drop = (seen.drop + (fresh / DROP_SIZE**2)[:, None])[:, None] - share * seen.across
    onto_drop = seen.onto_drop[:, None] - share * seen.onto_fall[:, :, None]
    b = onto_drop / drop
    alone = seen.onto_fall[:, :, None] / p
    a = alone - share * b
    left = (seen.total + USUAL_POINTS * fresh)[:, None, None] - alone * seen.onto_fall[:, :, None] - b * onto_drop
    np.maximum(left, LEAST_SD * fresh[0], out=left)
    degrees = n - 2 - len(points.steps) + USUAL_POINTS
    log_weight = np.log(left)
    log_weight *= -degrees
    log_weight -= np.log(drop)
    log_weight += 2.0 * ((LOG_MEMORY + np.log(fresh))[:, None, None] - seen.log_size) - np.log(p)
    log_weight *= 0.5
    log_weight += made.log_prior
    log_weight[(a < 0.0) | (b < 0.0)] = -np.inf
    at = np.flatnonzero(log_weight > log_weight.max() + LOG_NEGLIGIBLE)
    weights = np.exp(log_weight.take(at) - log_weight.max())
    m, j, e = np.unravel_index(at, log_weight.shape)
    weights /= weights.sum()
    a, b, share, drop = a.take(at), b.take(at), share.take(at), drop.take(at)
    courses = a[:, None] * made.falls[j]
    courses += b[:, None] * made.drops[e]
    some_fall, some_drop = made.falls[j, -last], made.drops[e, -last]
    variance = some_fall**2 / seen.fall[m, j] + (some_drop - share * some_fall) ** 2 / drop
    gain = Mixture(weights, courses[:, -last], np.sqrt(left.take(at) / degrees * variance))
    if len(points.steps):
        courses += _steps(seen, m, a, b, j, e) @ seen.before.T
    away = courses > level
    index = np.where(away.any(axis=1), n - away[:, ::-1].argmax(axis=1), 0)
    above = np.cumsum(np.bincount(index, weights))
    return Settling(gain, min(int(np.searchsorted(above, MIDDLE * above[-1])), n - 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Products of the whitened values, k falls and e drops, less level and steps, for each of m memories.

    `total` float64[m] is the square of the values, `fall` float64[m, k] those of the falls, `drop` float64[m, e] those
    of the drops; `onto_fall`, `onto_drop` are the products with the values, `across` float64[m, k, e] those between
    them. `roots` float64[m, s + 1, c] tell level and steps from the columns behind each, of which the points have
    `before` float64[n, s]; `log_size` float64[m, 1, 1] is the logarithm of their volume.
    """

    total: Floats
    fall: Floats
    drop: Floats
    onto_fall: Floats
    onto_drop: Floats
    across: Floats
    roots: Floats
    before: Floats
    log_size: Floats


def _seen(points: SteppedPoints, made: _Forms) -> _Seen:
    n, s, k = len(points.values), 1 + len(points.steps), len(made.falls)
    columns = np.empty((n, s + 1 + k + len(made.drops)))
    columns[:, 0] = 1.0
    columns[:, 1:s] = np.arange(n)[:, None] < points.steps
    columns[:, s] = points.values - points.values[-1]
    columns[:, s + 1 : s + 1 + k] = made.falls.T
    columns[:, s + 1 + k :] = made.drops.T
    before = columns[:, 1:s].copy()
    columns /= points.scatter[:, None]
    white = whitened_by_each(columns, MEMORIES)
    roots, log_size = np.empty((len(MEMORIES), s, columns.shape[1])), np.zeros((len(MEMORIES), 1, 1))
    for number in range(s):  # the modified Gram-Schmidt process, as far as level and steps go
        own = white[:, :, number : number + 1]
        along = own.transpose(0, 2, 1) @ white
        square = np.maximum(along[:, :, number : number + 1], LEAST_SD)
        along /= square
        white -= own * along
        roots[:, number] = along[:, 0]
        log_size += 0.5 * np.log(square)
    first, drops = white[:, :, s : s + 1 + k], white[:, :, s + 1 + k :]
    products = first.transpose(0, 2, 1) @ white[:, :, s:]
    return _Seen(
        products[:, 0, 0],
        np.maximum(products[:, 1:, 1 : 1 + k].diagonal(axis1=1, axis2=2), LEAST_SD),
        np.einsum("mne,mne->me", drops, drops),
        products[:, 0, 1 : 1 + k],
        products[:, 0, 1 + k :],
        products[:, 1:, 1 + k :],
        roots,
        before,
        log_size,
    )


def _steps(seen: _Seen, m: Ints, a: Floats, b: Floats, j: Ints, e: Ints) -> Floats:  # noqa: PLR0917
    """The heights float64[c, s] of the known steps beside amounts `a` of falls `j` and `b` of drops `e`, float64[c]."""
    s, k = seen.roots.shape[1], seen.fall.shape[1]
    heights, c = np.zeros((len(m), s)), np.arange(len(m))
    for number in range(s - 1, 0, -1):
        row = seen.roots[m, number]
        heights[:, number] = row[:, s] - a * row[c, s + 1 + j] - b * row[c, s + 1 + k + e]
        heights[:, number] -= (heights[:, number + 1 :] * row[:, number + 1 : s]).sum(axis=1)
    return heights[:, 1:]


@dataclass(frozen=True, slots=True, eq=False)
class _Forms:
    """Falls float64[k, n] and drops float64[e, n] from 1 to 0, the last of either being none, and log priors [k, e]."""

    falls: Floats
    drops: Floats
    log_prior: Floats


@lru_cache(maxsize=16)  # up to 70 kB each; the curves of a run are evaluated at the same steps, and so is its kin
def _forms(x: bytes) -> _Forms:
    steps = np.frombuffer(x)
    n = len(steps)
    t = (steps - steps[0]) / (steps[-1] - steps[0])
    ramps = np.maximum(1.0 - t[:, None] / np.array(RAMPS), 0.0)
    kinds = (*fall_kinds(t, EXPONENTIALS, POWER_LAWS, SUMS), ramps)
    weights = zip(SHARES, (kind.shape[1] for kind in kinds), strict=True)
    of_falls = [(1.0 - ALONE) * weight / count for weight, count in weights for _ in range(count)]
    places = np.unique(np.round(np.linspace(1, n - 2, min(n - 2, MOST_PLACES))).astype(np.int64))
    drops = 0.5 - 0.5 * np.tanh((np.arange(n) - places[:, None]) / max(2.0 * LEAST_WIDTH, 2.0 * WIDTH * n))
    of_drops = [2.0 * DROP / DROP_SIZE / len(drops) for _ in drops]
    none = np.zeros((1, n))
    forms = _Forms(
        np.concatenate((from_one_to_zero(np.concatenate(kinds, axis=1)).T, none)),
        np.concatenate((drops - drops[:, -1:], none)),
        np.log([*of_falls, ALONE])[:, None] + np.log([*of_drops, (1.0 - DROP) / DROP_SIZE]),
    )
    for array in (forms.falls, forms.drops, forms.log_prior):
        array.flags.writeable = False
    return forms
