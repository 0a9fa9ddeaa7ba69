"""Evidence in figures: the markers, intervals and overlays of a verdict as traces and shapes over a curve's points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from loglens.events.series import Floats
from loglens.report import DisplayCurve
from loglens.verdict import Interval, Marker, Overlay, Verdict
from loglens.views.figure_style import INKS, Figure, plain_text

LABEL_PADDING, LABEL_LINE = 3, 14  # plotly's own distance from the edge, and the height of a line, in pixels
STRIP = 0.025  # height of the bar that shows which steps are as good as the best, a share of the chart's


def interval(item: Interval, points: DisplayCurve, verdict: Verdict, index: int, start: float) -> tuple[Figure, Figure]:
    """The shape of an interval, and its place for `meta`: a rectangle over the chart, or a strip at its foot."""
    last = int(points.steps[-1])
    ends = [item.start_step, last if item.end_step is None else item.end_step]
    banded = item.low is not None and item.high is not None
    strip = not banded and not verdict.is_finding  # a good thing is a bar at the foot, a finding fills the chart
    shape: Figure = {
        "type": "rect",
        "xref": "x",
        "yref": "y" if banded else "paper",
        "x0": ends[0],
        "x1": ends[1],
        "y0": item.low if banded else 0,
        "y1": item.high if banded else STRIP if strip else 1,
        "fillcolor": INKS[_ink(verdict)],
        "opacity": 0.8 if strip else 0.12,
        "line": {"width": 0},
        "layer": "below",
    }
    if strip or banded:
        shape |= {"showlegend": True, "name": plain_text(item.label)}
    else:  # fills the chart's height: there is room for words at its top
        shape["label"] = {
            "text": plain_text(item.label),
            "textposition": "top left",
            "font": {"size": 11, "color": INKS[_ink(verdict)]},
        }
    place = {"verdict": index, "ink": _ink(verdict), **places(ends, points, start)}
    return shape, place


def labels_apart(shapes: Sequence[Figure]) -> list[Figure]:
    """The shapes with every label said once, the leftmost time, and each on a line of its own: none covers another."""
    lines: dict[str, int] = {}
    done: dict[int, Figure] = {}
    for index, shape in sorted(enumerate(shapes), key=lambda one: float(one[1]["x0"])):
        label = shape.get("label")
        if label is None:
            done[index] = shape
        elif label["text"] in lines:
            done[index] = {key: value for key, value in shape.items() if key != "label"}
        else:
            line = lines.setdefault(label["text"], len(lines))
            done[index] = {**shape, "label": {**label, "padding": LABEL_PADDING + LABEL_LINE * line}}
    return [done[index] for index in range(len(shapes))]


def marker(item: Marker, points: DisplayCurve, verdict: Verdict, index: int, start: float) -> Figure:
    """The trace of a marker: on the curve where it has no value of its own."""
    value = item.value if item.value is not None else _value_at(item.step, points)
    finite = value is not None and math.isfinite(value)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain_text(item.label),
        "x": [item.step],
        "y": [value if finite else None],
        "meta": {"verdict": index, "ink": _ink(verdict), **places([item.step], points, start)},
        "marker": {
            "size": 11,
            "symbol": _symbol(item, verdict),
            "color": INKS[_ink(verdict)],
            "line": {"width": 1, "color": "#ffffff"},
        },
    }


def _symbol(item: Marker, verdict: Verdict) -> str:
    """A shape for each label of a verdict's markers, so that two of them differ by more than their place."""
    labels = list(dict.fromkeys(other.label for other in verdict.evidence if isinstance(other, Marker)))
    symbols = ("x", "cross", "triangle-down") if verdict.is_finding else ("diamond", "circle", "square")
    return symbols[labels.index(item.label) % len(symbols)]


def overlay(item: Overlay, points: DisplayCurve, verdict: Verdict, index: int, start: float) -> Figure:
    """The trace of a line that is drawn over a curve."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain_text(item.label),
        "x": list(item.steps),
        "y": [value if value is not None and math.isfinite(value) else None for value in item.values],
        "line": {"color": INKS[_ink(verdict)], "width": 1.5, "dash": "dash"},
        "meta": {"verdict": index, "ink": _ink(verdict), **places(item.steps, points, start)},
    }


def once_in_legend(trace: Figure, others: Sequence[Figure]) -> Figure:
    """Fifty spikes are one entry, switched on and off together."""
    group = f"{trace['name']} {trace['meta']['ink']} {trace['mode']}"
    return {**trace, "legendgroup": group, "showlegend": all(other.get("legendgroup") != group for other in others)}


def places(steps: Iterable[int], points: DisplayCurve, start: float) -> Figure:
    """Where these steps stand on every axis: `step`, `epoch` (None when unknown) and `time`, seconds since `start`."""
    at = np.array(list(steps), dtype=np.float64)
    seconds = np.interp(at, points.steps, points.wall_times) - start
    epochs = None if points.epochs is None else _rounded(np.interp(at, points.steps, points.epochs))
    return {"step": [int(step) for step in at.tolist()], "epoch": epochs, "time": _rounded(seconds)}


def _rounded(values: Floats) -> list[float]:
    return [round(value, 3) for value in values.tolist()]


def _value_at(step: int, points: DisplayCurve) -> float | None:
    finite = np.isfinite(points.values)
    if not finite.any():
        return None
    return float(np.interp(step, points.steps[finite], points.values[finite]))


def _ink(verdict: Verdict) -> str:
    return verdict.status if verdict.status in ("fail", "warn", "pass") else "undetermined"
