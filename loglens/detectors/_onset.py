"""Since where a curve that surely rises does so: its lowest point, which the train curve beside it helps to find."""

from __future__ import annotations

import numpy as np

from loglens.detectors._beside import means_between
from loglens.detectors._misfit import LEAST_NOISE, scatter
from loglens.detectors._turned import Turned
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.statistics.isotonic import valley_fit
from loglens.statistics.lowest_point import NoisyPoints, lowest_point
from loglens.statistics.noise import robust_difference_sd

LOSSES = ("loss", "perplexity")
"""Quantities of which a train curve falls as much as its validation curve, up to a gap."""
LEAST_SHARE = 0.5
"""Of the validation's noise: less noise of a train curve counts as so much, since no form follows it closer."""


def onset_of(prepared: Prepared, rise: Turned, train: Prepared | None) -> int | None:
    """The index into the curve's values of its lowest point, by all of its points and those of `train`.

    Falls and rises of known forms place it better than the course does, which follows whatever the points show. A
    train loss shares the fall, and falls further since where validation rises. None where that point is the last one,
    so that all of the points together do not rise.
    """
    if prepared.valley is None:
        return rise.bottom
    points = prepared.points_y.copy()
    before = points[: prepared.transient]
    np.minimum(before, prepared.initial, out=before)  # a blow-up tells nothing of the fall
    height = np.maximum(points, prepared.initial) - prepared.initial + prepared.valley.fit - prepared.best
    noise_sd = max(prepared.noise_sd, LEAST_NOISE * prepared.progress)
    seen = NoisyPoints(points, noise_sd * scatter(height, noise_sd, prepared.progress))
    lowest = lowest_point(seen, prepared.transient, _beside(prepared, train, noise_sd))
    if lowest is None:
        return rise.bottom
    return int(prepared.points_index[lowest]) if lowest < len(prepared.points_index) - 1 else None


def _beside(prepared: Prepared, train: Prepared | None, noise_sd: float) -> NoisyPoints | None:
    """The train curve at the points of the other; None where it is of another quantity or logged less often."""
    if train is None or train.curve.role.quantity != prepared.curve.role.quantity:
        return None
    values = _around(prepared.points_x, train) if train.curve.role.quantity in LOSSES else None
    if values is None:
        return None
    fit = valley_fit(values)
    train_sd = max(robust_difference_sd(values[prepared.transient :]), LEAST_SHARE * noise_sd)
    height = fit.fit - fit.fit[fit.bottom]
    return NoisyPoints(values, train_sd * scatter(height, train_sd, prepared.progress))


def _around(x: Floats, train: Prepared) -> Floats | None:
    """Means of `train` around each of the steps `x` float64[k], k >= 2, half-way to its neighbours."""
    middles = 0.5 * (x[1:] + x[:-1])
    edges = np.concatenate(((2.0 * x[0] - middles[0],), middles, (2.0 * x[-1] - middles[-1],)))
    ends = np.searchsorted(train.x, edges, side="right")
    return means_between(train.y, ends[:-1], ends[1:])
