"""What a Python prompt or a notebook shows of runs: a line, or a small HTML table with state, findings, best step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from loglens.digits import digits, plural
from loglens.health import WORST_FIRST, findings, health_of, remark, severity
from loglens.lead import kept

if TYPE_CHECKING:
    from loglens.report import RunReport, Unreadable

ROWS = 50
"""Runs shown at most: a notebook is scrolled, not searched."""


def counted(runs: Sequence[RunReport], unreadable: Sequence[Unreadable] = ()) -> str:
    """`3 runs: 1 fail, 2 healthy; 1 place could not be read`."""
    counts = Counter(health_of(run) for run in runs)
    told = ", ".join(f"{counts[health]:,} {health.replace('-', ' ')}" for health in WORST_FIRST if counts[health])
    lost = f"; {plural(len(unreadable), 'place')} could not be read" if unreadable else ""
    return f"{plural(len(runs), 'run')}: {told or 'nothing'}{lost}"


def in_brief(run: RunReport) -> str:
    """`'net/seed0': fail: overfitting, non-finite`."""
    found = ", ".join(dict.fromkeys(verdict.detector for verdict in findings(run))) or remark(run)
    return f"{run.name!r}: {health_of(run).replace('-', ' ')}" + (f": {found}" if found else "")


def runs_table(runs: Sequence[RunReport], unreadable: Sequence[Unreadable] = ()) -> str:
    """An HTML table, worst run first, and what could not be read; every text of the log is escaped."""
    head = "".join(f"<th style='text-align:left'>{name}</th>" for name in ("run", "state", "what", "best"))
    shown = sorted(runs, key=severity)[:ROWS]
    body = "".join(_row(run) for run in shown)
    more = f"<p>and {plural(len(runs) - ROWS, 'more run')}</p>" if len(runs) > ROWS else ""
    more += "".join(f"<p>{escape(place.path)}: {escape(place.reason)}</p>" for place in unreadable[:ROWS])
    return (
        f"<div><p><b>LogLens</b>: {counted(runs, unreadable)}</p>"
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
