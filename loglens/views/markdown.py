"""Markdown: the report as a note that can be pasted into an issue, a pull request or a lab book."""

from __future__ import annotations

from collections import Counter

from loglens.digits import plural
from loglens.health import WORST_FIRST, Health, findings, health_of, remark, severity
from loglens.report import Report, RunReport
from loglens.verdict import Verdict
from loglens.views.gate.markdown import MARK, cut, escape, table
from loglens.views.text.best import best_briefly
from loglens.views.text.words import percent

STATE: dict[Health, str] = {
    "fail": f"{MARK['fail']} fail",
    "warn": f"{MARK['warn']} warn",
    "not-judged": "❔ not judged",
    "healthy": "✅ healthy",
}
MOST_RUNS = 50
"""Runs in the table, worst first; the rest is counted. A comment holds no more of them than a reader does."""


def render(report: Report) -> str:
    """Counts, a table of the runs, worst first, and every finding with its advice."""
    runs = sorted(report.runs, key=severity)
    counts = Counter(health_of(run) for run in runs)
    told = ", ".join(f"{counts[health]:,} {STATE[health]}" for health in WORST_FIRST if counts[health])
    parts = [f"### LogLens: {plural(len(runs), 'run')}\n\n{told}\n"]
    parts.append(table(("run", "state", "best", "what"), [_row(run) for run in runs[:MOST_RUNS]]))
    if len(runs) > MOST_RUNS:
        parts.append(f"and {len(runs) - MOST_RUNS:,} more.\n")
    details = "".join(_findings(run) for run in runs[:MOST_RUNS])
    if details:
        parts.append(f"<details><summary>Findings</summary>\n\n{details}\n</details>\n")
    if report.unreadable:
        lines = "".join(f"- {escape(item.path)}: {escape(item.reason)}\n" for item in report.unreadable[:MOST_RUNS])
        parts.append(f"{plural(len(report.unreadable), 'place')} could not be read:\n\n{lines}")
    return cut("\n".join(parts))


def _row(run: RunReport) -> tuple[str, str, str, str]:
    health = health_of(run)
    found = ", ".join(dict.fromkeys(verdict.detector for verdict in findings(run)))
    return escape(run.name), STATE[health], escape(best_briefly(run)) or "-", escape(found or remark(run)) or "-"


def _findings(run: RunReport) -> str:
    return "".join(f"- {_finding(run, verdict)}\n" for verdict in findings(run))


def _finding(run: RunReport, verdict: Verdict) -> str:
    sure = "" if verdict.confidence is None else f" ({percent(verdict.confidence)} sure)"
    advice = f" *{escape(verdict.advice)}*" if verdict.advice else ""
    mark = MARK[verdict.status]
    return f"{mark} **{escape(run.name)}**, {verdict.detector}{sure}: {escape(verdict.summary)}{advice}"
