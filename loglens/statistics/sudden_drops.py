"""Sudden drops: where a curve comes down at once, by more than its noise and than it falls before and after."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats

SUDDEN_SD, SUDDEN = 4.0, 3.0
"""So many sd of the noise, as 2 in 8,800 places of normal noise do at most, and times the falls around it, which no
exponential reaches (the tests hold both)."""
FEWEST = 7
"""Three points on either side, and one between."""


def sudden_drops(values: Floats, sd: float) -> list[int]:
    """The indices of the two points over which `values` float64[n] drop at once, in noise of deviation `sd`.

    All of the three points before lie above all of the three after, by more than noise does and by much more than the
    curve falls around them: no fall of one of the usual forms does so, and there may be several of them, as where a
    rate that was not logged is lowered twice.
    """
    if len(values) < FEWEST:
        return []
    falls = values[:-2] - values[2:]
    before = np.minimum(np.minimum(values[:-6], values[1:-5]), values[2:-4])
    after = np.maximum(np.maximum(values[4:-2], values[5:-1]), values[6:])
    sudden = before - after > np.maximum(SUDDEN_SD * sd, SUDDEN * np.maximum(falls[:-4], falls[4:]))
    return [at for place in np.flatnonzero(sudden).tolist() for at in (place + 3, place + 4)]
