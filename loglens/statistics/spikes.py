"""Upward spikes in noisy curves: long ones against their trailing median, short ones against their course."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from loglens.events.series import Floats
from loglens.statistics.fluctuation import median_of_three, trend_of
from loglens.statistics.median import median
from loglens.statistics.noise import MAD_TO_SD
from loglens.statistics.trailing import local_scale, trailing_median
from loglens.statistics.upper_tail import noise_reach

SCALES = (4, 16, 64)
"""Averages over so many points find spikes that last; the points themselves are the first scale."""
LEAST_SD = 5.5
"""No spike below so many robust sd: what short logs cannot tell about their tails (tuning seeds)."""
CLIP_SD = 8.0
"""Points are drawn in to this many sd before averaging, so that one outlier is no lasting spike."""
TAIL = 0.12
"""Elongation of the noise of short curves (tuning seeds: t noise with 3 degrees warns in at most 2 % of runs)."""
DISTURBED = 3
"""A trailing median needs so many windows to forget a spike; until then its residuals tell nothing of the noise."""
LONG = 300
"""From so many points on a curve is long: its trailing median and its tails can be estimated."""


@dataclass(frozen=True, slots=True)
class Spike:
    """Indices `start` to `end` (inclusive) that stand out upwards, the index and height of its `peak`.

    `height` is in the unit of the values, above the level before; `surprise` in robust sd of the noise.
    """

    start: int
    end: int
    peak: int
    height: float
    surprise: float


def long_spikes(values: Floats, false_alarm: float) -> tuple[Spike, ...]:
    """Spikes in finite `values` float64[n], n >= 300, at about `false_alarm` false ones a curve of noise.

    Residuals from a trailing median (on the logarithm where all values are positive), as local robust sd, and
    their moving averages over 4, 16 and 64 points, each against how high its own noise will reach. O(n).
    """
    n = len(values)
    window = int(np.clip(n // 100, 21, 257)) | 1
    level = np.log(values) if float(values.min()) > 0 else values
    trailing = trailing_median(level, window)
    residual = level[window:] - trailing
    z = residual / local_scale(residual, 5 * window)
    spans: list[tuple[int, int]] = []
    calm: npt.NDArray[np.bool_] | None = None  # where the noise is told from: only wanted when something stands out
    if float(z.max()) > LEAST_SD:
        calm = _undisturbed(z, DISTURBED * window)
        reach = max(LEAST_SD, noise_reach(z[calm], len(z), false_alarm / 2))
        spans += [(int(i), int(i)) for i in np.flatnonzero(z > reach)]
    sums = np.concatenate(([0.0], np.cumsum(np.clip(z, -CLIP_SD, CLIP_SD))))
    scales = [scale for scale in SCALES if 20 * scale <= len(z)]
    for scale in scales:
        mean = (sums[scale:] - sums[:-scale]) / scale
        mean -= median(mean)
        mean /= max(MAD_TO_SD * median(np.abs(mean)), 1e-300)
        if float(mean.max()) <= LEAST_SD:
            continue
        calm = _undisturbed(z, DISTURBED * window) if calm is None else calm
        share = false_alarm / 2 / len(scales)
        reach = max(LEAST_SD, noise_reach(mean[calm[scale - 1 :]], len(mean) / scale, share))
        spans += [_extent(sums, first, last + scale) for first, last in _runs(mean > reach, 2 * scale)]
    before = np.exp(trailing) if level is not values else trailing
    found = []
    for first, last in _merged(spans, max(3, window // 2)):
        peak = first + int(np.argmax(z[first : last + 1]))
        height = float(values[peak + window] - before[first])
        found.append(Spike(first + window, last + window, peak + window, height, float(z[peak])))
    return tuple(found)


def short_spikes(values: Floats, floor: float, *, as_ratio: bool) -> tuple[Spike, ...]:
    """Spikes in finite `values` float64[n], 8 <= n < 300: points above their course by `floor` and surely.

    The course is the falling-then-rising fit of running medians of 3. The surprise needed grows with the points and
    falls with the second differences that tell the noise; its tail is g-and-h with h = .12, which so few points
    cannot tell from a normal one. With `as_ratio`, where all values are positive, a spike must be as surprising on
    the logarithm: the loss of single batches scatters in proportion to its level, and skewed. More than 2 spikes
    and a tenth of the points are a fluctuation, not spikes.
    """
    n = len(values)
    if n < 8:
        return ()
    running = _running(values)
    if float((values - running).max()) <= floor:
        return ()
    above = values - trend_of(running)[0]
    start = max(1, n // 10)
    high = above - median(above[start:]) > floor
    high[:start] = False
    runs = _runs(high, 1)
    if not runs or len(runs) > max(2.0, 0.1 * n):
        return ()
    # the noise from the points that are not in question, and not beside one
    beside = high.copy()
    beside[1:] |= high[:-1]
    beside[:-1] |= high[1:]
    beside[: start - 1] = True
    calm = ~beside[1:-1]
    if np.count_nonzero(calm) < 3:
        return ()
    scales = [_noise_of(values, calm, len(runs) > 2, start)]
    if as_ratio and float(values.min()) > 0:
        scales.append(_noise_of(np.log(values), calm, len(runs) > 2, start))
    needed = _needed(n, int(np.count_nonzero(calm)))
    found = []
    for first, last in runs:
        peak = first + int(np.argmax(above[first : last + 1]))
        surprise = min(noise.surprise(peak, first, last) for noise in scales)
        if surprise > needed:
            found.append(Spike(first, last, peak, float(above[peak]), surprise))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Noise:
    """Residuals `above` float64[n] from the course, second `differences` float64[n - 2] around the inner points.

    `spread` is the sd of the `calm` ones (bool[n - 2]); points before `start` belong to the first fall.
    """

    above: Floats
    differences: Floats
    calm: npt.NDArray[np.bool_]
    crowded: bool
    start: int
    spread: float

    def surprise(self, peak: int, first: int, last: int) -> float:
        """The residual at `peak` in sd of all the noise, or of that around it where it is larger: it may change.

        Around it calm points count. With three candidates or more the others count too (`crowded`): none of them is
        alone then, and a noisy stretch would be told by its calmest points only.
        """
        at = np.arange(1, len(self.above) - 1)
        near = np.abs(at - peak) <= max(8, len(self.above) // 5)
        others = ((at < first - 1) | (at > last + 1)) & (at >= self.start)
        around = self.differences[near & (others if self.crowded else self.calm)]
        return float(self.above[peak]) / max(self.spread, _sd(around) if len(around) >= 3 else 0.0)


def _noise_of(values: Floats, calm: npt.NDArray[np.bool_], crowded: bool, start: int) -> _Noise:
    above = values - trend_of(_running(values))[0]
    above -= median(above[start:])
    differences = (0.5 * values[:-2] - values[1:-1] + 0.5 * values[2:]) * math.sqrt(2 / 3)
    spread = max(_sd(differences[calm]), MAD_TO_SD * median(np.abs(above[start:])), 1e-300)
    return _Noise(above, differences, calm, crowded, start, spread)


def _running(values: Floats) -> Floats:
    padded = np.concatenate((values[:1], values, values[-1:]))
    return median_of_three(padded[:-2], padded[1:-1], padded[2:])


def _sd(differences: Floats) -> float:
    """Between the root mean square and its robust counterpart: a few differences tell neither well."""
    rough = math.sqrt(float(np.mean(differences**2)))
    return 0.5 * (rough + MAD_TO_SD * median(np.abs(differences)))


def _needed(points: int, differences: int) -> float:
    z = NormalDist().inv_cdf(1.0 - 0.03 / points)
    return z * math.exp(TAIL * z * z / 2.0) * (1.0 + 5.0 / differences)


def _undisturbed(z: Floats, reach: int) -> npt.NDArray[np.bool_]:
    """Where `z` float64[n] tells of the noise: not within `reach` points after something that may be a spike."""
    n = len(z)
    seed = z > 6.0
    sums = np.concatenate(([0.0], np.cumsum(np.clip(z, -5.0, CLIP_SD))))
    seed[3:] |= (sums[4:] - sums[:-4]) / 4 > 3.5
    change = np.zeros(n + 1, dtype=np.int64)
    starts = np.flatnonzero(seed)
    np.add.at(change, starts, 1)
    np.add.at(change, np.minimum(starts + reach, n), -1)
    calm = np.cumsum(change)[:-1] == 0
    return calm if np.count_nonzero(calm) > max(0.3 * n, 60) else ~seed  # spikes all over: leave out only their tops


def _runs(flags: npt.NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """First and last index of every run of true flags, runs at most `gap` apart joined."""
    at = np.flatnonzero(flags)
    if not len(at):
        return []
    cuts = np.flatnonzero(np.diff(at) > gap)
    return list(
        zip(
            at[np.concatenate(([0], cuts + 1))].tolist(),
            at[np.concatenate((cuts, [len(at) - 1]))].tolist(),
            strict=True,
        )
    )


def _extent(sums: Floats, first: int, last: int) -> tuple[int, int]:
    """Where within points [first, last) of a window the rise lies: the steepest stretch of its cumulative sum."""
    part = sums[first : last + 1] - 1.5 * np.arange(last - first + 1)
    end = int(np.argmax(part - np.minimum.accumulate(part)))
    start = int(np.argmin(part[: end + 1]))
    return first + start, max(first + end - 1, first + start)


def _merged(spans: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first - merged[-1][1] <= gap:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged
