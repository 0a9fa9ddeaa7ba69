"""A curve in a few characters, from the points the report keeps for drawing."""

from __future__ import annotations

import numpy as np

from loglens.events.series import Floats, Ints, SeriesKey
from loglens.health import findings
from loglens.report import DisplayCurve, RunReport
from loglens.views.text.look import Look

LOG_ABOVE_RATIO = 20.0
"""A positive curve whose highest value is over 20 times its lowest is drawn on a log scale: on a linear one the
first points would take all eight levels."""


def judged_curve(run: RunReport) -> SeriesKey | None:
    """The curve that stands for the run: what its worst finding judges, else where its best step lies, else the
    first validation curve with a direction, else the first such curve, else the first that is drawn at all."""
    for verdict in findings(run):
        if verdict.tags:
            return verdict.tags[0]
    for verdict in run.verdicts:
        if "best_step" in verdict.details and verdict.tags:
            return verdict.tags[0]
    directed = [curve for curve in run.curves if curve.direction != "none"]
    chosen = next((c for c in directed if c.phase == "validation"), directed[0] if directed else None)
    if chosen is not None:
        return SeriesKey(chosen.dir, chosen.tag)
    return SeriesKey(run.display[0].dir, run.display[0].tag) if run.display else None


def sparkline(run: RunReport, key: SeriesKey | None, cells: int, look: Look) -> str:
    """The display curve of `key` in at most `cells` characters over its steps, a cross where one is NaN or Inf."""
    curve = next((d for d in run.display if (d.dir, d.tag) == key), None)
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
