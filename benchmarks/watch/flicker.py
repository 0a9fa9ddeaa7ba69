"""How often a watch speaks of healthy runs: python -m benchmarks.watch.flicker [--purpose reporting] [--runs 40].

Healthy synthetic runs are judged at every evaluation from the fifth on. "at once" tells every change of status as it
is seen, "confirmed" goes through `loglens.changes.Standing` as `loglens watch` does.
"""

from __future__ import annotations

import click

from benchmarks.accuracy.jobs import until
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.synthetic import LIVE, Synthetic
from loglens.changes import Change, Standing
from loglens.config import Config
from loglens.health import worst_verdicts
from loglens.judge import judge, make_plan
from loglens.report import RunReport
from loglens.verdict import FINDINGS

FIRST = 4
"""Evaluations before the first look, as in benchmarks.accuracy."""


@click.command()
@click.option("--purpose", type=click.Choice(["tuning", "reporting"]), default="reporting", show_default=True)
@click.option("--runs", default=40, show_default=True, help="Runs a family.")
def main(purpose: Purpose, runs: int) -> None:
    """One line a way of telling: runs ever flagged, and lines told a run."""
    plan = make_plan(Config(), max_points=4)
    flagged = {"at once": 0, "confirmed": 0}
    lines = {"at once": 0, "confirmed": 0}
    for name in LIVE:
        for number in range(runs):
            run, truth = Synthetic(name, purpose).run(number)
            allowed = truth.unclear | truth.faults
            reports = [judge(until(run, int(step)), plan) for step in run.curves[0].steps[FIRST:]]
            standing = Standing()
            told = [change for report in reports for change in standing.changes(report, "")]
            for way, changes in (("at once", at_once(reports)), ("confirmed", news(told))):
                lines[way] += len(changes)
                flagged[way] += any(new in FINDINGS and detector not in allowed for detector, _, new in changes)
    count = runs * len(LIVE)
    for way, ever in flagged.items():
        click.echo(f"{way:10} ever flagged {100 * ever / count:.1f} %, {lines[way] / count:.2f} lines a run")


def at_once(reports: list[RunReport]) -> list[tuple[str, str | None, str]]:
    """(detector, old, new) of every change from or to a finding as it is seen."""
    before: dict[str, str] = {}
    changes: list[tuple[str, str | None, str]] = []
    for report in reports:
        for detector, verdict in worst_verdicts(report.verdicts).items():
            old = before.get(detector)
            if old != verdict.status and {old, verdict.status} & set(FINDINGS):
                changes.append((detector, old, verdict.status))
            before[detector] = verdict.status
    return changes


def news(told: list[Change]) -> list[tuple[str, str | None, str]]:
    """The same of what a watch tells."""
    return [
        (change.detector or "", change.old, change.status or "")
        for change in told
        if {change.old, change.status} & set(FINDINGS)
    ]


if __name__ == "__main__":
    main()
