"""Whatever a report holds, every view of it holds: no crash, no markup, no control codes, within the width."""

from __future__ import annotations

import json
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from loglens.events.series import SeriesKey
from loglens.health import health_of
from loglens.jsonform import from_plain, to_plain
from loglens.report import CurveReport, DisplayCurve, Lost, Report, RunReport, Unreadable
from loglens.verdict import Fact, Interval, Marker, Overlay, Verdict
from loglens.views import text
from loglens.views.text import Look

NAMES = (
    "run",
    ".",
    "a/b",
    "[red]x[/red]",
    "[/",
    "日本語/学習",
    "é\u0301",
    "a\x1b[31m",
    "\u202egnp",
    "x" * 300,
    "",
    "a b\n",
)
names = st.sampled_from(NAMES) | st.text(max_size=20)
numbers = st.none() | st.floats(allow_nan=True, allow_infinity=True)
steps = st.integers(-(2**40), 2**62)
keys = st.builds(SeriesKey, names, names)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


evidence = st.one_of(
    st.builds(Marker, curve=keys, step=steps, label=names, value=numbers, kind=st.just("marker")),
    st.builds(
        Interval,
        curve=keys,
        start_step=steps,
        end_step=st.none() | steps,
        label=names,
        low=numbers,
        high=numbers,
        kind=st.just("interval"),
    ),
    st.builds(
        Overlay, curve=keys, steps=st.just((1, 2)), values=st.just((0.5, None)), label=names, kind=st.just("overlay")
    ),
    st.builds(Fact, label=names, value=numbers | names | st.booleans(), unit=names, kind=st.just("fact")),
)
details = st.dictionaries(
    st.sampled_from(
        ["best_step", "best_value", "set_first_step", "set_last_step", "stop_step", "epochs_saved", "cause"]
    ),
    numbers | st.integers(0, 10**6) | names,
    max_size=4,
)
verdicts = st.builds(
    Verdict,
    detector=st.sampled_from(["overfitting", "[bold]x", "日本"]),
    summary=names,
    confidence=st.none() | st.floats(0, 1),
    tags=st.lists(keys, max_size=2).map(tuple),
    advice=names,
    start_step=st.none() | steps,
    end_step=st.none() | steps,
    start_epoch=st.none() | st.floats(0, 1e6),
    end_epoch=st.none() | st.floats(0, 1e6),
    value=numbers,
    threshold=numbers,
    unit=names,
    missing=st.lists(names, max_size=3).map(tuple),
    details=details,
    evidence=st.lists(evidence, max_size=3).map(tuple),
)
curves = st.builds(
    CurveReport,
    dir=names,
    tag=names,
    name=names,
    points=st.integers(0, 10**9),
    first_step=st.none() | steps,
    last_step=st.none() | steps,
    non_finite=st.integers(0, 9),
    role_confidence=st.floats(0, 1),
    role_reason=names,
    pair=st.none() | keys,
)


@st.composite
def displays(draw: st.DrawFn) -> DisplayCurve:
    values = np.array(draw(st.lists(st.floats(width=64, allow_nan=True), max_size=30)), np.float64)
    at = np.array(sorted(draw(st.sets(steps, min_size=len(values), max_size=len(values)))), np.int64)
    return DisplayCurve(draw(names), draw(names), at, at.astype(np.float64), values)


runs = st.builds(
    RunReport,
    name=names,
    group=names,
    steps_per_epoch=st.none() | st.floats(0.1, 1e9),
    batch_size=st.none() | st.integers(1, 10**6),
    lost=st.builds(
        Lost, bad_records=st.integers(0, 3), truncated_bytes=st.integers(0, 3), repeated_steps=st.integers(0, 3)
    ),
    curves=st.lists(curves, max_size=3).map(tuple),
    verdicts=st.lists(verdicts, max_size=4).map(tuple),
    measurements=st.just(()),
    framework=names,
    notes=st.lists(names, max_size=2).map(tuple),
    display=st.lists(displays(), max_size=2).map(tuple),
)
reports = st.builds(
    Report,
    loglens_version=st.just("0"),
    config=st.just({}),
    runs=st.lists(runs, min_size=1, max_size=3).map(tuple),
    unreadable=st.lists(st.builds(Unreadable, names, names), max_size=3).map(tuple),
    schema=st.just("loglens.report/1"),
)


@settings(max_examples=60)
@given(reports, st.integers(20, 160), st.booleans(), st.booleans())
def test_any_report_can_be_shown(report: Report, width: int, verbose: bool, unicode: bool) -> None:
    out = text.render(report, Look(width=width, verbose=verbose, everything=verbose, unicode=unicode))
    assert not CONTROL.search(out)
    for line in out.splitlines():
        assert cell_len(line) <= width or line.startswith("  loglens ")
    if not any(health_of(run) == "healthy" for run in report.runs):
        assert "✓" not in out
    assert "<script" not in report._repr_html_()


@settings(max_examples=60)
@given(reports)
def test_any_report_survives_json(report: Report) -> None:
    plain = json.loads(report.to_json(curves=True))
    assert to_plain(from_plain(Report, plain)) == to_plain(report)
    assert len(report.to_records()) == sum(len(run.verdicts) for run in report.runs)
