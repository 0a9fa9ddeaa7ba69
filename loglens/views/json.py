"""The report as JSON, in the contract's shape: the same text as `Report.to_json()`."""

from __future__ import annotations

from loglens.report import Report


def render(report: Report, *, curves: bool = False) -> str:
    """One line of JSON; `curves` adds the display curves of every run."""
    return report.to_json(curves=curves) + "\n"
