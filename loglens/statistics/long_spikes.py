"""Upward spikes in long noisy curves: stretches that stand out from a trailing median by more than noise will."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.noise import robust_difference_sd
from loglens.statistics.noise_law import noise_law
from loglens.statistics.noise_scores import LOWEST, NoiseScores, falling_sums, fitted_scores, rough_scores
from loglens.statistics.rises import rises
from loglens.statistics.spike import Spike, merged, runs

NORMAL = NormalDist()
LONG = 201
"""From so many points on a curve is long: its trailing median and its tails can be estimated."""
SCALES = (1, 2, 4, 16, 64)
"""Numbers of neighbours that are judged together: a spike that takes some steps to recover is one of all of them."""
SHARES = (0.1, 0.5, 0.25, 0.1, 0.05)
"""How the false alarms are shared out among the scales (tuning seeds: two and four points find most in heavy tails)."""
LEAST_SD = 5.5
"""No lone point below so many robust sd is a spike: what a log cannot tell about its tails (tuning seeds)."""
GUESSED = 500
"""Added to 1,000 points, and more to fewer, by the cube of what is missing: their tails are more guessed than seen
(tuning seeds: at 400 points t noise made four times as many false spikes as at 1,000)."""
FRESH = 12_000
"""Added to the points for the last ones: a log that grows asks again and again, each time of points that are the last
(tuning seeds, judged as they grew)."""
SETTLED = 5
"""Windows after which a point is no longer one of the last: what its noise is told by lies on both sides of it."""
TAILED = 4
"""Sums of so many points have tails of their own: a rate that goes up and down lifts many stretches alike."""
REPEATED = 0.7
"""What lies in more than three tenths of the blocks is no spike (tuning seeds: .4 to .7 find the same, .9 few)."""
UNDOUBTED = 1.5
"""Half a window from the end it takes so much: what follows has not been seen (tuning seeds, judged as they grew)."""
LASTING = 16
"""Sums of so many points tell a level that has risen."""
ALONE = 0.1
"""Share of the false alarms that is left to a spike that the paired curve, logged at the same points, does not show."""
SHOWN = 0.4
"""Share of the sum needed of a curve by itself that each of two must bring to a spike of both."""
AGAIN = 3.5
"""Normal score by which a curve must come back and rise again to hold two spikes (tuning seeds: of 4,700 lone ones 3.5
tears 4, 3 tears 28; of all 4 finds half a percent fewer)."""
SUDDEN = 8
"""A spike climbs half of its height within this part of the window: smooth curves that turn up take longer."""
SEEN_CLEARLY = 20.0
"""Sd of the differences from which the shape of a climb shows."""


def long_spikes(values: Floats, false_alarm: float, beside: Floats | None = None) -> tuple[Spike, ...]:
    """Spikes in finite `values` float64[n], n > 200, at about `false_alarm` false ones a curve of noise.

    Noise is independent from point to point, a spike is not: a stretch of 1, 2, 4, 16 or 64 points is one when the
    sum of its normal scores (Stouffer et al., The American Soldier, 1949) is as high as in `false_alarm` of all
    noise; the later ones count for less, as a spike decays. Where it comes back and rises again, that is a spike of
    its own, whose height is counted from where it came back to. `beside` float64[n] is the paired curve at the same
    points: noise of evaluation strikes one curve, a spike of the weights both, and their scores add up, too. O(n).
    """
    rough, rough_other = rough_scores(values), None if beside is None else rough_scores(beside)
    if next(_stretches(rough, rough_other, false_alarm), None) is None:
        return ()
    own, other = fitted_scores(rough), None if rough_other is None else fitted_scores(rough_other)
    if own is None:
        return ()
    window = own.window
    stretches = list(_stretches(own, other, false_alarm))
    least = float(own.law.quantiles(np.array([AGAIN]))[0])
    found = []
    for first, last in merged(((start, end) for start, end, _ in stretches), max(3, window // 2)):
        strength = max(strength for start, _, strength in stretches if first <= start <= last)
        for rise in rises(own.z[first : last + 1], least):
            start, end, peak = (first + window + at for at in (rise.start, rise.end, rise.peak))
            height = float(values[peak] - own.level[first] - rise.base * own.sd[peak - window])
            if height > 0 and _sudden(values, start, peak, height, window // SUDDEN):
                found.append(Spike(start, end, peak, height, strength))
    return tuple(found)


def _stretches(own: NoiseScores, other: NoiseScores | None, false_alarm: float) -> Iterator[tuple[int, int, float]]:
    """First and last index of stretches whose scores add up to more than noise does, and to how many times as much.

    What stands out for a few points only must do so from the points after it as well: a level that has risen
    lifts its noise alike, and is judged by the longer sums.
    """
    points = len(own.scores)
    for scale, share in zip(SCALES, SHARES, strict=True):
        if scale > 1 and 20 * scale > points:
            return
        sums = own.sums(scale)
        if other is None and float(sums.max()) <= _least_reach(own, share * false_alarm):
            continue  # the usual case
        needed = _reach(own, scale, share * false_alarm)
        reach = needed if other is None else _reach(own, scale, ALONE * share * false_alarm)
        strengths = _strengths(own, sums, other, scale, needed, reach)
        for first, last in runs(strengths > 1.0, 2 * scale):
            strength = float(strengths[first : last + 1].max())
            if last + scale > points - own.window // 2 and strength < UNDOUBTED:
                continue
            risen = own.risen(first, last + scale) if scale < LASTING else 0.0
            if strength - _lift(scale) * risen / float(needed[first]) > 1.0:
                yield *_extent(own.scores, first, last + scale), strength


def _strengths(  # noqa: PLR0917 - two curves' scores and what they must reach
    own: NoiseScores, sums: Floats, other: NoiseScores | None, scale: int, needed: Floats, reach: Floats
) -> Floats:
    """`sums` over `scale` points as multiples of what they must reach: `needed`, or `reach` in one of two curves."""
    if scale >= TAILED and bool((sums > reach).any()):
        law = noise_law(sums, by_maxima=1.0, of_maxima=REPEATED)
        sums = sums if law is None else law.scores(sums)
    alone: Floats = sums / reach
    if scale == 1:
        alone = np.where(own.z > LEAST_SD, alone, 0.0)
    if other is None:
        return alone
    both = falling_sums(own.scores + other.scores, scale, own.calm & other.calm) / needed
    shown = np.minimum(sums, other.sums(scale)) > SHOWN * needed
    return np.maximum(alone, np.where(shown, both, 0.0))


def _reach(own: NoiseScores, scale: int, false_alarm: float) -> Floats:
    """What each of the sums over `scale` points must reach, float64[m - scale + 1], in their sd."""
    points = len(own.scores)
    reach = np.full(points - scale + 1, _least_reach(own, false_alarm))
    last = max(len(reach) - SETTLED * own.window, 0)
    reach[last:] = NORMAL.inv_cdf(1.0 - false_alarm / (points + max(_guessed(points), FRESH)))
    return reach


def _least_reach(own: NoiseScores, false_alarm: float) -> float:
    """What the sums must reach before the last ones, for which it is more."""
    points = len(own.scores)
    return NORMAL.inv_cdf(1.0 - false_alarm / (points + _guessed(points)))


def _guessed(points: int) -> float:
    return float(GUESSED * (1000 / points) ** 3)


def _lift(scale: int) -> float:
    """By how many of its sd a falling sum over `scale` points grows where each of them is lifted by one."""
    weights = 1.0 - np.arange(scale) / scale
    return float(weights.sum() / np.linalg.norm(weights))


def _sudden(values: Floats, start: int, peak: int, height: float, within: int) -> bool:
    """Whether half of `height` was climbed `within` so many points, as far as noise lets it be seen."""
    if height <= SEEN_CLEARLY * robust_difference_sd(values):
        return True
    part = values[max(start - within, 0) : peak + 1]
    return len(part) <= within or float((part[within:] - part[:-within]).max()) > 0.5 * height


def _extent(scores: Floats, first: int, last: int) -> tuple[int, int]:
    """Where within points [first, last) of a window the rise lies: the steepest stretch of its cumulative sum."""
    part = np.concatenate(([0.0], np.cumsum(np.maximum(scores[first:last], LOWEST) - 1.5)))
    end = int(np.argmax(part - np.minimum.accumulate(part)))
    start = int(np.argmin(part[: end + 1]))
    return first + start, max(first + end - 1, first + start)
