"""Whether a fluctuation is periodic: Fisher's test on the largest ordinate of a periodogram."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats


@dataclass(frozen=True, slots=True)
class Periodicity:
    """The strongest period (in points), its share g of the variance, and the chance of such a g in white noise."""

    period: float
    share: float
    p_value: float


def fisher_g(values: Floats) -> Periodicity | None:
    """Fisher's g test of equally spaced `values` float64[n]; None below 5 points or without variance.

    The exact null law of Fisher (Proceedings of the Royal Society A 125, 1929), summed as in Brockwell & Davis,
    Time Series: Theory and Methods, 10.2. The constant and, for even n, the alternating frequency stay out, as
    the law asks.
    """
    count = (len(values) - 1) // 2
    if count < 2:
        return None
    power = np.abs(np.fft.rfft(values - values.mean())[1 : count + 1]) ** 2
    total = float(power.sum())
    if total <= 0:
        return None
    peak = int(np.argmax(power))
    share = float(power[peak]) / total
    return Periodicity(len(values) / (peak + 1), share, _fisher_tail(share, count))


def _fisher_tail(share: float, count: int) -> float:
    # The alternating sum is exact, but cancels when g is small and the ordinates many. There the first term
    # alone is a bound that is above 1 anyway, so a term beyond 1e12 means "certainly not significant".
    tail = 0.0
    for k in range(1, min(count, int(1.0 / share)) + 1):
        log_term = (
            math.lgamma(count + 1)
            - math.lgamma(k + 1)
            - math.lgamma(count - k + 1)
            + (count - 1) * math.log(max(1.0 - k * share, 1e-300))
        )
        if log_term > 27.0:
            return 1.0
        tail += math.exp(log_term) if k % 2 else -math.exp(log_term)
    return min(max(tail, 0.0), 1.0)
