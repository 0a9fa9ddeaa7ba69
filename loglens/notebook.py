"""Runs as a small HTML table for a notebook's output cell: state, findings, best step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from loglens.digits import digits
from loglens.health import WORST_FIRST, findings, health_of, remark, severity
from loglens.lead import kept

if TYPE_CHECKING:
    from loglens.report import RunReport

ROWS = 50
"""Runs shown at most: a notebook is scrolled, not searched."""


def runs_table(runs: Sequence[RunReport]) -> str:
    """An HTML table, worst run first; every text of the log is escaped."""
    counts = Counter(health_of(run) for run in runs)
    told = ", ".join(f"{counts[health]} {health.replace('-', ' ')}" for health in WORST_FIRST if counts[health])
    head = "".join(f"<th style='text-align:left'>{name}</th>" for name in ("run", "state", "what", "best"))
    shown = sorted(runs, key=severity)[:ROWS]
    body = "".join(_row(run) for run in shown)
    more = f"<p>and {len(runs) - ROWS} more runs</p>" if len(runs) > ROWS else ""
    return (
        f"<div><p><b>LogLens</b>: {len(runs)} run{'' if len(runs) == 1 else 's'}: {told or 'nothing'}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</div>"
    )


def _row(run: RunReport) -> str:
    health = health_of(run)
    sentences = [f"<b>{escape(v.status)} {escape(v.detector)}</b>: {escape(v.summary)}" for v in findings(run)]
    sentences = sentences or [escape(remark(run))]
    verdict = kept(run)
    best = {} if verdict is None else verdict.details
    step, value = best.get("best_step"), best.get("best_value")
    at = "" if step is None else f"step {step}" + (f", {digits(value)}" if isinstance(value, int | float) else "")
    cells = (escape(run.name), health.replace("-", " "), "<br>".join(sentences), at)
    return "<tr>" + "".join(f"<td style='text-align:left;vertical-align:top'>{cell}</td>" for cell in cells) + "</tr>"
