"""The course that falls, rises once, and falls again: what a valley fit leaves over of it is no fluctuation."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.isotonic import valley_fit

CANDIDATES = 4
"""Highest places of the valley fit's residual where the hump is looked for; each costs two fits."""


def humped_fit(values: Floats) -> tuple[Floats, int]:
    """The fit float64[n] of `values` float64[n] by two valleys with a hump between, and the levels it used.

    The hump lies at one of the highest places of what a single valley leaves over, as means of three points; of
    these the one with the least error is taken, and no hump where none is better. n >= 1.
    """
    single = valley_fit(values)
    residual = values - single.fit
    best, fit, levels = float(residual @ residual), single.fit, single.levels
    padded = np.concatenate((residual[:1], residual, residual[-1:]))
    height = padded[:-2] + padded[1:-1] + padded[2:]
    tops = np.flatnonzero((height[1:-1] >= height[:-2]) & (height[1:-1] > height[2:])) + 1
    for top in tops[np.argsort(-height[tops], kind="stable")][:CANDIDATES]:
        for cut in (int(top), int(top) + 1):  # the top point belongs to either valley
            left, right = valley_fit(values[:cut]), valley_fit(values[cut:])
            both = np.concatenate((left.fit, right.fit))
            rest = values - both
            error = float(rest @ rest)
            if error < best:
                best, fit, levels = error, both, left.levels + right.levels
    return fit, levels
