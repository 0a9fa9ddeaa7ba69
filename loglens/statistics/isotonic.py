"""Isotonic least squares: the best falling fit of a curve, and the best fit that falls and then rises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

import numpy as np

from loglens.events.series import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ValleyFit:
    """A fit that never rises up to index `bottom` and never falls after it.

    `fit` float64[n], read-only; `levels` is the number of constant pieces, which is the fit's degrees of freedom
    (Meyer & Woodroofe, Annals of Statistics 28, 2000).
    """

    fit: Floats
    bottom: int
    levels: int


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
    total = list(map(add, falling.errors[first:], rising.errors[n - first :: -1]))
    split = first + total.index(min(total))
    left_means, left_counts = falling.levels_of(split)
    right_means, right_counts = rising.levels_of(n - split)
    means = np.array(left_means + right_means[::-1])
    fit = means.repeat(left_counts + right_counts[::-1])
    fit.flags.writeable = False
    rises_at_once = bool(right_means) and right_means[-1] < left_means[-1]
    return ValleyFit(fit, split if rises_at_once else split - left_counts[-1], len(means))


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
