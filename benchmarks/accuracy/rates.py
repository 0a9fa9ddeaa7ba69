"""Rates and means with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats

Z = 1.959964
"""Standard errors of a normal law that hold 95 %."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, from `count` runs."""

    value: float
    low: float
    high: float
    count: int


def rate(hits: Sequence[bool]) -> Estimate | None:
    """The share of true values, interval of Wilson (Journal of the American Statistical Association 22, 1927)."""
    n = len(hits)
    if n == 0:
        return None
    p = sum(hits) / n
    centre, spread = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return Estimate(p, max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0), n)


def mean(values: Sequence[float], quantile: float | None = None) -> Estimate | None:
    """The mean, or a quantile, with a percentile bootstrap interval of 400 draws."""
    if not values:
        return None
    data = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(len(data))

    def statistic(rows: Floats) -> Floats:
        return rows.mean(axis=-1) if quantile is None else np.quantile(rows, quantile, axis=-1)

    draws = np.concatenate([statistic(data[random.integers(0, len(data), (40, len(data)))]) for _ in range(10)])
    low, high = np.quantile(draws, (0.025, 0.975))
    return Estimate(float(statistic(data)), float(low), float(high), len(data))
