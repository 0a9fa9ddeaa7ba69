"""The report as JSON, in the shape of its schema: the same text as `Report.to_json()`."""

from __future__ import annotations

from collections.abc import Iterator

from loglens.report import Report


def render(report: Report, *, curves: bool = False) -> str:
    """One line of JSON; `curves` adds the display curves of every run."""
    return "".join(parts(report, curves=curves))


def parts(report: Report, *, curves: bool = False) -> Iterator[str]:
    """The same text run by run, to be written as it comes."""
    yield from report.json_parts(curves=curves)
    yield "\n"
