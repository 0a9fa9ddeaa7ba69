"""A report as text: one run in full, or many runs as a summary with the worst first."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from loglens.report import Report
from loglens.views.text.coverage import closing, coverage
from loglens.views.text.layout import blank, printed
from loglens.views.text.look import Look
from loglens.views.text.losses import unreadable
from loglens.views.text.run import run_in_full
from loglens.views.text.runs import counted, findings_together, in_order, listed, seed_groups


def render(report: Report, look: Look) -> str:
    """The text for people; ends with a new line. Nothing is computed here but order and counts."""
    return printed(_parts(report, look), look)


def _parts(report: Report, look: Look) -> Iterator[RenderableType]:
    if len(report.runs) == 1:
        yield from run_in_full(report.runs[0], look)
    else:
        yield counted(report.runs, look)
        yield blank()
        yield from listed(report.runs, look)
        yield blank()
        if look.verbose:
            for run in in_order(report.runs, look):
                yield from run_in_full(run, look)
                yield blank()
        else:
            yield from findings_together(report.runs, look)
        yield from seed_groups(report.runs, look)
        yield from coverage(report.runs, look)
    yield from unreadable(report, look)
    yield blank()
    yield from closing(report, look)
