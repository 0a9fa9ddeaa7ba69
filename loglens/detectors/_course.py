"""The course of a curve over its last quarter: flat, improving, getting worse, or hidden by noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from loglens.detectors._causes import CYCLES_WITHIN, Causes, causes_of
from loglens.detectors._misfit import LEAST_NOISE, scatter
from loglens.detectors._rate import rate_drops
from loglens.events.series import Ints
from loglens.prepared import SMALL_GAIN, Prepared
from loglens.runs.curve import Curve
from loglens.statistics.decline import decline
from loglens.statistics.isotonic import valley_fit
from loglens.statistics.moments import mean
from loglens.statistics.settling import SteppedPoints, settling
from loglens.statistics.sudden_drops import sudden_drops

FLAT, IMPROVING = 0.05, 0.025
"""Gains over the last quarter, as shares of the progress, below and above which a curve is flat and improving: at most
1 % of the improving tuning runs are called flat."""
SURE = 1.645
"""One-sided 95 % of a normal law."""
FEWEST = 5
"""Points in the shortest stretch whose slope is judged."""
AFTER_DROP = 4
"""Points after a drop of the rate that are judged by themselves; fewer cannot tell a level from a fall."""
QUARTER, HALF = 0.25, 0.5
"""What is judged is the last quarter, what is fitted to tell it the last half; a choice."""
LEAST_HALF = 8
"""Points that the course is fitted to at least: a curve's level and fall and their noise take that many."""
LEVEL = 0.03
"""The flat part begins within this share of the progress of the final level: so its onset is defined."""
RISEN = 0.02
"""A curve that surely rose by this share of the progress over its last quarter has no level to rest on; whether such a
rise, or a smaller one, matters is for the detector overfitting to say."""
SURELY_RISEN = 0.05
"""Below this chance of a smaller rise, or of none, it surely rose."""
MEMORY_SLACK = 0.05
"""Added to the estimated memory of the noise: slow noise reads as a trend more often than its mean says."""
MEMORY_STEPS = 20
"""Memories are told in so many steps from 0 to 1: curves of one grid then mostly share what is reckoned of their noise,
and the estimate errs by more."""
FALSE_FLAT, FALSE_IMPROVING = 0.02, 0.1
"""Chances of a larger and of a smaller gain that are borne: of improving tuning runs .6 % are called flat then, also in
noise with a memory of .5. The chance of a larger one is the geometric mean of what the end and the whole curve tell
(Genest & Zidek, Combining Probability Distributions, Statistical Science 1, 1986): each has forms of its own."""
MAYBE_FLAT = 0.2
"""The chance of a larger gain, by the end of the curve alone, from which on the whole of it is not asked, too."""
WARM_UP, MOST_STEPS = 8, 4
"""A warm-up may raise a curve over its first eighth; of more drops of a logged rate than four the last count."""
WILD_SD = 8.0
"""Sd above a fit that falls and then rises, from which on a point counts as no higher: an outburst is no fall."""
LITTLE_DOUBT = 0.08
"""`doubt` below which a level may be held against a run: swings of weights that move too far look flat beside the whole
of a curve, but are no level."""
UNSTEADY, FALSE_LEVEL = 3.0, 0.25
"""Times `flat` that a curve may have risen by, and the chance of it, for its end to be no level: a return that fell."""
SURELY = 2.326
"""One-sided 99 % of a normal law: what surely moves, but has not surely learned yet, is only at its beginning."""
DECADES, RIGHT = (-9.0, -4.0, -3.0, -2.0, -1.3, -1.0), (0.99, 0.98, 0.93, 0.87, 0.79, 0.64)
"""Common logarithms of the chance of a smaller gain, and the shares of curves called improving that do improve: of
9,700 tuning runs of all families of the accuracy benchmark whose truth is clear."""
State = Literal["plateau", "improving", "undetermined", "worsening"]


@dataclass(frozen=True, slots=True)
class Course:
    """What the last quarter shows: the improvement over it as a share of the progress, its bounds, the state.

    `no_end`: what looks flat is not where the training ends, since the curve has only begun, or goes over into NaN.
    `causes`: what moved the curve beside its course. `settled`: the index into the points since when it is flat, of a
    plateau. `doubt`: the chance, by the end alone, that it gains more than a flat curve does.
    """

    state: State
    gain: float
    low: float
    high: float
    sure: float  # probability of the state, as it came out on tuning runs
    first: int  # index into the points where the quarter begins
    no_end: bool
    causes: Causes
    settled: int | None
    doubt: float


def course_of(prepared: Prepared, rate: Curve | None, flat: float = FLAT, improving: float = IMPROVING) -> Course:
    """The course after the last drop of the logged learning `rate`, as the detector plateau describes it.

    What a rate that goes up and down moves the curve by, and single peaks, are told apart from its own course.
    """
    points, progress = prepared.points_y, course_scale(prepared)
    n = len(points)
    causes = causes_of(prepared, rate)
    start = 0 if causes.cycle is not None else _after_last_drop(prepared, rate_drops(rate))
    last = min(max(FEWEST, round(n * QUARTER)), n - start)
    half = max(min(max(LEAST_HALF, round(n * (HALF if causes.cycle is None else CYCLES_WITHIN))), n - start), last)
    phi = cautious_memory(prepared)
    x, values, sd = prepared.points_x[n - half :], points[n - half :] / progress, causes.noise_sd / progress
    fall = decline(x, values, last, sd, phi=phi, beside=causes.beside(half))
    larger, smaller = fall.above(flat), 1.0 - fall.above(improving)
    no_end = _ends_non_finite(prepared) or _beginning(prepared, phi)
    worsening = fall.above(-RISEN) < SURELY_RISEN
    settled, doubt = None, larger
    if larger < MAYBE_FLAT and not (worsening or no_end):
        whole = _whole(prepared, causes, progress, rate)
        seen = settling(whole, max(sd, LEAST_NOISE), last, LEVEL)
        larger = math.sqrt(larger * seen.gain.above(flat))
        settled = n - len(whole.x) + seen.since
    state: State = "undetermined"
    if worsening:
        state = "worsening"
    elif larger < FALSE_FLAT and not (smaller < FALSE_IMPROVING and smaller / FALSE_IMPROVING < larger / FALSE_FLAT):
        no_level = no_end or 1.0 - fall.above(-UNSTEADY * flat) > FALSE_LEVEL
        state = "undetermined" if no_level else "plateau"
    elif smaller < FALSE_IMPROVING:
        state = "improving"
    reach = SURE * fall.error
    sure = _sureness(state, larger, smaller)
    return Course(
        state, fall.mean, fall.mean - reach, fall.mean + reach, sure, n - last, no_end, causes, settled, doubt
    )


def course_scale(prepared: Prepared) -> float:
    """What gains are shares of: the progress; no less than the start where nothing was gained to have shares of."""
    return prepared.progress if prepared.learned else max(prepared.progress, abs(prepared.initial))


def cautious_memory(prepared: Prepared) -> float:
    """The memory of the noise of a curve's points, 0 to .95, with some slack."""
    return min(round(MEMORY_STEPS * (max(prepared.memory.mean, 0.0) + MEMORY_SLACK)) / MEMORY_STEPS, 0.95)


def _whole(prepared: Prepared, causes: Causes, progress: float, rate: Curve | None) -> SteppedPoints:
    """All of the points in shares of the progress, without those before the top of a rise at their beginning."""
    own = np.minimum(causes.own, prepared.initial)  # a blow-up tells nothing of the fall
    begun = int(np.argmax(own[: len(own) // WARM_UP + 1]))
    fit = valley_fit(own).fit
    height = np.maximum(np.minimum.accumulate(fit) - prepared.best, 0.0)[begun:]
    x, own = prepared.points_x[begun:], np.minimum(own, fit + WILD_SD * causes.noise_sd)[begun:]
    drops = [] if causes.cycle is not None else np.searchsorted(x, rate_drops(rate)).tolist()
    known = sorted({at for at in (*drops, *sudden_drops(own, causes.noise_sd)) if 1 < at < len(x) - 1})
    steps = np.array(known[-MOST_STEPS:], dtype=np.int64)
    return SteppedPoints(x, own / progress, scatter(height, causes.noise_sd, progress), steps)


def _ends_non_finite(prepared: Prepared) -> bool:
    """Whether the curve ends in NaN or Inf: then what it did before is no end."""
    return not np.isfinite(prepared.curve.values[-1])


def _beginning(prepared: Prepared, phi: float) -> bool:
    """Whether a curve that has not learned yet surely moves: its last fifth lies below its first by more than a little.

    One noisy first value says little of a start; all of the first fifth says more.
    """
    points = prepared.points_y
    fifth = max(len(points) // 5, 1)
    if prepared.learned:
        return False
    fell = mean(points[:fifth]) - mean(points[-fifth:])
    error = prepared.noise_sd * math.sqrt(2.0 / fifth * (1.0 + phi) / (1.0 - phi))
    return fell > max(SURELY * error, SMALL_GAIN * abs(prepared.initial))


def _sureness(state: State, larger: float, smaller: float) -> float:
    """What came out right of such tuning runs, by the chance of the other state: of 22,500 flat ones 99.9 %."""
    if state != "improving":
        return 0.99 if larger < 0.001 else 0.98
    return float(np.interp(math.log10(max(smaller, 1e-12)), DECADES, RIGHT))


def _after_last_drop(prepared: Prepared, drops: Ints) -> int:
    if len(drops) == 0:
        return 0
    # a point logged at the drop has not seen its effect
    start = int(np.searchsorted(prepared.points_x, float(drops[-1]), side="right"))
    return start if len(prepared.points_x) - start >= AFTER_DROP else 0
