"""Accuracies as proportions of a finite sample: how large it was, and how far below guessing they lie."""

from __future__ import annotations

import math

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.noise import second_differences

MOST_SAMPLES = 20_000
"""Beyond this, multiples of 1/n lie closer together than float32 accuracies can tell apart."""

AT_ONCE = 2_500
"""Sizes tried at once: most validation sets are smaller, and arrays as small are cheap to make."""

FRACTIONS_UP_TO = 1.5
"""An accuracy that goes above it is in percent: fractions end at 1."""


def all_right(values: Floats) -> float:
    """What is 1, or 100 in percent, where an accuracy or error rate is `values` float64[n], n >= 1, of either sign."""
    return 100.0 if float(np.max(np.abs(values))) > FRACTIONS_UP_TO else 1.0


def sample_size(accuracies: Floats) -> int | None:
    """The smallest n of which all `accuracies` float64[k] (shares) are multiples of 1/n; None when none is clear.

    Read off the grain of float32 values: every a n must be whole within float32's error. At least 4 different
    values, and a grain coarser than chance would give: k random numbers fit some n too, once n is large enough.
    """
    values = np.unique(accuracies[np.isfinite(accuracies)])
    if len(values) < 4:
        return None
    found = (_smallest_size(values, first) for first in range(2, MOST_SAMPLES, AT_ONCE))
    n = next((size for size in found if size is not None), None)
    if n is None:
        return None
    by_chance = n * (2.4e-7 * n) ** (len(values) - 1)  # sizes tried x chance that the other values fit one, too
    return n if by_chance < 0.01 else None


def _smallest_size(values: Floats, first: int) -> int | None:
    """The smallest of AT_ONCE sizes from `first` on of which all `values` are multiples."""
    sizes = np.arange(first, min(first + AT_ONCE, MOST_SAMPLES), dtype=np.float64)
    for value in values:  # each leaves few sizes for the next
        away = value * sizes
        away -= np.rint(away)
        sizes = sizes[np.abs(away, out=away) < 1.2e-7 * sizes + 1e-9]
        if not len(sizes):
            return None
    return int(sizes[0])


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
