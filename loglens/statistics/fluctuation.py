"""How a curve fluctuates around its own course: size, a sure lower bound of it, and how often it crosses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from loglens.events.series import Floats
from loglens.statistics.blocks import block_medians
from loglens.statistics.humped_course import humped_fit
from loglens.statistics.isotonic import valley_fit
from loglens.statistics.median import median, quantile
from loglens.statistics.noise import MAD_TO_SD
from loglens.statistics.spread import sd_lower_bound

LATE_FROM = 0.2
"""The first fifth of a curve is transient: there a steep fall looks like fluctuation on a coarse axis."""
TREND_POINTS = 200
"""A longer curve gets its trend from the medians of this many blocks; the residuals stay those of the raw points."""
WINSOR = 0.9
"""Residuals beyond this quantile of their sizes are drawn in to it, so that no single point decides."""
FEW = 10
"""Below so many late residuals none is drawn in: there a tenth of them is none."""
HYSTERESIS = 0.5
"""A crossing counts when the residual goes from beyond +1/2 sd to beyond -1/2 sd or back."""


@dataclass(frozen=True, eq=False)
class Fluctuation:
    """The residual of a curve from its falling-then-rising trend, and what its late part amounts to.

    `trend` and `residual` are float64[n] in the unit of the values; `spikes` bool[n] are isolated upward points,
    left out of everything else (there the residual is 0). `late` float64[m] is the residual from index `first` on,
    without spikes and drawn in, `sd` its standard deviation by its `degrees` of freedom. `level` is the confidence of
    the lower bound.
    """

    trend: Floats
    residual: Floats
    spikes: npt.NDArray[np.bool_]
    first: int
    late: Floats
    sd: float
    degrees: float
    level: float

    @cached_property
    def lower(self) -> float:
        """The lower confidence bound of the standard deviation."""
        return sd_lower_bound(self.late, self.degrees, self.level) if self.sd > 0 else 0.0

    @cached_property
    def crossings(self) -> int:
        """How often the late residual swings from one side to the other."""
        return crossings(self.late, HYSTERESIS * self.sd)


def fluctuation(
    values: Floats, *, spike_floor: float, level: float, used: int = 0, humped: bool = False
) -> Fluctuation | None:
    """The fluctuation of finite `values` float64[n]; None below 8 points, where it says nothing.

    The trend is the best fit that falls and then rises, so that neither a drop of the learning rate nor a rising
    validation loss counts as fluctuation. Upward points that stand out from their neighbours by `spike_floor` (in
    the unit of the values) are spikes, which are another matter, and left out when they are few. `level` is the
    confidence of `lower`; `used` parameters were already fitted to the values and cost degrees of freedom. A
    `humped` trend may also rise and fall again once, as before a second descent. The
    degrees left are right for independent noise; a strict alternation on a falling course reads up to 1.6 x higher.
    """
    n = len(values)
    if n < 8:
        return None
    spikes = _isolated_spikes(values, spike_floor)
    kept = np.flatnonzero(~spikes)
    trend_kept, levels = trend_of(values[kept], humped=humped)
    first = int(n * LATE_FROM)
    residual = np.zeros(n)
    residual[kept] = values[kept] - trend_kept
    late = residual[kept[kept >= first]]
    m = len(late)
    degrees = m - levels * m / len(kept) - used
    if m >= FEW:
        late = drawn_in(late)
        degrees -= (1 - WINSOR) * m
    degrees = max(degrees, 2.0)
    sd = math.sqrt(float(late @ late) / degrees)
    trend = np.interp(np.arange(n), kept, trend_kept)
    return Fluctuation(trend, residual, spikes, first, late, sd, degrees, level)


def drawn_in(residual: Floats) -> Floats:
    """`residual` float64[m], m >= 1, with what lies beyond the 90 % quantile of its sizes drawn in to that."""
    limit = quantile(np.abs(residual), WINSOR)
    drawn: Floats = np.minimum(np.maximum(residual, -limit), limit)
    return drawn


def trend_of(values: Floats, *, humped: bool = False) -> tuple[Floats, int]:
    """The falling-then-rising trend float64[n] of `values` float64[n], and the levels it used; with a hump if asked."""
    n = len(values)
    if n <= TREND_POINTS:
        return _course(values, humped)
    centres, medians = block_medians(values, TREND_POINTS)
    fit, levels = _course(medians, humped)
    return np.interp(np.arange(n), centres, fit), levels


def _course(values: Floats, humped: bool) -> tuple[Floats, int]:
    if humped:
        return humped_fit(values)
    found = valley_fit(values)
    return found.fit, found.levels


def crossings(residual: Floats, margin: float) -> int:
    """How often `residual` float64[m] goes from above +`margin` to below -`margin` or back; `margin` >= 0."""
    side = np.sign(residual[np.abs(residual) > margin])
    return int(np.count_nonzero(side[1:] != side[:-1]))


def _isolated_spikes(values: Floats, floor: float) -> npt.NDArray[np.bool_]:
    n = len(values)
    padded = np.concatenate((values[:1], values, values[-1:]))
    neighbours = _median_of_three(padded[:-2], padded[1:-1], padded[2:])
    if float((values - neighbours).max()) <= floor:  # the usual case, for the price of three comparisons
        return np.zeros(n, dtype=np.bool_)
    above = values - trend_of(neighbours)[0]
    start = max(1, n // 10)  # the first points of a steep fall are no spikes
    middle = median(above[start:])
    scale = MAD_TO_SD * median(np.abs(above[start:] - middle))
    # 8 robust sd: on tuning seeds this masked 98 % of the runs with one or two spikes and cost an oscillation
    # with peaks (absolute Gaussian) least; fewer than 2 events or 5 % are isolated, more are a fluctuation
    out = (above - middle > max(8.0 * scale, floor)) & (np.arange(n) >= start)
    events = int(np.count_nonzero(np.diff(out.astype(np.int8), prepend=0) == 1))
    if events > max(2.0, 0.05 * n) or np.count_nonzero(out) > max(2.0, 0.2 * n):
        out[:] = False
    return out


def _median_of_three(one: Floats, two: Floats, three: Floats) -> Floats:
    """The middle one of three values, point by point; float64[n] each."""
    middle: Floats = np.maximum(np.minimum(one, two), np.minimum(np.maximum(one, two), three))
    return middle
