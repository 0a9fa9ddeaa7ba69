"""Where a swing begins and ends, how long its waves are, and what a chart shows of it."""

from __future__ import annotations

import numpy as np

from loglens.detectors._swing import Swing, SwingPoints
from loglens.runs.curve import Curve
from loglens.statistics.fluctuation_onset import fluctuation_onset
from loglens.statistics.periodicity import fisher_g
from loglens.verdict import Evidence, Interval, Overlay

CALM = 0.04
"""Of the progress: the noise that a run may have before it swings (the most of the tuning families)."""
PERIODIC = 0.05
"""Chance of so strong a period in white noise, below which one is told."""
DRAWN = 200
"""Points of the course that a chart needs."""


def extent(swing: Swing) -> tuple[int, int | None]:
    """Points between which it swings; the last one is None when it lasts to the end.

    It has ended when a third of the points after the last crossing is calm, and twice its longest half-wave.
    """
    residual = swing.values - swing.found.trend
    outside = np.flatnonzero(np.abs(residual) > 0.5 * swing.found.sd)
    side = np.sign(residual[outside])
    turns = np.flatnonzero(side[1:] != side[:-1])
    last = int(outside[turns[-1] + 1]) if len(turns) else len(residual) - 1
    rest = len(residual) - 1 - last
    longest = int(np.diff(outside[turns]).max(initial=1))
    ended = rest > max(2 * longest, len(residual) // 3)
    swinging = residual[: last + 1] if ended else residual
    first = min(swing.found.first, len(swinging) - 1)
    return fluctuation_onset(swinging, first, CALM * swing.scale), last if ended else None


def epochs_a_point(curve: Curve, points: SwingPoints) -> float | None:
    """Epochs between two judged points; None where epochs are unknown."""
    if curve.epochs is None or len(points.indices) < 2:
        return None
    return float(np.median(np.diff(curve.epochs[points.indices])))


def period_epochs(curve: Curve, points: SwingPoints, swing: Swing) -> float | None:
    """The period of the swing in epochs, where it surely has one."""
    spacing = epochs_a_point(curve, points)
    found = fisher_g(swing.found.residual[swing.found.first :])
    return None if spacing is None or found is None or found.p_value > PERIODIC else found.period * spacing


def drawing(curve: Curve, points: SwingPoints, swing: Swing, start: int, end: int | None) -> tuple[Evidence, ...]:
    """The stretch from index `start` of the curve to `end`, and the course without the swing."""
    sign = -1.0 if curve.role.direction == "max" else 1.0
    drawn = np.unique(np.linspace(0, len(points.indices) - 1, min(len(points.indices), DRAWN)).astype(np.int64))
    steps = tuple(int(step) for step in curve.steps[points.indices[drawn]])
    trend = tuple(float(sign * value) for value in swing.found.trend[drawn])
    return (
        Interval(curve.key, int(curve.steps[start]), None if end is None else int(curve.steps[end]), "oscillates"),
        Overlay(curve.key, steps, trend, "course without the swing"),
    )
