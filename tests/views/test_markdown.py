"""The report as Markdown: every run and finding is there, nothing of a name is markup."""

from __future__ import annotations

import dataclasses

from loglens.health import findings
from loglens.views import markdown
from tests.views import synthetic


def test_every_run_and_every_finding_is_there() -> None:
    report = synthetic.twelve()
    text = markdown.render(report)
    lines = text.splitlines()
    rows = [line for line in lines if line.startswith("| ") and "---" not in line]
    assert len(rows) == 1 + len(report.runs)
    told = [line for line in lines if line.startswith("- ") and "sure)" in line]
    assert len(told) == sum(len(findings(run)) for run in report.runs)
    assert text.index("fail") < text.index("healthy")


def test_names_are_never_markup() -> None:
    report = synthetic.one()
    hostile = dataclasses.replace(report.runs[0], name="<b>x</b>|[a](http://x) @team")
    text = markdown.render(dataclasses.replace(report, runs=(hostile,)))
    assert "<b>" not in text
    assert "[a](" not in text
    assert "@team" not in text


def test_a_thousand_runs_fit_into_a_comment() -> None:
    assert len(markdown.render(synthetic.thousand())) < 65_536
