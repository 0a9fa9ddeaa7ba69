"""A curve in a few characters, from the points the report keeps for drawing."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.report import CurveReport, DisplayCurve, RunReport
from loglens.views.text.look import Look

LOG_ABOVE_RATIO = 20.0
"""A positive curve whose highest value is over 20 times its lowest is drawn on a log scale: on a linear one the
first points would take all eight levels."""


def sparkline(run: RunReport, lead: CurveReport | None, cells: int, look: Look) -> str:
    """The display curve of `lead` in at most `cells` characters over its steps, a cross where one is NaN or Inf."""
    curve = None if lead is None else run.drawn((lead.dir, lead.tag))
    return "" if curve is None or not len(curve.values) else _draw(curve, cells, look)


def _draw(curve: DisplayCurve, cells: int, look: Look) -> str:
    cells = min(cells, len(curve.values))
    columns = _columns(curve.steps, cells)
    heights = _scaled(curve.values)
    drawn = []
    last = " "
    for column in range(cells):
        inside = heights[columns == column]
        if len(inside):
            level = float(np.median(inside)) * (len(look.bars) - 1)
            last = look.bars[round(level)] if np.isfinite(level) else look.not_finite
        drawn.append(last)
    return "".join(drawn)


def _columns(steps: Ints, cells: int) -> Ints:
    passed = steps.astype(np.float64) - float(steps[0])  # steps may be so far apart that no int64 holds it
    if passed[-1] <= 0:
        return np.zeros(len(steps), np.int64)
    columns: Ints = np.minimum(passed * cells // passed[-1], cells - 1).astype(np.int64)
    return columns


def _scaled(values: Floats) -> Floats:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.full(len(values), np.nan)
    low, high = float(finite.min()), float(finite.max())
    if low > 0 and high / low > LOG_ABOVE_RATIO:
        values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
    if high == low:
        return np.where(np.isfinite(values), 0.5, np.nan)
    return np.where(np.isfinite(values), (values - low) / (high - low), np.nan)
