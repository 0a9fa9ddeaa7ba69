"""Where a course that fell and rises to its end has its lowest point: the median over all falls and rises that fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.falls import fall_kinds, from_one_to_zero
from loglens.statistics.levelling import LATEST as LATEST_LEVELLING
from loglens.statistics.levelling import levelled

EXPONENTIALS = (0.03, 0.037, 0.046, 0.056, 0.069, 0.085, 0.106, 0.13, 0.16, 0.2, 0.24, 0.3, 0.5)
"""Time constants of exponential falls, as shares of the curve. All forms here are closer together than those of
`course_forms`: half of them leave the place as open as a local fit does (tuning runs)."""
POWER_LAWS = tuple((a, p) for a in (0.02, 0.04, 0.08) for p in (0.6, 0.85, 1.15, 1.5))
"""(1 + t / a) ** -p: (a, p)."""
SUMS = tuple((share, fast, slow) for share in (1.2, 2.5) for fast in (0.02, 0.04, 0.06) for slow in (0.15, 0.27))
"""Sums of a fast and a slow exponential: how many times larger the fast one is, and the time constants."""
BENDS = (1.0, 1.25, 1.5)
"""A rise begins as sharply as a kink or more softly: powers of the time since then; or it levels off."""
LATEST, MOST_PLACES = 0.9, 80
"""Where the last rise begins, as a share of the curve, and how many places there are: two a point on short curves."""
GAP = 0.2
"""Time constant, as a share of the curve, of the gap that opens between train and validation before the rise."""
ALIKE = 0.25
"""How far the falls of both may differ, as a share of the fall: one standard deviation. A train curve that falls by .6
or 1.5 times as much still helps; one whose fall may be of any size does not (tuning runs)."""
NEGLIGIBLE = 1e-4
"""Weights below this share of the largest move the median by nothing."""
FEWEST = 5
"""Of fewer points a level, a fall, a rise and its place leave nothing to tell the noise by."""


@dataclass(frozen=True, slots=True, eq=False)
class NoisyPoints:
    """Values at even steps, and the standard deviation of the noise at each: float64[n] both."""

    values: Floats
    sd: Floats


def lowest_point(points: NoisyPoints, first: int, train: NoisyPoints | None = None) -> int | None:
    """The index, from `first` on, of the lowest point of the course behind `points`, which rises at the end.

    The course is a level, a positive amount of one of 37 falls and of a rise that begins at one of 80 places. A
    `train` curve at the same steps and in the same unit has a level of its own, about as much of the same fall, a gap
    that opens from the start on, and falls further from the same place on. Around them lies independent noise, all of
    it larger or smaller than told by the same unknown factor. Levels, amounts and the logarithm of the factor have
    flat priors, and all pairs of a fall and a rise are weighted by their marginal likelihood (Hoeting et al., Bayesian
    model averaging, Statistical Science 14, 1999). Each has its own lowest point; the median of these is told. None
    where no rise fits, or for n < 5. O(n).

    Of rises by .05 under noise of .01 of the fall, seen at 20 to 50 points, 51 in a hundred are told within 3 % of
    the run's length, and 54 with the train curve; by the lowest point of an averaged local fit 44 (tuning runs).
    """
    n = len(points.values)
    if n < FEWEST:
        return None
    falls, rises, further = _forms(n)
    level = np.ones((n, 1))
    own = _along(points, level, falls, rises)
    fall, onto_fall, total, squares, freedom = own.fall, own.onto_fall, own.total, own.rise, n - 3
    if train is not None:
        gap = np.exp(np.linspace(0.0, -1.0 / GAP, n))[:, None]
        beside = _along(train, np.concatenate((level, gap), axis=1), falls, -further)
        told = beside.onto_fall / beside.fall
        loose = 1.0 + beside.fall * (ALIKE * float(np.ptp(points.values))) ** 2
        tied = beside.fall / loose  # how surely it tells of the other curve's fall, which is not quite its own
        fall, onto_fall = fall + tied, onto_fall + tied * told
        total = total + beside.total - (beside.fall - tied) * told * told
        squares, freedom = squares * beside.rise * loose, freedom + n - 3
    amount = onto_fall / fall
    risen = own.risen(amount)
    possible = (amount > 0.0) & (risen > 0.0) & (total > 0.0)
    if train is not None:
        told = told + (amount - told) / loose
        possible &= (told > 0.0) & (beside.risen(told) > 0.0)
    if not possible.any():
        return None if train is None else lowest_point(points, first)
    left = np.maximum(total - amount * onto_fall, 1e-9 * np.maximum(total, 1e-300))
    size = np.maximum(fall * squares, 1e-300)
    log_weight = np.where(possible, -0.5 * (freedom * np.log(left) + np.log(size)), -np.inf)
    weight = np.exp(log_weight - log_weight.max())
    k, j = np.nonzero(weight > NEGLIGIBLE)
    courses = falls[first:, k] * amount[k, j] + rises[first:, j] * risen[k, j]
    weights = np.cumsum(np.bincount(np.argmin(courses, axis=0), weight[k, j]))
    return first + int(np.searchsorted(weights, 0.5 * weights[-1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Along:
    """Products of one curve's values with falls k and rises j in units of its noise, less their part in its base.

    `rise` float64[j] are the squares of the rises, `onto_rise` float64[j] their products with the values, `across`
    float64[k, j] those with the falls. Of what a rise leaves, `fall` float64[k, j] are the squares of the falls,
    `onto_fall` float64[k, j] their products with the values, `total` float64[j] is the square of the values.
    """

    rise: Floats
    onto_rise: Floats
    across: Floats
    fall: Floats
    onto_fall: Floats
    total: Floats

    def risen(self, amount: Floats) -> Floats:
        """The amounts float64[k, j] of the rises beside so much of the falls."""
        return np.asarray((self.onto_rise - amount * self.across) / self.rise, dtype=np.float64)


def _along(points: NoisyPoints, base: Floats, falls: Floats, rises: Floats) -> _Along:
    """The products beside any amounts of the columns of `base` float64[n, b]."""
    precision = (1.0 / points.sd)[:, None]
    basis, _ = np.linalg.qr(base * precision)
    values, fall, rise = (
        scaled - basis @ (basis.T @ scaled)
        for scaled in ((points.values - points.values[0])[:, None] * precision, falls * precision, rises * precision)
    )
    squares, onto_rise, across = np.einsum("ij,ij->j", rise, rise), (rise.T @ values)[:, 0], fall.T @ rise
    whole, share = np.einsum("ij,ij->j", fall, fall)[:, None], across / squares
    return _Along(
        squares,
        onto_rise,
        across,
        np.maximum(whole - share * across, 1e-9 * whole),
        fall.T @ values - share * onto_rise,
        float(np.vdot(values, values)) - onto_rise * onto_rise / squares,
    )


@lru_cache(maxsize=16)  # up to 1 MB each
def _forms(n: int) -> tuple[Floats, Floats, Floats]:
    """Falls float64[n, 37] from 1 to 0, rises float64[n, k] from 0 to 1, and how a train curve falls further: as many.

    It falls as validation rises, but on where that levels off.
    """
    t = np.linspace(0.0, 1.0, n)
    falls = from_one_to_zero(np.concatenate(fall_kinds(t, EXPONENTIALS, POWER_LAWS, SUMS), axis=1))
    places = np.linspace(0.0, LATEST, min(2 * n, MOST_PLACES))
    since = np.maximum(t[:, None] - places, 0.0) / (1.0 - places)
    bends, early = [since**bend for bend in BENDS], since[:, places <= LATEST_LEVELLING]
    rises, further = (np.concatenate([*bends, last], axis=1) for last in (levelled(early), early))
    return falls, rises, further
