"""Which checkpoint to keep: the likely courses, how surely they rise again, and what of the swings is real."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.detectors._judged import rate_drops
from loglens.events.series import Floats, Ints
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.likely_courses import DRAWS, likely_courses
from loglens.statistics.rise import rise_p_value, steepest_rise

STILL_LEARNING = 0.006
"""Of the progress: what a course without a rise is thought to gain over the run, so that of equals the last is kept."""
DOUBT = 0.02
"""The least weight of the course as it looks: a large rise counts even when noise could make it."""
FLAT_RISES, DROPPED_RISES = 1.1, 1.7
"""A rise at the end counts nothing when 1 of 1.1 flat curves show one as sure; after a drop when 1 of 1.7 do, since
there learning went on (tuning seeds: the mean regret of five families at its least)."""
DROP_SD, DROP_ALONE = 5.0, 4.0
"""A sudden drop: so many sd of the noise from one evaluation to the next, and so many times the falls around it."""
FEWEST_TO_COMPARE = 5
"""Beside a drop that train shares, fewer free points than this show nothing of shared swings."""
SHARED = 1.5
"""The share of a swing is so many times its correlation with train, which shows it with noise of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Over the points float64[k]: the smooth course `fit`, what a checkpoint is `expected` to score.

    Indices of the points: `best`, `first` and `last` of the set, `stop`. `swing` is the share of the fluctuation that
    is in the weights.
    """

    fit: Floats
    expected: Floats
    swing: float
    best: int
    first: int
    last: int
    stop: int


def choose(prepared: Prepared, train: Floats | None, rate: Curve | None, *, worth: float, level: float) -> Choice:
    """The choice among the points of `prepared`; `train` float64[k] is the train curve at them.

    `worth` is what the recommended stop may cost, a share of the progress; `level` the confidence of the set.
    """
    x, y, start = prepared.points_x, prepared.points_y, prepared.transient
    n = len(y) - start
    logged = np.searchsorted(x[start:], rate_drops(rate).astype(np.float64))
    likely = likely_courses(x[start:], y[start:], logged)
    residual = y[start:] - likely.mean
    beside = None if train is None else likely_courses(x[start:], train[start:], logged, draws=0)
    drops = _sudden_drops(prepared) + _helpful_drops(y, start + logged, rate)
    swing = 0.5
    if train is not None and beside is not None:
        smooth = np.ones(n, dtype=np.bool_)  # a drop that is shared with train is no swing
        smooth[[k - start + i for k in drops for i in (-1, 0) if 0 <= k - start + i < n]] = False
        used = max(likely.used, beside.used)
        known = not drops or np.count_nonzero(smooth) - used >= FEWEST_TO_COMPARE
        swing = _swing_share(residual[smooth], (train[start:] - beside.mean)[smooth], used) if known else 0.0
    rising = _rising(prepared, drops)
    learning = STILL_LEARNING * prepared.progress * (n - 1 - np.arange(n)) / n
    falling = np.minimum.accumulate(likely.mean) + learning
    moving = swing * swing  # where the weights swing, the smooth part has no shape of its own to hold on to
    look = moving + (1.0 - moving) * rising
    expected = look * likely.mean + (1.0 - look) * falling + swing * residual
    best = _lowest(expected)
    drawn = likely.draws.copy()
    unrisen = _shuffled(DRAWS)[: round((1.0 - look) * DRAWS)]
    drawn[unrisen] = np.minimum.accumulate(drawn[unrisen], axis=1) + learning
    drawn += swing * residual
    if 0.0 < swing < 1.0:  # what is left open of the checkpoints' own swings
        drawn += np.sqrt(swing * (1.0 - swing)) * likely.sd * _open_swings(DRAWS, n)
    lowest = np.sort(n - 1 - np.argmin(drawn[:, ::-1], axis=1))
    tail = round((1.0 - level) / 2.0 * DRAWS)
    near = np.flatnonzero(expected - expected[best] <= worth * prepared.progress)
    return Choice(
        np.r_[y[:start], likely.mean],
        np.r_[y[:start], expected],
        swing,
        start + best,
        start + min(int(lowest[tail]), best),
        start + max(int(lowest[DRAWS - 1 - tail]), best),
        start + min(int(near[0]), best),
    )


def _lowest(expected: Floats) -> int:
    return len(expected) - 1 - int(np.argmin(expected[::-1]))


def _helpful_drops(y: Floats, logged: Ints, rate: Curve | None) -> list[int]:
    """Those of the logged drops that lowered the curve, if the rate only falls from its peak on.

    The drops of a cyclic rate end nothing, nor do the last ones of a rate that anneals to zero.
    """
    if rate is None:
        return []
    values = rate.values[np.isfinite(rate.values)]
    if np.any(np.diff(values[int(np.argmax(values)) :]) > 1e-9 * values.max()):
        return []
    return [int(k) for k in logged if 0 < k < len(y) and np.mean(y[k : k + 3]) < np.mean(y[max(k - 3, 0) : k])]


def _rising(prepared: Prepared, drops: list[int]) -> float:
    """The weight of a rise at the end: 1 for a sure one, least where most flat curves show one as sure.

    After a drop, logged or seen, only the points that follow it can tell, and without a rise there is none.
    """
    values = prepared.points_y[max(drops) + 1 :] if drops else prepared.settled
    least = 0.0 if drops else DOUBT
    rise = steepest_rise(values)
    if rise is None or rise.height < 0.3:
        return least
    chance = rise_p_value(rise.height, len(values), prepared.memory)
    return max(1.0 - (DROPPED_RISES if drops else FLAT_RISES) * chance, least)


def _sudden_drops(prepared: Prepared) -> list[int]:
    """First points after a drop of the course that stands alone: the rate fell there, logged or not."""
    if prepared.valley is None:
        return []
    falls = -np.diff(prepared.valley.fit)
    found = []
    for i in np.flatnonzero(falls > DROP_SD * prepared.noise_sd).tolist():
        around = np.r_[falls[max(i - 3, 0) : max(i - 1, 0)], falls[i + 2 : i + 4]]  # a drop may take two evaluations
        if i >= 2 and len(around) and falls[i] > DROP_ALONE * max(float(around.max()), 0.0):
            found.append(i + 1)
    return found


def _swing_share(residual: Floats, train: Floats, used: float) -> float:
    """The share of the fluctuation that is in the weights: how surely validation and train swing together.

    The lower 95 % bound of the correlation of their residuals float64[k] from their own courses, by Fisher's
    transformation; `used` parameters were spent on the courses.
    """
    ours, theirs = residual - residual.mean(), train - train.mean()
    scale = float(np.sqrt((ours @ ours) * (theirs @ theirs)))
    if scale <= 0:
        return 0.0
    correlation = float(np.clip(float(ours @ theirs) / scale, -0.999, 0.999))
    low = float(np.tanh(np.arctanh(correlation) - 1.645 / np.sqrt(max(len(ours) - used - 2.0, 1.0))))
    return float(np.clip(SHARED * low, 0.0, 1.0))


@lru_cache(maxsize=8)
def _shuffled(count: int) -> Ints:
    return np.random.default_rng(count).permutation(count)


@lru_cache(maxsize=8)
def _open_swings(rows: int, columns: int) -> Floats:
    return np.random.default_rng([rows, columns, 1]).standard_normal((rows, columns))
