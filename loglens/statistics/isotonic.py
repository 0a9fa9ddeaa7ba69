"""Isotonic least squares: the best falling fit of a curve, and the best fit that falls and then rises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ValleyFit:
    """A fit that never rises up to index `bottom` and never falls after it.

    `fit` float64[n]; `levels` is the number of constant pieces, which is the fit's degrees of freedom
    (Meyer & Woodroofe, Annals of Statistics 28, 2000).
    """

    fit: Floats
    bottom: int
    levels: int


def falling_fit(values: Floats) -> Floats:
    """The non-increasing least-squares fit float64[n] of finite `values` float64[n].

    Pool-adjacent-violators (Ayer et al., Annals of Mathematical Statistics 26, 1955), linear in n.
    """
    _, means, counts = _pool(values.tolist())
    return np.repeat(np.asarray(means, dtype=np.float64), counts)


def valley_fit(values: Floats) -> ValleyFit:
    """The least-squares fit of finite `values` float64[n] that falls first and rises after; n >= 1.

    Unimodal regression by prefix isotonic regression (Stout, Computational Statistics & Data Analysis 53,
    2008): the errors of every falling prefix and every rising suffix, then the best split, linear in n.
    """
    n = len(values)
    if n == 0:
        raise ValueError("a valley fit needs at least one value")
    forward = values.tolist()
    falling_error, _, _ = _pool(forward)
    rising_error, _, _ = _pool(forward[::-1])
    total = np.asarray(falling_error)
    total[:-1] += np.asarray(rising_error[::-1])[1:]
    split = int(np.argmin(total)) + 1
    _, left_means, left_counts = _pool(forward[:split])
    _, right_means, right_counts = _pool(forward[split:][::-1])
    means = np.asarray(left_means + right_means[::-1], dtype=np.float64)
    fit = np.repeat(means, left_counts + right_counts[::-1])
    return ValleyFit(fit, int(np.argmin(fit)), len(means))


def _pool(values: Sequence[float]) -> tuple[list[float], list[float], list[int]]:
    """Of the non-increasing fits of all prefixes the squared errors; of the last the levels and their lengths."""
    means: list[float] = []
    counts: list[int] = []
    errors: list[float] = []  # within each level
    prefix_errors: list[float] = []
    total = 0.0
    for value in values:
        mean, count, error = value, 1, 0.0
        while means and means[-1] <= mean:
            other_mean, other_count, other_error = means.pop(), counts.pop(), errors.pop()
            total -= other_error
            gap = other_mean - mean
            both = count + other_count
            error += other_error + gap * gap * count * other_count / both
            mean += gap * other_count / both
            count = both
        means.append(mean)
        counts.append(count)
        errors.append(error)
        total += error
        prefix_errors.append(total)
    return prefix_errors, means, counts
