"""How many validation samples a rise costs, for the quantities that count them: too few change sides by chance."""

from __future__ import annotations

import numpy as np

from loglens.detectors._turned import Turned
from loglens.prepared import Prepared
from loglens.statistics.proportions import all_right, sample_size

SHARES = ("accuracy", "error-rate")
FEWEST_LOST = 5.0
"""Of so many samples lost and none won, chance alone makes 1 in 32 (the sign test of paired answers; McNemar,
Psychometrika 12, 1947). While a rate anneals, real trainings settle on 3 or 4 of 500 less (2 % of tuning runs)."""


def samples_lost(prepared: Prepared, rise: Turned) -> float | None:
    """How many samples more are wrong at the end than at the best; None where no grain tells how many there are."""
    if prepared.curve.role.quantity not in SHARES:
        return None
    whole = all_right(prepared.y)
    samples = sample_size(np.abs(prepared.y) / whole)
    return None if samples is None else rise.depth * prepared.progress / whole * samples
