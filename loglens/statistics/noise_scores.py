"""The points of a long curve as normal scores: how high each lies above the level before it, by its noise's own law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from loglens.events.series import Floats
from loglens.statistics.median import median
from loglens.statistics.noise import MAD_TO_SD
from loglens.statistics.noise_law import STANDARD_NORMAL, NoiseLaw, noise_law
from loglens.statistics.trailing import local_scale, trailing_median

MARGIN = 1.6
"""Added to the elongation, over the root of the points: about its standard error (300 draws of normal and t noise)."""
LOWEST = -5.0
"""No point counts for less in a sum: one far below does not undo a spike beside it."""
MEDIANS_DIFFER = 0.5
"""Sd of the noise by which two levels may differ by chance: a little more than medians of 21 normal points, .4."""
LEAST_SD = 1e-300
"""A curve that stands still counts as having some noise, so that nothing is divided by 0."""
FARTHEST = 1e6
"""Sd from which it no longer matters: where most points are equal, the others lie anywhere."""
SUSPECT = 4.5
"""Normal score from which a stretch may be a spike and tells nothing of the noise."""
DISTURBED = 3
"""A trailing median needs so many windows to forget a lasting spike; its residuals tell nothing until then."""
BY_MAXIMA = 0.8
"""Weight of the upper tail against the lower one (tuning seeds: .5 finds 2 % fewer spikes)."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class NoiseScores:
    """Points of a curve from index `window` on, float64[m] each: how high its `values` lie above the `level` before.

    `unit` is what residuals are shares of (the level, or 1), `sd` their local robust sd in the unit of the values, `z`
    are the residuals in that sd, `scores` their normal scores by the `law` of the noise; `calm` bool[m] are points that
    tell of the noise.
    """

    window: int
    values: Floats
    level: Floats
    unit: Floats
    sd: Floats
    z: Floats
    scores: Floats
    calm: Flags
    law: NoiseLaw

    def risen(self, start: int, since: int) -> float:
        """By how many sd the points since `since`, as many as tell a level, surely lie above the level before `start`.

        The difference of two medians of 21 normal points has an sd of .4.
        """
        after = self.values[since : since + self.window]
        rise = (median(after) - float(self.level[start])) / float(self.sd[start]) if len(after) else 0.0
        return max(rise - MEDIANS_DIFFER, 0.0)

    def sums(self, scale: int) -> Floats:
        """Sums of `scale` neighbours' scores, float64[m - scale + 1], in robust sd of the calm ones."""
        return self.scores if scale == 1 else _standardised(self._running, scale, self.calm)

    @cached_property
    def _running(self) -> tuple[Floats, Floats]:
        return _running_sums(self.scores)


def trailing_window(points: int) -> int:
    """How many points before each point tell its level: 1 % of a curve of so many `points`, 21 to 257."""
    return min(max(points // 100, 21), 257) | 1


def rough_scores(values: Floats) -> NoiseScores:
    """The points of finite `values` float64[n], n > 200, as if their noise were normal: scores are z. O(n).

    Residuals from a trailing median (as shares of it where all values are positive), in local robust sd. Skew and
    heavy tails only make what is high more probable: where nothing stands out of these, nothing will.
    """
    window = trailing_window(len(values))
    level, later = trailing_median(values, window), values[window:]
    unit = level if float(values.min()) > 0 else np.ones(len(level))
    sd = np.maximum(unit * local_scale((later - level) / unit, 5 * window), LEAST_SD)
    with np.errstate(over="ignore"):  # a jump in a curve that stood still: as far as can be, in any case
        z = np.clip((later - level) / sd, -FARTHEST, FARTHEST)
    return NoiseScores(window, later, level, unit, sd, z, z, np.ones(len(z), dtype=np.bool_), STANDARD_NORMAL)


def fitted_scores(rough: NoiseScores) -> NoiseScores | None:
    """The same by the law of the skew and tails of their noise; None where half of the points are equal. O(n).

    Scale and law are estimated twice: at first from all points, to find what may be spikes, then without it.
    """
    law = noise_law(rough.z, by_maxima=0.0)
    if law is None:
        return None
    calm = _undisturbed(law.scores(rough.z), rough.window)
    residual = rough.values - rough.level
    scale = local_scale((residual / rough.unit)[calm], 5 * rough.window)
    sd = rough.unit * np.interp(np.arange(len(calm)), np.flatnonzero(calm), scale)
    z = np.clip(residual / sd, -FARTHEST, FARTHEST)
    law = noise_law(z[calm], by_maxima=BY_MAXIMA, margin=MARGIN)
    return None if law is None else replace(rough, sd=sd, z=z, scores=law.scores(z), calm=calm, law=law)


def falling_sums(scores: Floats, scale: int, calm: Flags) -> Floats:
    """Sums of `scale` neighbours, float64[n - scale + 1], in robust sd of the `calm` ones around their median.

    The first one counts fully, those after it for less and less, down to 1 / `scale`, as a spike decays. A trailing
    median errs for many points alike, so that the sd of a sum does not follow from `scale`.
    """
    return _standardised(_running_sums(scores), scale, calm)


def _running_sums(scores: Floats) -> tuple[Floats, Floats]:
    """The sums of all scores before each point, around their mean, and the sums of these: all that a falling sum needs.

    float64[n + 1] and float64[n + 2], for every scale alike.
    """
    bounded = np.maximum(scores, LOWEST)
    total, totals = np.zeros(len(scores) + 1), np.zeros(len(scores) + 2)
    np.cumsum(bounded - bounded.sum() / len(bounded), out=total[1:])
    np.cumsum(total, out=totals[1:])
    return total, totals


def _standardised(running: tuple[Floats, Floats], scale: int, calm: Flags) -> Floats:
    """The falling sums over `scale` points of what `running` tells, in robust sd of the calm ones."""
    total, totals = running
    sums = (totals[scale + 1 :] - totals[1:-scale]) / scale - total[:-scale]
    usual = sums[calm[scale - 1 :]]
    middle = median(usual)
    standardised: Floats = (sums - middle) / max(MAD_TO_SD * median(np.abs(usual - middle)), 1e-9)
    return standardised


def _undisturbed(scores: Floats, window: int) -> Flags:
    """Where `scores` float64[n] tell of the noise: not in what may be a spike, nor in what one leaves behind."""
    n = len(scores)
    change = np.zeros(n + 1, dtype=np.int64)
    everywhere = np.ones(n, dtype=np.bool_)
    for scale, after in ((1, 3), (4, DISTURBED * window), (16, DISTURBED * window)):
        if 20 * scale <= n:
            high = np.flatnonzero((scores if scale == 1 else falling_sums(scores, scale, everywhere)) > SUSPECT)
            np.add.at(change, high, 1)
            np.add.at(change, np.minimum(high + scale + after, n), -1)
    calm = np.cumsum(change)[:-1] == 0
    return calm if np.count_nonzero(calm) > max(0.3 * n, 60) else scores <= SUSPECT  # spikes all over
