"""Accuracies as proportions of a finite sample: how large it was, and how far below guessing they lie."""

from __future__ import annotations

import math

import numpy as np

from loglens.events.series import Floats

MOST_SAMPLES = 20_000
"""Beyond this, multiples of 1/n lie closer together than float32 accuracies can tell apart."""


def sample_size(accuracies: Floats) -> int | None:
    """The smallest n of which all `accuracies` float64[k] (shares) are multiples of 1/n; None when none is clear.

    Read off the grain of float32 values: every a n must be whole within float32's error. At least 4 different
    values, and a grain coarser than chance would give: k random numbers fit some n too, once n is large enough.
    """
    values = np.unique(accuracies[np.isfinite(accuracies)])
    if len(values) < 4:
        return None
    sizes = np.arange(2, MOST_SAMPLES)
    for value in values:  # each leaves few sizes for the next
        products = value * sizes
        sizes = sizes[np.abs(products - np.round(products)) < 1.2e-7 * sizes + 1e-9]
    if not len(sizes):
        return None
    n = int(sizes[0])
    by_chance = n * (2.4e-7 * n) ** (len(values) - 1)  # sizes tried x chance that the other values fit one, too
    return n if by_chance < 0.01 else None


def z_against_guessing(accuracies: Floats, classes: int, samples: int) -> float:
    """How many standard errors the mean of `accuracies` float64[k] lies above 1/`classes`, on `samples` each.

    The evaluations share their samples, so k of them are no surer than one: the error is that of one.
    """
    guess = 1.0 / classes
    return (float(accuracies.mean()) - guess) / math.sqrt(guess * (1.0 - guess) / samples)
