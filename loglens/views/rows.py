"""Rows: what a table of runs shows of each one, small enough that thousands can be sent at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from loglens.display import thin
from loglens.health import WEIGHT, WORST_FIRST, health_of, remark, severity, worst_verdicts
from loglens.lead import kept, lead_curve
from loglens.report import DisplayCurve, RunReport
from loglens.verdict import Verdict

Row = dict[str, Any]

SPARK_POINTS = 48
"""Points of a sparkline at most: it is drawn some 120 pixels wide, and `thin` keeps two extremes a stretch."""

SPARK_LEVELS = 100
"""Heights of a sparkline: finer than the 28 pixels it is drawn in, small in JSON."""


def run_row(run: RunReport) -> Row:
    """One line of the table: worst verdicts first, the step to keep and its set, a sparkline of the lead curve."""
    worst = worst_verdicts(run.verdicts)
    findings = sorted(
        (v for v in worst.values() if v.is_finding), key=lambda v: (-WEIGHT[v.status], -(v.confidence or 0.0))
    )
    verdict = kept(run)
    best: Mapping[str, Any] = {} if verdict is None else verdict.details
    row: Row = {
        "name": run.name,
        "group": run.group,
        "state": health_of(run),
        "why": remark(run),
        "severity": _severity(run),
        "statuses": {detector: verdict.status for detector, verdict in worst.items()},
        "findings": [_finding(verdict) for verdict in findings],
        "best_step": best.get("best_step"),
        "best_value": best.get("best_value"),
        "best_set": [best.get("set_first_step"), best.get("set_last_step")],
        "best_tag": None if verdict is None else run.label(verdict.tags[0]),
        "last_step": None,
        "curves": len(run.curves),
        "lost": sum((run.lost.bad_records, run.lost.skipped_bytes, run.lost.zero_bytes, run.lost.undecodable_values)),
        "spark": None,
    }
    lead = lead_curve(run)
    key = None if lead is None else (lead.dir, lead.tag)
    points = run.drawn(key)
    if lead is not None and points is not None and len(points.steps):
        onset = next((v.start_step for v in findings if key in v.tags and v.start_step is not None), None)
        row["last_step"] = lead.last_step
        row["spark"] = {
            **_spark(points),
            "tag": lead.tag,
            "phase": lead.phase,
            "best": _along(points, row["best_step"] if verdict is not None and verdict.tags[0] == key else None),
            "onset": _along(points, onset),
        }
    return row


def _severity(run: RunReport) -> list[float]:
    """Worst highest, in the order of every other face: state, fails, findings, the surest of them."""
    state, *less, _ = severity(run)
    return [len(WORST_FIRST) - 1 - state, *(-part for part in less)]


def _finding(verdict: Verdict) -> Row:
    return {
        "detector": verdict.detector,
        "status": verdict.status,
        "confidence": verdict.confidence,
        "start_step": verdict.start_step,
        "summary": verdict.summary,
    }


def _spark(points: DisplayCurve) -> Row:
    """x and y as whole numbers from 0 to SPARK_LEVELS, y upwards; None where the value is not finite."""
    keep = thin(points.values, SPARK_POINTS)
    steps, values = points.steps[keep].astype(np.float64), points.values[keep]
    finite = np.isfinite(values)
    low, high = (float(values[finite].min()), float(values[finite].max())) if finite.any() else (0.0, 0.0)
    span = high - low or 1.0
    width = float(steps[-1] - steps[0]) or 1.0
    ys = [
        round(SPARK_LEVELS * (value - low) / span) if high > low else SPARK_LEVELS // 2
        for value in np.where(finite, values, low).tolist()
    ]
    return {
        "x": [round(SPARK_LEVELS * (step - float(steps[0])) / width) for step in steps.tolist()],
        "y": [y if ok else None for y, ok in zip(ys, finite.tolist(), strict=True)],
    }


def _along(points: DisplayCurve, step: Any) -> int | None:
    """How far along the curve a step is, from 0 to SPARK_LEVELS."""
    if not isinstance(step, int):
        return None
    first, last = int(points.steps[0]), int(points.steps[-1])
    return min(SPARK_LEVELS, max(0, round(SPARK_LEVELS * (step - first) / ((last - first) or 1))))
