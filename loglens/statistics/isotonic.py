"""Isotonic least squares: the best falling fit of a curve, and the best fit that falls and then rises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats

BEGINNING = 2.0
"""Points that a step of the fit is long by noise alone."""


@dataclass(frozen=True, slots=True, eq=False)
class ValleyFit:
    """A fit that never rises up to index `bottom` and never falls after it.

    `fit` float64[n], read-only; `levels` is the number of constant pieces, which is the fit's degrees of freedom
    (Meyer & Woodroofe, Annals of Statistics 28, 2000).
    """

    fit: Floats
    bottom: int
    levels: int


def falling_fit(values: Floats) -> Floats:
    """The non-increasing least-squares fit float64[n] of finite `values` float64[n].

    Pool-adjacent-violators (Ayer et al., Annals of Mathematical Statistics 26, 1955), linear in n.
    """
    pooled = _pool(values.tolist())
    means, counts = pooled.levels_of(len(values))
    return np.repeat(np.asarray(means, dtype=np.float64), counts)


def comes_down(fit: Floats, level: float) -> int:
    """The first index from which a falling `fit` float64[n] stays at or below `level`; the last one if it never does.

    A line through the middles of the fit's steps is asked, since the fit itself jumps up to half a step too early; of
    a step that is much longer than the one before it only the beginning, since it comes down there.
    """
    edges = np.flatnonzero(np.diff(fit)) + 1
    starts, ends = np.concatenate(((0,), edges)), np.concatenate((edges, (len(fit),)))
    middles, levels = (starts + ends - 1) / 2.0, fit[starts]
    above = np.flatnonzero(levels > level)
    if len(above) == 0:
        return 0
    step = int(above[-1])
    if step == len(levels) - 1:
        return len(fit) - 1
    length = float(ends[step] - starts[step])
    next_middle = min(float(middles[step + 1]), float(starts[step + 1]) + (length - 1.0) / 2.0 + BEGINNING)
    share = (levels[step] - level) / (levels[step] - levels[step + 1])
    return math.ceil(float(middles[step] + share * (next_middle - middles[step])))


def valley_fit(values: Floats) -> ValleyFit:
    """The least-squares fit of finite `values` float64[n] that falls first and rises after; n >= 1.

    Unimodal regression by prefix isotonic regression (Stout, Computational Statistics & Data Analysis 53,
    2008): the errors of every falling prefix and every rising suffix, then the best split, linear in n.
    """
    if len(values) == 0:
        raise ValueError("a valley fit needs at least one value")
    return _valley_fit(np.asarray(values, dtype=np.float64).tobytes())


@lru_cache(maxsize=32)  # several detectors ask for the trend of one curve, one after the other
def _valley_fit(values: bytes) -> ValleyFit:
    forward = np.frombuffer(values).tolist()
    n = len(forward)
    falling = _pool(forward)
    rising = _pool(forward[::-1], enough=falling.errors[-1])  # what rises with a larger error is best left to fall
    first = max(n - len(rising.errors) + 1, 1)
    total = np.asarray(falling.errors[first:]) + np.asarray(rising.errors[n - first :: -1])
    split = first + int(np.argmin(total))
    left_means, left_counts = falling.levels_of(split)
    right_means, right_counts = rising.levels_of(n - split)
    means = np.asarray(left_means + right_means[::-1], dtype=np.float64)
    fit = np.repeat(means, left_counts + right_counts[::-1])
    fit.flags.writeable = False
    return ValleyFit(fit, int(np.argmin(fit)), len(means))


@dataclass(frozen=True, slots=True, eq=False)
class _Pooled:
    """The non-increasing fits of all prefixes: of each the squared error, and the mean and size of its last level.

    Place 0 is the empty prefix: its level is infinite, so that nothing is pooled with it.
    """

    errors: list[float]
    means: list[float]
    counts: list[int]

    def levels_of(self, prefix: int) -> tuple[list[float], list[int]]:
        """The levels of the fit of the first `prefix` values, and how many values each holds, in order.

        What lies before the last level is the fit of the prefix that ends there: pooling never touched it again.
        """
        means: list[float] = []
        counts: list[int] = []
        while prefix > 0:
            means.append(self.means[prefix])
            counts.append(self.counts[prefix])
            prefix -= counts[-1]
        return means[::-1], counts[::-1]


def _pool(values: Sequence[float], enough: float = math.inf) -> _Pooled:
    """Pool adjacent violators, keeping what every prefix came to, up to the first whose error is above `enough`.

    The fits of the prefixes are the stack, too: below the last level of one lies the fit of the prefix before it. The
    squared error of a fit grows by what every pooling of two levels costs. Linear in the number of finite values.
    """
    last = math.inf
    means = [last]
    counts = [0]
    error = 0.0
    errors = [error]
    for before, value in enumerate(values):
        if last > value:  # half of all values, and quickly done
            last = value
            means.append(value)
            counts.append(1)
            errors.append(error)
            continue
        below, level, mean, count = before, last, value, 1
        while level <= mean:
            other_count = counts[below]
            gap = level - mean
            both = count + other_count
            error += gap * gap * count * other_count / both
            mean += gap * other_count / both
            count = both
            below -= other_count
            level = means[below]
        last = mean
        means.append(mean)
        counts.append(count)
        errors.append(error)
        if error > enough:
            break
    return _Pooled(errors, means, counts)
