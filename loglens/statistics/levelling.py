"""Rises that level off: fast where they begin, ever more slowly after that."""

from __future__ import annotations

import math

import numpy as np

from loglens.events.series import Floats

TIMES = 3.0
"""Time constants from the beginning to the end of the curve: with 2.5 and 4 tuning runs are told alike."""
LATEST = 0.65
"""The share of the curve where the last of them begins: what is seen of later ones looks straight."""


def levelled(since: Floats) -> Floats:
    """How far it has risen, 0 to 1, where the share `since` of its time has gone by, 0 to 1: an exponential."""
    return np.asarray(np.expm1(-TIMES * since) / math.expm1(-TIMES), dtype=np.float64)
