"""What a learning rate, logged or not, explains of a swing."""

from __future__ import annotations

import numpy as np

from loglens.detector import Inputs
from loglens.detectors._rate import rises_again
from loglens.detectors._swing import SwingPoints, points_of, scale_of, swing_of
from loglens.detectors._swing_place import epochs_a_point
from loglens.events.series import Floats, Ints
from loglens.runs.curve import Curve
from loglens.statistics.schedule_shape import regressed, restart_wave, sine_wave

LOW_RATE = 0.25
"""The lowest quarter of a learning rate's range is its low phase."""
CLIP_SD = 2.5
"""No point of a wave lies further from its middle: 1.7 sd is the top of a restart, 1.4 that of a sine."""
MOST_LEFT, FEW_LEFT = 0.25, 0.05
"""Share of the variance that a wave may leave over; less of it when fewer than three cycles can be seen."""
SINE_LEFT = 0.9
"""The wave must leave this much less than the best sine does."""
SHAPE_POINTS, MAYBE_LEFT, BY_CHANCE = (16, 32), (2.0, 0.9), 0.1
"""Where a schedule is not to be excluded, of so many points, it may leave so much of what the best sine leaves, a tenth
of the variance added to both, as few points lie on a wave by chance: over a few the shapes look alike. Of 300 tuning
runs with an unlogged cyclic rate, judged again at every evaluation, 3 instead of 13 % are ever flagged, for 1 % of the
oscillations of .05 to .2 of the progress, nearly all over fewer than 20 points."""
MOST_LOST = 0.4
"""A restart that undoes more than this of the progress is not to be passed over as a schedule's."""


def rate_at(judged: Curve, indices: Ints, inputs: Inputs) -> Floats | None:
    """The learning rate float64[k] in force at `indices` of the judged curve; None when not logged on a shared axis."""
    rates = [c for c in inputs.context if c.role.quantity == "learning-rate" and len(c.steps) > 1]
    for rate in sorted(rates, key=lambda c: -len(c.steps)):
        if judged.x_unit == rate.x_unit:
            at, known = judged.steps[indices].astype(np.float64), rate.steps.astype(np.float64)
        elif judged.epochs is not None and rate.epochs is not None:
            at, known = judged.epochs[indices], rate.epochs
        else:
            continue
        values = rate.values
        usable = np.isfinite(values) & (values >= 0)
        if np.count_nonzero(usable) < 2:
            continue
        place = np.searchsorted(known[usable], at, side="right") - 1
        in_force: Floats = values[usable][np.maximum(place, 0)]
        return in_force
    return None


def explained_by_rate(points: SwingPoints, rate: Floats, scale: float, least: float) -> str | None:
    """Why the learning rate `rate` float64[k] at the points explains their swing, as a clause; None if it does not."""
    top = int(np.argmax(rate))
    peak = float(rate[top])
    if peak <= 0:
        return None
    if rises_again(rate) and np.ptp(rate) > 0.1 * peak:
        relative = rate / peak
        basis = np.stack((relative, np.sqrt(relative), np.r_[relative[:1], relative[:-1]]), axis=1)
        rest = swing_of(points.values - regressed(points.values, basis), scale, used=basis.shape[1])
        low = np.flatnonzero(relative <= relative.min() + LOW_RATE * np.ptp(relative))
        quiet = swing_of(points.values[low], scale)
        if (rest is not None and not rest.beyond(least)) or (quiet is not None and not quiet.beyond(least)):
            return "it follows the learning rate, which goes up and down"
        return None
    # a falling rate: has the curve calmed once the rate was a quarter of its peak?
    late = np.flatnonzero((rate <= LOW_RATE * peak) & (np.arange(len(rate)) >= top))
    quiet = swing_of(points.values[late], scale)
    if quiet is not None and not quiet.beyond(least) and quiet.size < least:
        return "it calmed down when the learning rate fell"
    return None


def restarts_beside(
    curve: Curve, points: SwingPoints, scale: float, least: float, inputs: Inputs
) -> tuple[float, float | None] | None:
    """The period of waves like warm restarts, in points and in epochs, in the curve itself or in its pair.

    Means over epochs smear a restart; the paired evaluation shows it sharply.
    """
    pair = inputs.pair_of(curve)
    others = () if pair is None else ((pair, points_of(pair, inputs), scale_of(pair, inputs)),)
    for seen, at, size in ((curve, points, scale), *others):
        period = looks_like_restarts(at, size, least, surely=seen is pair) if len(at.values) >= 8 else None
        if period is not None:
            spacing = epochs_a_point(seen, at)
            return period, None if spacing is None else period * spacing
    return None


def looks_like_restarts(points: SwingPoints, scale: float, least: float, *, surely: bool) -> float | None:
    """The period, in points, of warm restarts that would explain the swing better than any sine; None otherwise.

    Unless `surely`, over few points it is enough that they explain it nearly as well.
    """
    swing = swing_of(points.values, scale)
    if swing is None:
        return None
    # a wave is to be found in what repeats: spikes are left out, and lone high points drawn in
    limit = CLIP_SD * swing.found.sd
    values = swing.found.trend + np.clip(swing.found.residual, -limit, limit)
    wave = restart_wave(values)
    if wave is None:
        return None
    left = FEW_LEFT if surely and 3 * wave.period > len(values) else MOST_LEFT
    if wave.error > left * wave.error_without or float(np.ptp(wave.values)) > MOST_LOST * scale:
        return None
    more = 0.0 if surely else BY_CHANCE * wave.error_without
    most = SINE_LEFT if surely else float(np.interp(len(values), SHAPE_POINTS, MAYBE_LEFT))
    if wave.error + more > most * (sine_wave(values).error + more):
        return None
    rest = swing_of(points.values - wave.values, scale)
    return wave.period if rest is not None and not rest.beyond(least) else None
