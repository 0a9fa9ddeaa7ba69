"""Reduced curves of several seeds on one grid of steps, so that they can be compared as wholes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats
from loglens.gate.samples import Seed

MIN_POINTS = 3
"""Shared points below which two groups of curves are no curves."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Two groups of curves float64[n1, k], float64[n2, k] at the same `steps` float64[k]."""

    steps: Floats
    first: Floats
    second: Floats


def aligned(first: Sequence[Seed], second: Sequence[Seed]) -> Grid | None:
    """The curves on the steps of the seed with the fewest points, where all of them are; None where that is little.

    Seeds that logged at the same steps are not changed; others are read between their points by straight lines.
    Points that are not finite are left out of their curve (a run of nothing else is left out altogether).
    """
    one, two = ([curve for curve in map(_finite, seeds) if len(curve[0])] for seeds in (first, second))
    if not one or not two:
        return None
    low = max(curve[0][0] for curve in (*one, *two))
    high = min(curve[0][-1] for curve in (*one, *two))
    shortest = min((*one, *two), key=lambda curve: len(curve[0]))[0]
    steps = shortest[(shortest >= low) & (shortest <= high)]
    if len(steps) < MIN_POINTS:
        return None
    return Grid(steps, *(np.stack([np.interp(steps, *curve) for curve in group]) for group in (one, two)))


def _finite(seed: Seed) -> tuple[Floats, Floats]:
    steps = np.array(seed.steps, dtype=np.float64)
    values = np.array([np.nan if value is None else value for value in seed.values], dtype=np.float64)
    keep = np.isfinite(values)
    return steps[keep], values[keep]
