"""Resampling: what a mean over runs would have been with other runs like them."""

from __future__ import annotations

import zlib

import numpy as np

from loglens.events.series import Floats


def bootstrap_means(values: Floats, draws: int = 1000) -> Floats:
    """Column means float64[draws, k] of rows of `values` float64[n, k] drawn anew, n >= 1.

    Efron, Annals of Statistics 7, 1979. Whole rows are drawn, so columns stay paired; seeded by the values
    themselves, so that the same runs always give the same answer.
    """
    n = len(values)
    random = np.random.default_rng([n, zlib.crc32(np.ascontiguousarray(values).tobytes())])
    counts = random.multinomial(n, np.full(n, 1.0 / n), size=draws)
    return np.asarray(counts @ values / n)
