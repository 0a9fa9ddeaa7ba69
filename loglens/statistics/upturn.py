"""Whether a course that fell has turned and rises to its end: the odds, under noise that may remember."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats

MEMORIES = np.array([-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.93])
"""Coefficients of first-order noise tried; without a rise each is as likely as the others."""
BESIDE_A_RISE = 1.0 - np.abs(MEMORIES) + 2.0 * (MEMORIES == 0.0)
"""Prior weight of each memory beside a rise: of little memory rather than of much. Whoever sees a rise in noise that
may remember must bring more evidence, so that false alarms are no more frequent there than in white noise."""
DECAYS = (0.03, 0.07, 0.15, 0.3, 0.6)
"""Time constants of the decays that a fall may follow, as shares of the curve; a straight fall beside them."""
TURNS, LATEST_TURN = 12, 0.75
"""Places where the rise may begin, and the share of the curve where the last of them is: later ones are found by chance
more often than they are there. With 8 or 20 places tuning runs are told alike."""
POWERS = (1.0, 1.5, 2.0)
"""A rise begins as sharply as a kink or as softly as a parabola."""
RISE_SD = 10.0
"""Prior standard deviation of a rise, in sd of the noise: tuning runs, of 6, 10 and 20."""
USUAL_POINTS = 2.0
"""The usual noise counts as much as so many points: a few points lie on a smooth course by chance."""
FEWEST = 5


def upturn_log_odds(values: Floats, usual_sd: float) -> float:
    """How many times likelier `values` float64[n] are with a rise at their end than without: a natural logarithm.

    Compares the marginal likelihoods (Bayes factors: Kass & Raftery, Journal of the American Statistical Association
    90, 1995) of two families of courses over n >= 5 even steps: a level and one of six falls; and these with a rise
    that begins at one of twelve places as one of three powers of the distance from there. A rise has any positive
    size, and so has a fall without one; beside a rise a fall may bend it either way. Noise is of first order; its
    memory, its variance and all sizes are integrated out, so that a rise and the slow swings of noise that remembers
    compete as explanations. `usual_sd` > 0 is what the noise is thought to be before the curve shows its own. Minus
    infinity for constant values; ValueError for fewer than 5. O(n).
    """
    n = len(values)
    if n < FEWEST:
        raise ValueError(f"an upturn needs {FEWEST} values, not {n}")
    y = values - values.mean()
    scale = math.sqrt(float(y @ y) / n)
    if scale <= 0.0:
        return -math.inf
    y = y / scale
    model = _model(n)
    weighted = _precision_times(y[:, None])[:, :, 0]
    along = weighted @ model.columns
    on_level = along[:, 0] / model.level_size
    on_fall = (along[:, model.falls] - model.share * along[:, :1]) / model.fall_size
    left = np.maximum((weighted @ y - on_level**2)[:, None] - on_fall**2, 1e-12)
    left = left + (USUAL_POINTS * (usual_sd / scale) ** 2 * (1.0 - MEMORIES**2))[:, None]
    degrees = n - 2 + USUAL_POINTS
    fall = model.log_prior - 0.5 * degrees * np.log(left)
    only_fall = fall - math.log(len(MEMORIES)) + _log_positive(on_fall * np.sqrt(degrees / left))
    # (memory, fall, rise) from here on
    across = (
        along[:, None, model.rises]
        - (model.rise_on_level * on_level[:, None])[:, None]
        - model.rise_on_fall * on_fall[:, :, None]
    )
    height = across / model.strength
    after = np.maximum(left[:, :, None] - across * height, 1e-12)
    rising = (
        (fall + 0.5 * degrees * np.log(left))[:, :, None]
        + model.log_rise_prior
        - 0.5 * degrees * np.log(after)
        + _log_positive(across * np.sqrt(degrees / (model.strength * after)))
    )
    return _log_sum(rising) - _log_sum(only_fall)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """What does not depend on the values, for each of k memories, p falls and q rises.

    `columns` float64[n, 1 + p + q] are the level, the falls and the rises, each from 0 to 1; `falls` and `rises` say
    where they are. In units of the noise: `level_size` float64[k], the `share` float64[k, p] of the level in each
    fall and the `fall_size` of what is left of it; what the rises have of the level and of that fall, `rise_on_level`
    float64[k, q] and `rise_on_fall` float64[k, p, q], and the `strength` of what is left, with the prior's precision.
    """

    columns: Floats
    falls: slice
    rises: slice
    level_size: Floats
    share: Floats
    fall_size: Floats
    rise_on_level: Floats
    rise_on_fall: Floats
    strength: Floats
    log_prior: Floats
    log_rise_prior: Floats


@lru_cache(maxsize=48)  # up to 120 kB each
def _model(n: int) -> _Model:
    t = np.linspace(0.0, 1.0, n)
    decays = np.exp(-t[:, None] / np.array(DECAYS))
    falls = np.concatenate(((decays - decays[-1]) / (1.0 - decays[-1]), 1.0 - t[:, None]), axis=1)
    latest = min(round(LATEST_TURN * (n - 1)), n - 3)
    starts = t[np.unique(np.round(np.linspace(0, latest, min(latest + 1, TURNS))).astype(np.int64))]
    since = np.maximum(t[:, None] - starts, 0.0) / (1.0 - starts)
    rises = np.concatenate([since**power for power in POWERS], axis=1)
    columns = np.concatenate((np.ones((n, 1)), falls, rises), axis=1)
    fall, rise = slice(1, 1 + falls.shape[1]), slice(1 + falls.shape[1], columns.shape[1])
    products = np.matmul(columns.T, _precision_times(columns))
    level_size = np.sqrt(products[:, 0, 0])
    share = products[:, 0, fall] / products[:, :1, 0]
    own = np.diagonal(products, axis1=1, axis2=2)
    fall_size = np.sqrt(own[:, fall] - share * products[:, 0, fall])
    on_level = products[:, 0, rise] / level_size[:, None]
    on_fall = (products[:, fall, rise] - share[:, :, None] * products[:, :1, rise]) / fall_size[:, :, None]
    left = np.maximum((own[:, rise] - on_level**2)[:, None] - on_fall**2, 0.0)
    strength = left + RISE_SD**-2
    log_prior = 0.5 * np.log(1.0 - MEMORIES**2)[:, None] - np.log(level_size[:, None] * fall_size)
    beside = np.log(BESIDE_A_RISE / BESIDE_A_RISE.sum())[:, None, None]
    log_rise_prior = beside + math.log(2.0 / rises.shape[1]) - 0.5 * np.log(strength * RISE_SD**2)
    return _Model(
        columns, fall, rise, level_size, share, fall_size, on_level, on_fall, strength, log_prior, log_rise_prior
    )


def _precision_times(columns: Floats) -> Floats:
    """The columns float64[n, m] times the inverse covariance of noise of each memory: float64[k, n, m]."""
    memory = MEMORIES[:, None, None]
    result = (1.0 + memory**2) * columns
    result[:, [0, -1]] -= memory**2 * columns[[0, -1]]
    result[:, 1:] -= memory * columns[:-1]
    result[:, :-1] -= memory * columns[1:]
    return np.asarray(result, dtype=np.float64)


def _log_positive(z: Floats) -> Floats:
    """The logarithm of the chance that what is estimated as `z` standard errors is positive: about normal's.

    The logistic curve with a slope of 1.702 is within .01 of the normal one (Haley, Stanford TR 15, 1952).
    """
    return np.asarray(-np.logaddexp(0.0, -1.702 * z), dtype=np.float64)


def _log_sum(values: Floats) -> float:
    highest = float(values.max())
    return highest + math.log(float(np.exp(values - highest).sum()))
