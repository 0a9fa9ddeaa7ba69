"""What moves a curve beside its own course: single peaks, and a rate that goes up and down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.noise import robust_difference_sd
from loglens.statistics.peaks import peaks
from loglens.statistics.schedule_shape import regressed

CYCLES_WITHIN = 0.75
"""The part of a run in which a cyclic rate is restarted at least once; before it a rate may be warmed up."""
MOVED = 0.02
"""Of its highest: a rate that changes by less from point to point stands still."""


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """Of the points float64[k] of a curve: `peaks` int64[p], the rate `cycle` float64[k] where it goes up and down.

    `own` float64[k] are the points less what both moved them by, `noise_sd` is their noise.
    """

    peaks: Ints
    cycle: Floats | None
    own: Floats
    noise_sd: float

    def beside(self, last: int) -> Floats | None:
        """The causes of the `last` points as columns float64[last, c], to be fitted beside a course; None of none."""
        n = len(self.own)
        late = self.peaks[self.peaks >= n - last]
        columns = [np.eye(1, last, int(at) - (n - last))[0] for at in late]
        if self.cycle is not None and np.ptp(self.cycle[n - last :]) > MOVED:
            columns.append(self.cycle[n - last :])
        return np.stack(columns, axis=1) if columns else None


def causes_of(prepared: Prepared, rate: Curve | None) -> Causes:
    """The causes beside the course of a curve's points, with what they did taken out."""
    cycle = _cycle_of(prepared, rate)
    points, at = prepared.points_y.tobytes(), prepared.points_x.tobytes()
    return _causes(at, points, None if cycle is None else cycle.tobytes(), prepared.noise_sd, prepared.transient)


@lru_cache(maxsize=8)  # several detectors ask for those of one curve; a key of 200 points keeps no long curve alive
def _causes(at: bytes, values: bytes, rate: bytes | None, noise_sd: float, transient: int) -> Causes:
    x, own = np.frombuffer(at), np.frombuffer(values).copy()
    cycle = None if rate is None else np.frombuffer(rate)
    if cycle is not None:
        own -= regressed(own, cycle[:, None])
        noise_sd = robust_difference_sd(own[transient:])
    single = peaks(own, noise_sd)
    if len(single):
        kept = np.setdiff1d(np.arange(len(own)), single)
        own[single] = np.interp(x[single], x[kept], own[kept])
    own.flags.writeable = False
    return Causes(single, cycle, own, noise_sd)


def _cycle_of(prepared: Prepared, rate: Curve | None) -> Floats | None:
    """The rate at the points as a share of its highest; None when it does not rise again late in the run.

    A rate that rises once and is then annealed is no cycle: what the curve gains by that stays.
    """
    if rate is None or len(rate.values) < 3 or not np.isfinite(rate.values).all():
        return None
    values = np.interp(prepared.points_x, rate.steps, rate.values)
    highest = float(values.max())
    if highest <= 0:
        return None
    late = values[len(values) - round(CYCLES_WITHIN * len(values)) :]
    moves = (late[1:] - late[:-1]) / highest
    since_fell = moves[int(np.argmax(moves < -MOVED)) :]  # of a rate that never falls, all of them
    return values / highest if bool((moves < -MOVED).any()) and bool((since_fell > MOVED).any()) else None
