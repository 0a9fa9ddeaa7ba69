"""Figures: the curves of a run with the evidence of its verdicts, as plain plotly JSON dicts.

A figure is complete as it stands (steps, light theme): `plotly.io` or any plotly.js draws it. What a page needs to
show it otherwise is in `meta`, which plotly leaves alone: a trace of a curve names the display curve it was made of,
and everything else carries its place on each axis. plotly itself is never imported here: its start-up costs .14 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, SeriesKey
from loglens.lead import looked_at
from loglens.report import CurveReport, DisplayCurve, RunReport
from loglens.runs.curve import XUnit
from loglens.verdict import FINDINGS, Interval, Marker, Overlay
from loglens.views.evidence import interval, labels_apart, marker, once_in_legend, overlay
from loglens.views.figure_style import INKS, Figure, plain_text

TOGETHER = ("learning-rate",)  # all groups of an optimiser are told apart in one chart


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A curve with the points to draw, and where they stand in the run's list of display curves."""

    index: int
    report: CurveReport
    points: DisplayCurve


def run_figures(run: RunReport) -> list[Figure]:
    """One figure for each pair of curves, and for each curve that has none: those with findings come first.

    `layout.meta` holds `title`, `quantity`, `curves` (indices into `run.display`), `shapes` (for every shape its
    verdict, its ink and its two ends on each axis) and `findings`. A trace's `meta` holds `curve` for a curve, or
    `verdict` (an index into `run.verdicts`), `ink` and its x values on each axis for evidence.
    """
    reports = {SeriesKey(c.dir, c.tag): c for c in run.curves}
    drawn = [
        _Drawn(index, reports[SeriesKey(points.dir, points.tag)], points)
        for index, points in enumerate(run.display)
        if SeriesKey(points.dir, points.tag) in reports
    ]
    start = min((float(d.points.wall_times[0]) for d in drawn if len(d.points.wall_times)), default=0.0)
    figures = [_figure(run, curves, start) for curves in _panels(drawn)]
    return sorted(figures, key=_order)


def without_points(figure: Figure) -> Figure:
    """The figure with the points of its curves left out: who has the display curves can put them back."""
    data = [
        {key: value for key, value in trace.items() if key not in ("x", "y")} if "curve" in trace["meta"] else trace
        for trace in figure["data"]
    ]
    return {**figure, "data": data}


def _order(figure: Figure) -> tuple[int, int, str]:
    meta = figure["layout"]["meta"]
    return (-meta["findings"], looked_at(meta["quantity"]) + (0 if meta["judged"] else 20), meta["title"])


def _panels(drawn: Sequence[_Drawn]) -> list[list[_Drawn]]:
    """Curves that belong in one chart: a curve and its pair when they count in one unit; the learning rates."""
    by_key = {SeriesKey(one.report.dir, one.report.tag): one for one in drawn}
    panels: dict[object, list[_Drawn]] = {}
    for one in drawn:
        pair = None if one.report.pair is None else by_key.get(one.report.pair)
        if one.report.quantity in TOGETHER:
            home: object = (one.report.quantity, one.report.x_unit)
        elif pair is None or pair.report.x_unit != one.report.x_unit:
            home = one.index
        else:  # the train curve gives the chart its place: several validation sets may be paired with it
            home = pair.index if pair.report.phase == "train" else one.index
        panels.setdefault(home, []).append(one)
    return list(panels.values())


def _figure(run: RunReport, curves: Sequence[_Drawn], start: float) -> Figure:
    keys = {SeriesKey(d.report.dir, d.report.tag): d for d in curves}
    lead = next((d.report for d in curves if d.report.phase == "validation"), curves[0].report)
    names = _names(curves)
    traces = [_curve_trace(d, name, many=len(curves) > 2) for d, name in zip(curves, names, strict=True)]
    shapes: list[Figure] = []
    places: list[Figure] = []
    findings = judged = 0
    for index, verdict in enumerate(run.verdicts):
        judged += verdict.status in (*FINDINGS, "pass") and any(key in keys for key in verdict.tags)
        findings += verdict.is_finding and verdict.tags[:1] != () and verdict.tags[0] in keys
        for item in verdict.evidence:
            if isinstance(item, Interval) and item.curve in keys:
                shape, place = interval(item, keys[item.curve].points, verdict, index, start)
                shapes.append(shape)
                places.append(place)
            elif isinstance(item, Marker) and item.curve in keys:
                traces.append(once_in_legend(marker(item, keys[item.curve].points, verdict, index, start), traces))
            elif isinstance(item, Overlay) and item.curve in keys:
                traces.append(once_in_legend(overlay(item, keys[item.curve].points, verdict, index, start), traces))
    meta = {
        "title": _title(lead, curves),
        "quantity": lead.quantity,
        "direction": lead.direction,
        "curves": [d.index for d in curves],
        "axes": _axes(curves),
        "steps": _step_title(lead.x_unit),
        "positive": all(_is_positive(d.points.values) for d in curves),
        "judged": judged,
        "findings": findings,
        "shapes": places,
    }
    return {"data": traces, "layout": _layout(meta, labels_apart(shapes))}


def _layout(meta: Figure, shapes: list[Figure]) -> Figure:
    axis = {"gridcolor": INKS["grid"], "zeroline": False, "showline": False, "automargin": True}
    return {
        "meta": meta,
        "title": {"text": "", "automargin": False},
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": INKS["text"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"t": 4, "r": 12, "b": 40, "l": 52},
        "height": 320,
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {**axis, "title": {"text": meta["steps"]}},
        "yaxis": {**axis, "type": "linear"},
        "shapes": shapes,
    }


def _curve_trace(one: _Drawn, name: str, *, many: bool) -> Figure:
    points = one.points
    trace: Figure = {
        "type": "scatter",
        "mode": "lines" if len(points.steps) > 60 else "lines+markers",
        "name": plain_text(name),
        "x": points.steps.tolist(),
        "y": finite_or_none(points.values),
        "connectgaps": False,
        "meta": {"curve": one.index, "ink": one.report.phase, "phase": one.report.phase},
        "marker": {"size": 4},
    }
    if not many:
        trace["line"] = {"color": INKS[one.report.phase], "width": 1.4 if one.report.phase == "train" else 2}
    return trace


def finite_or_none(values: Floats) -> list[float | None]:
    """Floats for JSON: NaN and Inf become None, which a chart draws as a gap."""
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _is_positive(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size and (finite > 0).all())


def _axes(curves: Sequence[_Drawn]) -> list[str]:
    """The axes every curve of the chart can be shown on."""
    axes = ["step", "time"]
    if all(d.points.epochs is not None for d in curves):
        axes.insert(1, "epoch")
    return axes


def _step_title(unit: XUnit) -> str:
    """What the logged steps count: "step" where that is all that is known."""
    return {"step": "step", "unknown": "step", "epoch": "epoch as logged"}.get(unit, unit.replace("-", " "))


def _names(curves: Sequence[_Drawn]) -> list[str]:
    """Legend names: the shortest of phase, tag, both, and the whole path that tells the curves apart."""
    for names in (
        [d.report.phase if d.report.phase != "none" else d.report.tag for d in curves],
        [d.report.tag for d in curves],
        [f"{d.report.phase} {d.report.tag}" for d in curves],
    ):
        if len(set(names)) == len(names):
            return names
    return [f"{d.report.dir}/{d.report.tag}" for d in curves]


def _title(lead: CurveReport, curves: Sequence[_Drawn]) -> str:
    tags = list(dict.fromkeys(d.report.tag for d in curves))
    if len(tags) > 2 and lead.quantity in TOGETHER:
        return lead.quantity.replace("-", " ")
    return " · ".join(tags) if len(tags) <= 2 else f"{lead.tag} and {len(tags) - 1} more"
