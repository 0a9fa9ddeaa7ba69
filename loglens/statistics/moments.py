"""Mean and standard deviation of one curve: numpy's numbers without its general machinery, most of their cost."""

from __future__ import annotations

import math

from loglens.events.series import Floats


def mean(values: Floats) -> float:
    """The mean of `values` float64[n], n >= 1."""
    return float(values.sum()) / len(values)


def sd(values: Floats) -> float:
    """The standard deviation of `values` float64[n], n >= 1, around their mean; divided by n."""
    centred = values - values.sum() / len(values)
    return math.sqrt(float(centred @ centred) / len(values))
