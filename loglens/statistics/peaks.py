"""Single points that stand out above both their neighbours, as a bad batch or evaluation leaves them."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats, Ints

SD = 4.0
"""Noise sd above the higher neighbour: of independent normal points one in 5,000 stands out so far."""
SHARE = 5
"""No more than one point in so many is called single."""


def peaks(values: Floats, sd: float) -> Ints:
    """The indices int64[k] of such points in `values` float64[m] with noise of deviation `sd`, in order.

    The highest is taken out first, since what it leaves beside it may stand out once it is gone. The first and the
    last point have one neighbour only, and are none.
    """
    kept = np.arange(len(values))
    out: list[int] = []
    while len(kept) > 2 and len(out) < len(values) // SHARE:
        inner = values[kept]
        above = inner[1:-1] - np.maximum(inner[:-2], inner[2:])
        at = int(np.argmax(above))
        if above[at] <= SD * sd:
            break
        out.append(int(kept[at + 1]))
        kept = np.delete(kept, at + 1)
    return np.asarray(sorted(out), dtype=np.int64)
