"""The trend of a stretch of a curve: a slope that outliers do not turn, and how far it may be off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.statistics.median import median


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope per point and its standard error, over `points` points."""

    slope: float
    error: float
    points: int

    @property
    def change(self) -> float:
        """What the slope adds up to from the first point to the last."""
        return self.slope * (self.points - 1)

    @property
    def change_error(self) -> float:
        return self.error * (self.points - 1)


def theil_sen(values: Floats, sd: float, phi: float = 0.0) -> Trend:
    """The median of all slopes between two of `values` float64[m], m >= 2; noise of deviation `sd` and memory `phi`.

    Theil, Proceedings KNAW 53, 1950. Its error is taken as that of least squares, above which it lies by 3 % to
    5 % under normal noise (Sen, Journal of the American Statistical Association 63, 1968), times
    sqrt((1 + phi) / (1 - phi)), the limit for first-order noise.
    """
    m = len(values)
    first, second, apart = (part[: m * (m - 1) // 2] for part in _pairs(1 << m.bit_length()))
    slope = median((values[second] - values[first]) / apart)
    spread = math.sqrt(m * (m * m - 1) / 12.0)
    return Trend(slope, 1.05 * sd / spread * math.sqrt((1 + phi) / (1 - phi)), m)


@lru_cache(maxsize=8)  # 800 kB for up to 256 points, of each other size a quarter of the one above
def _pairs(m: int) -> tuple[Ints, Ints, Floats]:
    """All pairs of a first and a second of m points and how far they are apart, those of fewer points before others."""
    second, first = np.tril_indices(m, -1)
    return first.astype(np.int64), second.astype(np.int64), (second - first).astype(np.float64)
