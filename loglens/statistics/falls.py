"""The forms in which a loss falls: exponentials, power laws, and sums of a fast and a slow exponential."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglens.events.series import Floats


def fall_kinds(
    t: Floats,
    exponentials: Sequence[float],
    power_laws: Sequence[tuple[float, float]],
    sums: Sequence[tuple[float, float, float]],
) -> tuple[Floats, Floats, Floats]:
    """Columns float64[n, k] of each of the three kinds at `t` float64[n] from 0 to 1, each falling.

    `exponentials` are time constants: exp(-t / c); `power_laws` are (a, p): (1 + t / a) ** -p, as loss curves of
    networks often are (Hestness et al., arXiv 1712.00409); `sums` are (how many times larger the fast one is, its
    time constant, that of the slow one).
    """
    along = t[:, None]
    a, p = np.array(power_laws).T
    share, fast, slow = np.array(sums).T
    return (
        np.exp(-along / np.array(exponentials)),
        (1.0 + along / a) ** -p,
        share * np.exp(-along / fast) + np.exp(-along / slow),
    )


def from_one_to_zero(columns: Floats) -> Floats:
    """Falls float64[n, k], moved and scaled so that each falls from 1 at the first point to 0 at the last."""
    scaled: Floats = (columns - columns[-1]) / np.maximum(columns[0] - columns[-1], 1e-300)
    return scaled
