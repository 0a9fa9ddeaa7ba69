"""Accuracies as proportions of a finite sample: how large it was, and how far below guessing they lie."""

from __future__ import annotations

import math

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.noise import second_differences

MOST_SAMPLES = 20_000
"""Beyond this, multiples of 1/n lie closer together than float32 accuracies can tell apart."""

OFF, ROUNDED = 1.2e-7, 1e-9
"""A multiple of 1/n, times n, lies within n times float32's error, and a rounding, of a whole number."""

FRACTIONS_UP_TO = 1.5
"""An accuracy that goes above it is in percent: fractions end at 1."""


def all_right(values: Floats) -> float:
    """What is 1, or 100 in percent, where an accuracy or error rate is `values` float64[n], n >= 1, of either sign."""
    return 100.0 if float(np.max(np.abs(values))) > FRACTIONS_UP_TO else 1.0


def sample_size(accuracies: Floats) -> int | None:
    """The smallest n of which all `accuracies` float64[k] are multiples of 1/n; None when none is clear, or no shares.

    Read off the grain of float32 values: every a n must be whole within float32's error. At least 4 different
    values, and a grain coarser than chance would give: k random numbers fit some n too, once n is large enough.
    """
    values = np.unique(accuracies[np.isfinite(accuracies)])
    if len(values) < 4 or values[0] < 0.0 or values[-1] > 1.0 + OFF:
        return None
    sizes = _sizes_of(values)
    for some in (values[:1], values):  # the first leaves few sizes for the others
        multiples = some[:, None] * sizes
        off = np.abs(multiples - np.rint(multiples))
        sizes = sizes[(off < OFF * sizes + ROUNDED).all(axis=0)]
    if not len(sizes):
        return None
    n = int(sizes.min())
    by_chance = n * (2.4e-7 * n) ** (len(values) - 1)  # sizes tried x chance that the other values fit one, too
    return n if by_chance < 0.01 else None


def _sizes_of(values: Floats) -> Floats:
    """All sizes below `MOST_SAMPLES` that the increasing `values` may be shares of, and others; some of them twice.

    The two values that lie closest together differ by a multiple of 1/n, too, as nearly as both are known: n is near
    a multiple of 1 over their difference, and most sizes need not be tried.
    """
    apart = values[1:] - values[:-1]
    apart = apart[apart > 3.0 * OFF]  # closer ones may be the same multiple
    if not len(apart):
        return np.arange(2.0, MOST_SAMPLES)
    smallest = float(apart.min())
    near = np.arange(1.0, MOST_SAMPLES * smallest + 1.0) / smallest
    reach = math.ceil(2.0 * (OFF * MOST_SAMPLES + ROUNDED) / smallest)
    sizes: Floats = (np.rint(near)[:, None] + np.arange(-reach, reach + 1.0)).ravel()
    return sizes[(sizes >= 2.0) & (sizes < MOST_SAMPLES)]


def z_against_guessing(accuracies: Floats, classes: int, samples: int) -> float:
    """How many standard errors the mean of `accuracies` float64[k] lies above 1/`classes`, on `samples` each.

    The evaluations share their samples, so k of them are no surer than one: the error is that of one.
    """
    guess = 1.0 / classes
    return (float(accuracies.mean()) - guess) / math.sqrt(guess * (1.0 - guess) / samples)


def calmness(accuracies: Floats, samples: int) -> float:
    """How surely `accuracies` float64[k] fluctuate less than those of `samples` drawn afresh each time: a z value.

    Their second differences against the binomial variance. The logarithm of such a ratio of standard deviations has
    an error of about 1 / sqrt(k - 2): second differences of white noise count for 1 / 1.94 of independent ones.
    0.0 below 5 values.
    """
    if len(accuracies) < 5:
        return 0.0
    differences = second_differences(accuracies)
    levels = (accuracies[:-2] + accuracies[1:-1] + accuracies[2:]) / 3.0
    levels = np.clip(levels, 0.5 / samples, 1.0 - 0.5 / samples)
    binomial = float(np.mean(levels * (1.0 - levels))) / samples
    seen = float(differences @ differences) / len(differences)
    return -0.5 * math.log(max(seen / binomial, 1e-6)) * math.sqrt(len(differences))
