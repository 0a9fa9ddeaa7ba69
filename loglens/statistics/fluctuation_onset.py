"""Where a fluctuation begins: from which point on a curve scatters as widely as it does later."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats

EARLY = 0.1
"""Mean of the exponential prior of the onset, as a share of the curve: what swings mostly does so early."""
MOST = 4.0
"""Evidence (in nats) of one point against calm, at most, so that an outlier does not date the onset."""
CALM_SHARE = 0.5
"""Before its onset a curve scatters by half as much at most, or there would be none to find."""

STILL = 1e-12
"""Of the later variance: a calm below it is no more calm than this, and its inverse could not be told."""
LEAST_SQUARE = 1e-200
"""Squares below it are the rounding of zero."""


def fluctuation_onset(residual: Floats, first: int, calm: float) -> int:
    """The index from which `residual` float64[n] scatters as it does after index `first`, n > first.

    Before, its standard deviation is `calm`. The median of the posterior of one change of a normal variance, both
    variances taken as known (Hinkley, Biometrika 57, 1970, has the likelihood), under an exponential prior.
    """
    squares = residual**2
    late = float(np.mean(squares[first:]))
    if late <= LEAST_SQUARE or calm <= 0:
        return 0
    before = min(max(calm * calm / late, STILL), CALM_SHARE**2)
    n = len(residual)
    evidence = np.maximum(0.5 * (-np.log(before) - squares / late * (1.0 / before - 1.0)), -MOST)
    likelihood = np.r_[0.0, np.cumsum(evidence[:-1])] - np.arange(n) / (EARLY * n)
    posterior = np.cumsum(np.exp(likelihood - likelihood.max()))
    return int(np.searchsorted(posterior, 0.5 * posterior[-1]))
