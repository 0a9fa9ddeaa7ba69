"""Whether a course that fell has turned and rises to its end: the odds, under noise that may remember."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.falls import from_one_to_zero
from loglens.statistics.levelling import levelled

MEMORIES = np.array([-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.93])
"""Coefficients of first-order noise tried; without a rise each is as likely as the others."""
BESIDE_A_RISE = 1.0 - np.abs(MEMORIES) + 2.0 * (MEMORIES == 0.0)
"""Prior weight of each memory beside a rise: of little memory rather than of much. Whoever sees a rise in noise that
may remember must bring more evidence, so that false alarms are no more frequent there than in white noise."""
PRECISION = np.stack((1.0 + MEMORIES**2, -(MEMORIES**2), -MEMORIES), axis=1)
"""The inverse covariance of such noise, in units of the variance of what is new at each point: the first number on its
diagonal, the second added at its ends, the third beside it."""
DECAYS = (0.03, 0.07, 0.15, 0.3, 0.6)
"""Time constants of the decays that a fall may follow, as shares of the curve; a straight fall beside them."""
TURNS, LATEST_TURN = 12, 0.75
"""Places where the rise may begin, and the share of the curve where the last of them is: later ones are found by chance
more often than they are there. With 8 or 20 places tuning runs are told alike."""
POWERS = (1.0, 2.0)
"""A rise begins as sharply as a kink or as softly as a parabola; with 1.5 between them tuning runs are told alike."""
LEVELLING, LATEST_LEVELLING = 0.15, 0.5
"""Prior weight of the rises that level off, and the share of the curve where the last of them begins: of later ones
too little is seen. Half of the rises that end level were missed without them, the largest among them, since noise that
remembers explains a higher level better than a straight rise does; with twice the weight 2 in 100 fewer of the rises
by .05 are found (tuning runs of .05 to .4)."""
RISE_SD = 10.0
"""Prior standard deviation of a rise, in sd of the noise: tuning runs, of 6, 10 and 20."""
USUAL_POINTS = 2.0
"""The usual noise counts as much as so many points: a few points lie on a smooth course by chance."""
FEWEST = 5
"""Of fewer points a level, a fall, a rise and its place leave nothing to tell the noise by."""


def upturn_log_odds(values: Floats, usual_sd: float) -> float:
    """How many times likelier `values` float64[n] are with a rise at their end than without: a natural logarithm.

    Compares the marginal likelihoods (Bayes factors: Kass & Raftery, Journal of the American Statistical Association
    90, 1995) of two families of courses over n >= 5 even steps: a level and one of six falls; and these with a rise
    that begins at one of twelve places as one of two powers of the distance from there, or so that it levels off. A
    rise has any positive size, and so has a fall without one; beside a rise a fall may bend it either way. Noise is of
    first order; its memory, its variance and all sizes are integrated out, so that a rise and the slow swings of noise
    that remembers compete as explanations. `usual_sd` > 0 is what the noise is thought to be before the curve shows
    its own. Minus infinity for constant values; ValueError for fewer than 5. O(n).
    """
    n = len(values)
    if n < FEWEST:
        raise ValueError(f"an upturn needs {FEWEST} values, not {n}")
    y = values - values.sum() / n
    scale = math.sqrt(float(y @ y) / n)
    if scale <= 0.0:
        return -math.inf
    y = y / scale
    model = _model(n)
    ends = y[0] * model.columns[0] + y[-1] * model.columns[-1]
    along = PRECISION @ np.array((y @ model.columns, ends, y @ model.beside))
    squares = PRECISION @ (float(y @ y), float(y[0] ** 2 + y[-1] ** 2), 2.0 * float(y[1:] @ y[:-1]))
    on_level = along[:, :1] / model.level_size
    on_fall = (along[:, model.falls] - model.share * along[:, :1]) / model.fall_size
    left = np.maximum(squares[:, None] - on_level**2 - on_fall**2, 1e-12)
    left += (USUAL_POINTS * (usual_sd / scale) ** 2 * (1.0 - MEMORIES**2))[:, None]
    degrees = n - 2 + USUAL_POINTS
    only_fall = _log_sum(model.log_prior - 0.5 * degrees * np.log(left), on_fall * np.sqrt(degrees / left))
    # (memory, fall, rise) from here on
    beside_level = (along[:, model.rises] - model.rise_on_level * on_level)[:, None]
    across = (beside_level - model.rise_on_fall * on_fall[:, :, None]) * model.per_strength
    after = np.maximum(left[:, :, None] - across * across, 1e-12)
    z = across * np.sqrt(degrees / after)
    return _log_sum(model.log_rise_prior - 0.5 * degrees * np.log(after), z) - only_fall


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """What does not depend on the values, for each of k memories, p falls and q rises.

    `columns` float64[n, 1 + p + q] are the level, the falls and the rises, each from 0 to 1, and `beside` the sums of
    the two neighbours of each of their points; `falls` and `rises` say where they are. In units of the noise:
    `level_size` float64[k, 1], the `share` float64[k, p] of the level in each fall and the `fall_size` of what is left
    of it; what the rises have of the level and of that fall, `rise_on_level` float64[k, q] and `rise_on_fall`
    float64[k, p, q], and 1 over the root of the strength of what is left, with the prior's precision, `per_strength`.
    Logarithms of priors and determinants: `log_prior` float64[k, p] without a rise, `log_rise_prior` float64[k, p, q]
    with one.
    """

    columns: Floats
    beside: Floats
    falls: slice
    rises: slice
    level_size: Floats
    share: Floats
    fall_size: Floats
    rise_on_level: Floats
    rise_on_fall: Floats
    per_strength: Floats
    log_prior: Floats
    log_rise_prior: Floats


@lru_cache(maxsize=128)  # up to 190 kB each
def _model(n: int) -> _Model:
    t = np.linspace(0.0, 1.0, n)
    decays = np.exp(-t[:, None] / np.array(DECAYS))
    falls = np.concatenate((from_one_to_zero(decays), 1.0 - t[:, None]), axis=1)
    latest = min(round(LATEST_TURN * (n - 1)), n - 3)
    starts = t[np.unique(np.round(np.linspace(0, latest, min(latest + 1, TURNS))).astype(np.int64))]
    since = np.maximum(t[:, None] - starts, 0.0) / (1.0 - starts)
    levelling = levelled(since[:, starts <= LATEST_LEVELLING])
    rises = np.concatenate([levelling, *(since**power for power in POWERS)], axis=1)
    counts = np.array([levelling.shape[1], len(POWERS) * len(starts)])
    shares = np.repeat(np.array([LEVELLING, 1.0 - LEVELLING]) / counts, counts)
    columns = np.concatenate((np.ones((n, 1)), falls, rises), axis=1)
    fall, rise = slice(1, 1 + falls.shape[1]), slice(1 + falls.shape[1], columns.shape[1])
    beside = np.zeros_like(columns)
    beside[1:] = columns[:-1]
    beside[:-1] += columns[1:]
    ends = columns[[0, -1]].T @ columns[[0, -1]]
    products = np.tensordot(PRECISION, np.array((columns.T @ columns, ends, columns.T @ beside)), axes=1)
    level_size = np.sqrt(products[:, :1, 0])
    share = products[:, 0, fall] / products[:, :1, 0]
    own = np.diagonal(products, axis1=1, axis2=2)
    fall_size = np.sqrt(own[:, fall] - share * products[:, 0, fall])
    on_level = products[:, 0, rise] / level_size
    on_fall = (products[:, fall, rise] - share[:, :, None] * products[:, :1, rise]) / fall_size[:, :, None]
    left = np.maximum((own[:, rise] - on_level**2)[:, None] - on_fall**2, 0.0)
    strength = left + RISE_SD**-2
    log_prior = 0.5 * np.log(1.0 - MEMORIES**2)[:, None] - np.log(level_size * fall_size)
    log_memory = np.log(BESIDE_A_RISE / BESIDE_A_RISE.sum())[:, None, None]
    log_rise_prior = log_memory + np.log(2.0 * shares) - 0.5 * np.log(strength * RISE_SD**2)
    return _Model(
        columns,
        beside,
        fall,
        rise,
        level_size,
        share,
        fall_size,
        on_level,
        on_fall,
        1.0 / np.sqrt(strength),
        log_prior - math.log(len(MEMORIES)),
        log_prior[:, :, None] + log_rise_prior,
    )


def _log_sum(log_weights: Floats, z: Floats) -> float:
    """The logarithm of the sum of weights, each times the chance that what is estimated as `z` errors is positive.

    The logistic curve with a slope of 1.702 is within .01 of the normal one (Haley, Stanford TR 15, 1952).
    """
    highest = float(log_weights.max())
    weights = np.exp(log_weights - highest)
    weights /= 1.0 + np.exp(np.minimum(-1.702 * z, 700.0))
    return highest + math.log(float(weights.sum()))
