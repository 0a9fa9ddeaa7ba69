"""Which checkpoint to keep: the courses that the curve leaves likely, and what of its swings is real."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.detectors._misfit import scatter
from loglens.detectors._rate import rate_drops, rises_again
from loglens.detectors._swing_share import Samples, SwingShare, swing_share
from loglens.events.series import Floats, Ints
from loglens.prepared import GAINED_SD, MOST_POINTS, SETTLED_POINTS, SMALL_GAIN, Prepared
from loglens.runs.curve import Curve
from loglens.statistics.likely_courses import PROPOSALS, LikelyCourses, likely_courses
from loglens.statistics.noise import robust_difference_sd
from loglens.statistics.shortest_range import shortest_range

FEWEST = 3
"""Below three points there is nothing to smooth or to choose from."""
FURTHER = 0.002
"""Of the progress: what a run is thought to gain over all its points, so that of equals the last is kept."""
SUREST = 0.9
"""For the set the share of real swings is at most this: it never is quite sure."""
ANOTHER_UNIT = 5.0
"""Times what validation gains: in 99 of 100 tuning trainings that learn train gains less than half of that."""
BLOWN_UP = 2.0
"""Points count up to so many times the gain above the start, or once its level: what lies higher is a blow-up."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Over the points float64[k]: the smooth course `fit`, what a checkpoint is `expected` to score.

    Indices of the points: `best`, `first` and `last` of the set, which holds the best with probability `held`, `stop`.
    `swing` is how much of the fluctuation is in the weights, and why.
    """

    fit: Floats
    expected: Floats
    swing: SwingShare
    best: int
    first: int
    last: int
    held: float
    stop: int


def choose(
    prepared: Prepared, train: Floats | None, rate: Curve | None, samples: Samples, *, worth: float, level: float
) -> Choice:
    """The choice among the points of `prepared`; `train` float64[k] is the train curve at them.

    `samples` are what every evaluation is made on, `worth` is what the recommended stop may cost, a share of the
    progress, `level` the probability that the set is to hold.
    """
    above = max(BLOWN_UP * (prepared.initial - prepared.best), abs(prepared.initial)) or prepared.progress
    whole = np.minimum(prepared.points_y, prepared.initial + above)
    n = _before_blow_up(prepared)
    progress = min(prepared.progress, prepared.initial + (above if n == len(whole) else 0.0) - prepared.best)
    y, x = whole[:n], prepared.points_x[:n]
    likely = likely_courses(x, y, _scatter(prepared, n), _drops(x, rate))
    residual = y - likely.mean
    beside = None if train is None else train[:n]
    swing = swing_share(prepared, residual, beside, _cycling(x, rate), samples.calm)
    expected = likely.mean + swing.share * residual
    best = lowest_expected(expected, progress)
    tilt = None if beside is None or not samples.lack else samples.lack * _at_most(beside, progress)
    lowest = _lowest(likely, y, swing.share, prepared.transient, tilt)
    first, last = shortest_range(lowest, level)
    first, last = min(first, best), max(last, best)
    near = np.flatnonzero(expected - expected[best] <= worth * progress)
    held = float(lowest[first : last + 1].sum())
    fit, expected = (np.concatenate((course, whole[n:])) for course in (likely.mean, expected))
    return Choice(fit, expected, swing, best, first, last, held, min(int(near[0]), best))


def lowest_expected(expected: Floats, progress: float) -> int:
    """The index of the lowest of `expected` float64[n]; of what is equal but for little of the `progress` the last."""
    n = len(expected)
    patience = FURTHER * progress * np.arange(n - 1, -1, -1) / n
    return n - 1 - int(np.argmin((expected + patience)[::-1]))


def _at_most(train: Floats, progress: float) -> Floats:
    """`train` float64[n], shrunk where it moves by far more than the `progress` of validation: it may be a sum."""
    moved, most = float(np.ptp(train)), ANOTHER_UNIT * progress
    return train * (most / moved) if moved > most else train


def _before_blow_up(prepared: Prepared) -> int:
    """How many points there are until the curve stays above its start; all if it had not surely gained before.

    No course with a turn explains a blow-up, and no checkpoint of it is a candidate.
    """
    n, gain = len(prepared.points_y), prepared.initial - prepared.best
    good = np.flatnonzero(prepared.points_y <= prepared.initial)
    until = int(good[-1]) + 1 if len(good) else n
    surely = gain > GAINED_SD * _noise_sd(prepared, until) + SMALL_GAIN * abs(prepared.initial)
    return until if until >= FEWEST and surely else n


def _noise_sd(prepared: Prepared, n: int) -> float:
    """The noise of the first `n` points: that of all of them is the noise of a blow-up, too."""
    if n == len(prepared.points_y):
        return prepared.noise_sd
    settled = min(prepared.transient, max(n - SETTLED_POINTS, 0))
    return robust_difference_sd(prepared.points_y[settled:n])


def _scatter(prepared: Prepared, n: int) -> Floats:
    """By how much each of the first `n` points lies further from the fit than noise would have it, float64[n] >= 1."""
    if prepared.valley is None:
        return np.ones(n)
    height = np.maximum(prepared.valley.fit[:n] - prepared.best, 0.0)
    return scatter(height, _noise_sd(prepared, n), prepared.progress)


def _drops(x: Floats, rate: Curve | None) -> Ints:
    return np.asarray(np.searchsorted(x, rate_drops(rate).astype(np.float64)), dtype=np.int64)


def _cycling(x: Floats, rate: Curve | None) -> Floats | None:
    """The logged rate at the steps `x` of the points, if it rises again after its peak."""
    if rate is None:
        return None
    known = np.isfinite(rate.values)
    values, steps = rate.values[known], rate.steps[known]
    if not rises_again(values):
        return None
    at = np.searchsorted(steps, x, side="right") - 1
    return np.asarray(values[np.maximum(at, 0)], dtype=np.float64)


def _lowest(likely: LikelyCourses, y: Floats, swing: float, transient: int, tilt: Floats | None) -> Floats:
    """The probability float64[n] of each point to be the lowest one; of equals the first and the last.

    `tilt` float64[n] is one standard error of what the same samples in every evaluation add to the course.
    """
    n = len(y)
    swing = min(swing, SUREST)
    scores = likely.draws - y  # what is noise in this draw, with the sign turned
    settled = scores[:, transient:]
    left_open = np.sqrt(swing * (1.0 - swing) / (n - transient) * np.einsum("kn,kn->k", settled, settled))
    scores *= 1.0 - swing
    scores += y
    normals, draws = _standard_normals(), len(scores)
    scores += left_open[:, None] * normals[: draws * n].reshape(draws, n)
    if tilt is not None:
        scores += normals[-draws:, None] * tilt
    first, last = np.argmin(scores, axis=1), n - 1 - np.argmin(scores[:, ::-1], axis=1)
    return (np.bincount(first, minlength=n) + np.bincount(last, minlength=n)) / (2.0 * draws)


@lru_cache(maxsize=1)
def _standard_normals() -> Floats:
    """Enough for a swing of every draw at every point, and one more a draw for its tilt; the same ones every time."""
    return np.random.default_rng(1).standard_normal(PROPOSALS * (MOST_POINTS + 1))
