"""The law of noise with skew and heavy tails: how probable a value is, as the normal score of the same probability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from loglens.events.series import Floats

NORMAL = NormalDist()
LOW_PROBABILITIES = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002)
"""Quantiles that tell the lower tail, those that five values lie below: no spike reaches there."""
BLOCK_COUNTS = (200, 100, 50, 25)
"""Numbers of blocks whose maxima tell the upper tail."""
OF_MAXIMA = 0.4
"""Their quantile: below the median, so that it stands when spikes lie in a third of the blocks."""
HEAVIEST = 0.43
"""Student's t with 2.3 degrees: more is spikes that entered the estimate."""
ELONGATIONS = np.array([0, 1, 2, 3, 4.5, 6, 8, 10, 12.5, 15, 18, 21, 25, 29, 33, 38, 43]) / 100.0
MOST_SKEW = 3.0
"""Log-normal noise of sigma 3: losses of single batches once they are learnt."""
QUARTILE, TENTH = NORMAL.inv_cdf(0.75), NORMAL.inv_cdf(0.9)
TABLE = np.linspace(-8.0, 12.0, 401)
"""Scores that values are looked up among; further out there is nothing to tell."""


@dataclass(frozen=True, slots=True, eq=False)
class NoiseLaw:
    """Noise whose quantile of normal score u is `middle` + `scale` S(u) T(u).

    S(u) = (exp(g u) - 1) / g skews as a log-normal law does (Hoaglin, in: Exploring Data Tables, Trends, and Shapes,
    1985, the g of his g-and-h laws), with g = `skew`; T(u) stretches as Student's t with 1 / `elongation` degrees
    does: Wallace's approximation of its quantiles (Annals of Mathematical Statistics 30, 1959). So a normal, a
    log-normal and a t law are each the law of one choice of parameters.
    """

    middle: float
    scale: float
    skew: float
    elongation: float

    def quantiles(self, scores: Floats) -> Floats:
        """The values float64[n] whose probabilities are those of the normal `scores` float64[n]."""
        return self.middle + self.scale * _skewed(scores, self.skew) * _stretch(scores, self.elongation)

    def scores(self, values: Floats) -> Floats:
        """The normal scores float64[n] of `values` float64[n], between -8 and 12."""
        return np.interp(values, self.quantiles(TABLE), TABLE)


STANDARD_NORMAL = NoiseLaw(middle=0.0, scale=1.0, skew=0.0, elongation=0.0)


def noise_law(
    values: Floats, *, by_maxima: float, margin: float = 0.0, of_maxima: float = OF_MAXIMA
) -> NoiseLaw | None:
    """The law of `values` float64[n], n >= 40, a few of which may be spikes; None where half of them are equal.

    Scale from the quartiles, skew from the tenth and ninetieth percentile, none below zero. The elongation is told by
    the lower tail, where no spike reaches, and with weight `by_maxima` by the maxima of blocks, which few spikes do
    not move (their quantile `of_maxima`); `margin` over the root of n is added to it, to be on the safe side.
    """
    ordered = np.sort(values)
    q10, q25, middle, q75, q90 = (_quantile(ordered, p) for p in (0.1, 0.25, 0.5, 0.75, 0.9))
    if q75 <= q25:
        return None
    skew = math.log(max(q90 - middle, 1e-300) / max(middle - q10, 1e-300)) / TENTH
    skew = min(max(skew, 0.0), MOST_SKEW)
    low = [p for p in LOW_PROBABILITIES if p * len(ordered) >= 5] or LOW_PROBABILITIES[:1]
    elongation = _elongation([(NORMAL.inv_cdf(p), middle - _quantile(ordered, p)) for p in low], q75 - q25, skew)
    counts = [count for count in BLOCK_COUNTS if len(values) >= 4 * count]
    if by_maxima > 0.0 and counts:
        above = _elongation([_maximum(values, middle, count, of_maxima) for count in counts], q75 - q25, skew)
        elongation = by_maxima * above + (1.0 - by_maxima) * elongation
    elongation = min(elongation + margin / math.sqrt(len(values)), HEAVIEST)
    return NoiseLaw(middle, (q75 - q25) / float(_quartiles(skew, elongation)[0]), skew, elongation)


def _quantile(ordered: Floats, probability: float) -> float:
    return float(ordered[int(probability * (len(ordered) - 1) + 0.5)])


def _skewed(z: Floats, skew: float) -> Floats:
    return np.expm1(skew * z) / skew if skew > 1e-6 else z


def _stretch(z: Floats, elongation: float | Floats) -> Floats:
    degrees = 1.0 / np.maximum(elongation, 1e-6)
    factor = (8.0 * degrees + 3.0) / (8.0 * degrees + 1.0)
    exponent = np.maximum((factor * z) ** 2 / degrees, 1e-12)
    return factor * np.sqrt(np.expm1(exponent) / exponent)


def _quartiles(skew: float, elongation: float | Floats) -> Floats:
    """The distance between the quartiles of a law of scale 1."""
    at = np.array([QUARTILE])
    return (_skewed(at, skew) - _skewed(-at, skew)) * _stretch(at, elongation)


def _maximum(values: Floats, middle: float, count: int, quantile: float) -> tuple[float, float]:
    """The normal score of that `quantile` of the maxima of `count` blocks, and its height above the middle."""
    length = len(values) // count
    maxima = np.sort(values[: count * length].reshape(count, length).max(axis=1))
    return NORMAL.inv_cdf(quantile ** (1.0 / length)), _quantile(maxima, quantile) - middle


def _elongation(distances: list[tuple[float, float]], quartiles: float, skew: float) -> float:
    """Least squares over (normal score, distance from the middle) of one tail, on the logarithm of the distances."""
    score, distance = np.array(distances).T
    seen = np.log(np.maximum(distance, 1e-300) / quartiles)
    trial = ELONGATIONS[:, None]
    law = np.log(np.abs(_skewed(score, skew)) * _stretch(score, trial)) - np.log(_quartiles(skew, trial))
    return float(ELONGATIONS[np.argmin((score**2 * (seen - law) ** 2).sum(axis=1))])
