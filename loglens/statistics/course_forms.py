"""The forms that training courses take: a loss that decays, and one event besides, a turn, a drop or a hump."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.falls import fall_kinds, from_one_to_zero
from loglens.statistics.levelling import LATEST, levelled

EXPONENTIALS = (0.01, 0.04, 0.1, 0.2, 0.3, 0.5, 2.0)
"""Time constants of exponential decays, as shares of the curve."""
POWER_LAWS = ((0.03, 0.8), (0.1, 1.0))
"""(1 + t / a) ** -p: (a, p)."""
SUMS = ((2.0, 0.02, 0.15), (2.0, 0.05, 0.3))
"""Sums of a fast and a slow exponential: how many times larger the fast one is, and the time constants."""
ONSETS = tuple(np.linspace(0.0, 0.9, 13).tolist())
"""Where a turn may begin, as shares of the curve: with 9 a late one is missed (tuning seeds)."""
BENDS = (1.0, 1.5)
"""A turn rises as this power of the time since its onset; or it levels off."""
MOST_DROPS = 16
"""A drop may be at every point, on longer curves at so many places (tuning seeds: 24 are no better)."""
HUMPS = tuple((middle, width) for middle in (0.15, 0.3, 0.45, 0.6) for width in (0.06, 0.12))
"""Middle and width of a hump, a second descent after it; shares of the curve."""
TURN, LEVELLING, DROP, HUMP = 0.47, 0.08, 0.1, 0.1
"""Prior weights of the events; none of them has the rest (tuning seeds: the least regret over five families). Where
overfitting levels off, turns by powers alone cost 1.7 % of the progress and these .7; with the weight of all turns
shared out alike it is the same there, and more where a rise goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class CourseForms:
    """Columns over n points: `decays` float64[n, j] fall from 1 to 0, `events` float64[n, e] are at most 1.

    A course is a level plus a positive amount of one decay, of one event, or of both. `weights` float64[e] are the
    prior weights of the events.
    """

    decays: Floats
    events: Floats
    weights: Floats


def course_forms(x: Floats) -> CourseForms:
    """The forms at increasing `x` float64[n], n >= 3."""
    return _forms(x.tobytes())


@lru_cache(maxsize=16)  # the curves of a run are evaluated at the same steps, and so are the runs of a sweep
def _forms(x: bytes) -> CourseForms:
    steps = np.frombuffer(x)
    t = (steps - steps[0]) / max(float(steps[-1] - steps[0]), 1e-300)
    n, along = len(t), t[:, None]
    onset, bend = np.repeat(ONSETS, len(BENDS)), np.tile(BENDS, len(ONSETS))
    place = np.unique(np.round(np.linspace(1, n - 2, min(n - 2, MOST_DROPS))).astype(np.int64))
    after = np.arange(n)[:, None] - place
    middle, width = np.array(HUMPS).T
    early = np.array([begun for begun in ONSETS if begun <= LATEST])
    events = [
        np.maximum((along - onset) / (1.0 - onset), 0.0) ** bend,
        levelled(np.maximum((along - early) / (1.0 - early), 0.0)),
        (after < 0).astype(np.float64),
        (after < -1) + 0.5 * (after == -1),  # a drop may take two evaluations
        np.exp(-0.5 * ((along - middle) / width) ** 2),
    ]
    counts = [part.shape[1] for part in events]
    weights = np.repeat(np.array([TURN, LEVELLING, DROP / 2.0, DROP / 2.0, HUMP]) / counts, counts)
    decays = from_one_to_zero(np.concatenate(fall_kinds(t, EXPONENTIALS, POWER_LAWS, SUMS), axis=1))
    forms = CourseForms(decays, np.concatenate(events, axis=1), weights)
    for array in (forms.decays, forms.events, forms.weights):
        array.flags.writeable = False
    return forms
