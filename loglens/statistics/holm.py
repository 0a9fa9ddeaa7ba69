"""Holm's correction: many tests at once, with the chance of even one false alarm kept at alpha."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats


def holm(p_values: Floats) -> Floats:
    """Adjusted p-values float64[n], to be compared with alpha, of `p_values` float64[n] in any dependence.

    S. Holm, Scandinavian Journal of Statistics 6 (1979).
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values), dtype=np.float64)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors))
    return adjusted
