"""Display curves: a curve thinned to a few hundred points for drawing, with every visible extreme kept."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.report import DisplayCurve
from loglens.runs.curve import OF_LEARNING, Curve, Run
from loglens.verdict import Verdict

Array = TypeVar("Array", Ints, Floats)

MAX_POINTS = 500
"""Points of a display curve at most; a chart is rarely wider than 1,000 pixels."""

MAX_UNJUDGED_CURVES = 40
"""Curves of unknown meaning shown per run at most, so that a run of 1,000 tags stays a page one can open."""

SHOWN = frozenset(OF_LEARNING)
"""Timers, counters and system values are listed, not drawn."""

LATEST_SECONDS = 253_402_300_800.0
"""The end of the year 9999: what a calendar can show."""


def display_curves(run: Run, verdicts: tuple[Verdict, ...], max_points: int = MAX_POINTS) -> tuple[DisplayCurve, ...]:
    """The run's curves worth drawing: those a verdict names, those of a quantity in `SHOWN`, and a few others."""
    named = {key for verdict in verdicts for key in verdict.tags}
    shown = [c for c in run.curves if c.key in named or c.role.quantity in SHOWN]
    others = [c for c in run.curves if c.key not in named and c.role.quantity in ("other", "diagnostic")]
    shown += others[:MAX_UNJUDGED_CURVES]
    return tuple(display_curve(curve, max_points) for curve in shown if len(curve.steps))


def display_curve(curve: Curve, max_points: int = MAX_POINTS) -> DisplayCurve:
    """The curve at the positions `thin` keeps."""
    keep = thin(curve.values, max_points)
    epochs = None if curve.epochs is None else _read_only(curve.epochs[keep])
    return DisplayCurve(
        dir=curve.key.dir,
        tag=curve.key.tag,
        steps=_read_only(curve.steps[keep]),
        wall_times=_read_only(drawable_times(curve.wall_times[keep])),
        values=_read_only(curve.values[keep]),
        epochs=epochs,
    )


def thin_curve(curve: DisplayCurve, max_points: int) -> DisplayCurve:
    """A display curve thinned further."""
    keep = thin(curve.values, max_points)
    return DisplayCurve(
        dir=curve.dir,
        tag=curve.tag,
        steps=_read_only(curve.steps[keep]),
        wall_times=_read_only(curve.wall_times[keep]),
        values=_read_only(curve.values[keep]),
        epochs=None if curve.epochs is None else _read_only(curve.epochs[keep]),
    )


def drawable_times(wall_times: Floats) -> Floats:
    """The wall times, in seconds since 1970; 0 where one is not finite or beyond the year 9999 on either side."""
    return np.where(np.abs(wall_times) < LATEST_SECONDS, wall_times, 0.0)


def thin(values: Floats, max_points: int) -> Ints:
    """Positions to keep, in order: the first, the last, and the lowest and highest of each of equal stretches.

    `values` float64[n]; returns int64[m], m <= max(max_points, 4). Min and max a stretch are what a line drawn
    over that many pixels can show (M4 aggregation: Jugel et al., VLDB 2014, without its per-stretch first and
    last). Where a stretch holds a non-finite value, its first one takes a place, so that a NaN stays visible.
    """
    count = len(values)
    if count <= max_points:
        return np.arange(count, dtype=np.int64)
    width = -(-count // max(1, (max_points - 2) // 3))
    stretches = -(-count // width)
    finite = np.isfinite(values)
    starts = np.arange(stretches, dtype=np.int64) * width
    keep = [np.array([0, count - 1], dtype=np.int64)]
    keep.append(starts + _stretches(np.where(finite, values, np.inf), stretches, width, np.inf).argmin(axis=1))
    keep.append(starts + _stretches(np.where(finite, values, -np.inf), stretches, width, -np.inf).argmax(axis=1))
    if not finite.all():
        gaps = _stretches((~finite).astype(np.float64), stretches, width, 0.0)
        keep.append((starts + gaps.argmax(axis=1))[gaps.any(axis=1)])
    return np.unique(np.concatenate(keep))


def _stretches(values: Floats, stretches: int, width: int, padding: float) -> Floats:
    padded = np.full(stretches * width, padding)
    padded[: len(values)] = values
    return padded.reshape(stretches, width)


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array
