"""Upward spikes in short noisy curves: points above the course by more than noise will be, best seen in two curves."""

from __future__ import annotations

import math

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.statistics.fluctuation import trend_of
from loglens.statistics.median import median
from loglens.statistics.noise import MAD_TO_SD
from loglens.statistics.spike import Spike, runs

FEWEST = 9
"""Points below which a course and its noise cannot be told apart: at 8 one in a hundred runs with an unlogged cyclic
rate is flagged that is not at any more (600 tuning runs)."""
ALONE, TOGETHER = 1.5, 0.55
"""Of the surprise that one curve by itself must bring: where the other shows nothing, and where it does as well."""
AHEAD, CLEAR = 3.5, 6.0
"""A point so many times as high as any other is a spike as well, from six sd on: of the two largest values of t noise
with 3 degrees one in 43 pairs has that ratio (Renyi's representation, Acta Mathematica Hungarica 4, 1953)."""
CROWD = 2
"""With more candidates none of them is alone: they tell of the noise, too."""
NEAR, FEWEST_NEAR = 8, 4
"""So many points before it and after it (a fifth of the curve, if more) tell of the noise there, which may change: from
the start on, since a loss often swings until its rate falls. Of 160 tuning trainings that swing so, and never leave the
level of guessing, 2 instead of 14 are told to spike by their evaluations; of 1,000 with spikes 937 instead of 928."""


def short_spikes(
    values: Floats, floor: float, beside: Floats | None = None, *, as_ratio: bool = False
) -> tuple[Spike, ...]:
    """Spikes in finite `values` float64[n], 9 <= n <= 200: points above their course by `floor` and surely.

    The course at a spike is drawn between its neighbours, the noise told by second differences of the other points
    (curvature of a falling course makes both larger, which is the safe side). `beside` float64[n] is the paired
    curve at the same points: noise of evaluation strikes one curve, a spike of the weights both. With `as_ratio`,
    where all values are positive, a spike must be as surprising on the logarithm: the loss of single batches
    scatters in proportion to its level, and skewed. More than 2 spikes and a tenth of the points are a fluctuation.
    """
    n = len(values)
    if n < FEWEST:
        return ()
    running = _running(values)
    if float((values - running).max()) <= floor:
        return ()
    above = values - trend_of(running)[0]
    start = max(1, n // 10)
    high = above - median(above[start:]) > floor
    high[:start] = False
    stretches = runs(high, 1)
    if not stretches or len(stretches) > max(CROWD, 0.1 * n):
        return ()
    levels = [values, np.log(values)] if as_ratio and float(values.min()) > 0 else [values]
    found = []
    for first, last in stretches:
        if last == n - 1:
            continue  # nothing after it that tells a spike from a rise
        usual = ~high if len(stretches) <= CROWD else np.ones(n, dtype=np.bool_)
        usual[first : last + 1] = False
        kept = np.flatnonzero(usual)
        if len(kept) < 5:
            continue
        peak = first + int(np.argmax(values[first : last + 1]))
        height = float(values[peak] - np.interp(peak, kept, values[kept]))
        quiet = 2 * last + 3 - first  # until then it may still be coming back
        strength = min(_strength(level, peak, kept, quiet, beside is None) for level in levels)
        if beside is not None:
            other = _strength(beside, peak, kept, quiet, False)
            strength = max(strength / ALONE, min(strength, other) / TOGETHER)
        if height > floor and strength > 1.0:
            found.append(Spike(first, last, peak, height, strength))
    return tuple(found)


def _strength(values: Floats, peak: int, kept: Ints, quiet: int, by_itself: bool) -> float:
    """How far `values` float64[n] lie above their course at `peak`, as a multiple of what makes one curve a spike.

    Course and noise are those of the points `kept` int64[k]; none between the peak and `quiet` counts for the noise,
    of which there is as much as among all, or before, or after it.
    """
    before, at, after = kept[:-2], kept[1:-1], kept[2:]
    weight = (at - before) / (after - before)
    bend = values[at] - (1.0 - weight) * values[before] - weight * values[after]
    bend /= np.sqrt(1.0 + weight**2 + (1.0 - weight) ** 2)
    calm = (at < peak) | (at >= quiet)
    settled, later = calm & (at >= len(values) // 5), calm & (at >= len(values) // 10)
    reach = max(NEAR, len(values) // 5)
    begun = calm & (at > 1)  # before it the curve drops from its start
    sides = begun & (at < peak) & (at >= peak - reach), begun & (at > peak) & (at <= peak + reach)
    near = [_sd(bend[side]) for side in sides if np.count_nonzero(side) >= FEWEST_NEAR]
    spread = max(_sd(bend[settled]), *near, 1e-300)
    largest = float(np.abs(bend[later]).max(initial=0.0)) / spread
    height = float(values[peak] - np.interp(peak, kept, values[kept])) / spread
    needed = surprise_needed(len(values))
    return height / (min(needed, max(CLEAR, AHEAD * largest)) if by_itself else needed)


def surprise_needed(points: int) -> float:
    """The sd of noise from which a point of a curve by itself is a spike.

    The largest of n values of t noise with 3 degrees grows as the cube root of n; the second differences of few
    points hold more curvature than noise, so that less is needed. The factors are from tuning seeds: 1 to 2 % of the
    runs with such noise reach it, at 8 to 200 points.
    """
    return 2.6 * math.cbrt(points) * points / (points + 3.5)


def _sd(differences: Floats) -> float:
    """Between the root mean square and its robust counterpart: a few differences tell neither well."""
    if not len(differences):
        return 0.0
    rough = math.sqrt(float(np.mean(differences**2)))
    return 0.5 * (rough + MAD_TO_SD * median(np.abs(differences)))


def _running(values: Floats) -> Floats:
    """Running medians of three points, of five where they are not a third of the curve, so that pairs stand out."""
    reach = 1 if len(values) < 15 else 2
    padded = np.concatenate((np.repeat(values[:1], reach), values, np.repeat(values[-1:], reach)))
    neighbours = np.stack([padded[shift : shift + len(values)] for shift in range(2 * reach + 1)])
    middle: Floats = np.sort(neighbours, axis=0)[reach]
    return middle
