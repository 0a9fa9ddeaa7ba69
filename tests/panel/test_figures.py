"""Figures and rows: complete plotly figures, evidence in its place, table lines that agree with the verdicts."""

from __future__ import annotations

import dataclasses
import itertools
from typing import get_args

import numpy as np
import plotly.graph_objects as go
import pytest

from loglens.events.series import SeriesKey
from loglens.health import health_of, main_curves, severity
from loglens.report import RunReport
from loglens.verdict import Interval, Marker, Status, Verdict
from loglens.views.figures import run_figures, without_points
from loglens.views.page import run_payload
from loglens.views.rows import run_row
from tests.panel.reports import HOSTILE, hostile_run, make_run


@pytest.mark.parametrize("kind", ["healthy", "overfitting", "oscillation", "non-finite"])
def test_plotly_takes_every_figure_as_it_is(kind: str) -> None:
    for figure in run_figures(make_run("run", kind)):
        go.Figure(figure)  # raises for what plotly does not know


def test_a_pair_shares_a_chart_and_the_finding_comes_first() -> None:
    first, *others = run_figures(make_run("run", "overfitting"))
    assert [trace["name"] for trace in first["data"][:2]] == ["train", "validation"]
    assert first["layout"]["meta"]["title"] == "train/loss · val/loss"
    assert {figure["layout"]["meta"]["title"] for figure in others} == {"val/accuracy", "lr"}


def test_overfitting_is_shaded_from_its_onset_to_the_last_step() -> None:
    run = make_run("run", "overfitting")
    figure = run_figures(run)[0]
    shape = next(shape for shape in figure["layout"]["shapes"] if shape.get("label"))
    assert (shape["x0"], shape["x1"]) == (run.verdicts[0].start_step, run.curves[0].last_step)
    assert shape["label"]["text"] == "overfitting"


def test_evidence_has_its_place_on_every_axis() -> None:
    run = make_run("run", "overfitting")
    best = run.verdicts[1].start_step
    assert best is not None
    mark = next(t for t in run_figures(run)[0]["data"] if t["name"] == "best step")
    assert mark["meta"]["step"] == [best]
    assert mark["meta"]["epoch"] == [best / 100]  # the made runs have 100 steps an epoch
    assert mark["meta"]["time"] == [pytest.approx((best - 100) * 0.9)]  # and .9 s a step, from step 100


def test_curves_that_count_in_different_units_do_not_share_a_chart() -> None:
    run = make_run("run")
    train, validation, *rest = run.curves
    run = dataclasses.replace(run, curves=(train, dataclasses.replace(validation, x_unit="epoch"), *rest))
    titles = [figure["layout"]["meta"]["title"] for figure in run_figures(run)]
    assert {"train/loss", "val/loss"} <= set(titles)


def test_values_that_are_not_finite_become_gaps() -> None:
    run = make_run("run", "non-finite")
    train = next(t for t in run_figures(run)[0]["data"] if t["name"] == "train")
    assert train["y"][-1] is None
    assert train["y"][0] is not None


def test_without_points_keeps_evidence_and_drops_curves() -> None:
    figure = run_figures(make_run("run", "overfitting"))[0]
    small = without_points(figure)
    assert all("x" not in trace for trace in small["data"] if "curve" in trace["meta"])
    assert all("x" in trace for trace in small["data"] if "verdict" in trace["meta"])


def test_markup_in_names_is_text() -> None:
    """plotly draws <b> and <a> in names; escaped, it shows the letters."""
    names = [trace["name"] for figure in run_figures(hostile_run()) for trace in figure["data"]]
    assert not any("<" in name for name in names)
    assert any("&lt;img" in name for name in names)
    assert HOSTILE in [figure["layout"]["meta"]["title"] for figure in run_figures(hostile_run())]  # a text node


def test_many_markers_are_one_entry_of_the_legend() -> None:
    run = make_run("run")
    key = SeriesKey("run", "val/loss")
    spikes = tuple(Marker(key, step, "spike") for step in range(100, 5000, 100))
    verdict = Verdict("loss-spike", "warn", "spikes", tags=(key,), evidence=spikes)
    figure = run_figures(dataclasses.replace(run, verdicts=(verdict,)))[0]
    assert sum(trace.get("showlegend", True) for trace in figure["data"] if trace["name"] == "spike") == 1


def with_statuses(*statuses: Status) -> RunReport:
    run = make_run("run")
    (main, *_) = main_curves(run)
    key = SeriesKey(main.dir, main.tag)
    verdicts = tuple(Verdict(f"detector-{i}", status, "", tags=(key,)) for i, status in enumerate(statuses))
    return dataclasses.replace(run, verdicts=verdicts)


def test_page_and_terminal_call_a_run_the_same() -> None:
    for statuses in itertools.product(get_args(Status), repeat=3):
        run = with_statuses(*statuses)
        assert run_row(run)["state"] == health_of(run)


def test_a_run_says_why_it_was_not_judged_or_how_far() -> None:
    assert run_row(with_statuses("undetermined"))["why"]
    assert run_row(with_statuses("pass", "pass", "undetermined"))["why"] == "1 check undecided"
    assert not run_row(with_statuses("pass", "pass"))["why"]


def test_worse_runs_weigh_more() -> None:
    order: list[tuple[Status, ...]] = [
        ("pass", "pass"),
        ("undetermined",),
        ("warn",),
        ("warn", "warn"),
        ("fail",),
        ("fail", "fail"),
    ]
    severities = [run_row(with_statuses(*statuses))["severity"] for statuses in order]
    assert severities == sorted(severities)
    assert len({tuple(severity) for severity in severities}) == len(order)


def test_page_and_terminal_have_one_order() -> None:
    runs = [with_statuses(*statuses) for statuses in itertools.product(get_args(Status), repeat=3)]
    worst_first = sorted(runs, key=severity)
    weights = [run_row(run)["severity"] for run in worst_first]
    assert weights == sorted(weights, reverse=True)


def test_row_speaks_of_the_curve_the_finding_is_about() -> None:
    run = make_run("run", "overfitting")
    row = run_row(run)
    assert row["findings"][0]["detector"] == "overfitting"
    assert row["spark"]["tag"] == "val/loss"
    assert row["best_step"] == run.verdicts[1].details["best_step"]
    assert row["spark"]["best"] == row["spark"]["onset"]  # overfitting begins where the curve is best
    values = run.display[1].values
    lowest = int(np.argmin(values)) / (len(values) - 1) * 100
    assert row["spark"]["best"] == pytest.approx(lowest, abs=1)


def test_sparkline_shows_gaps_and_flat_lines() -> None:
    row = run_row(make_run("run", "non-finite"))
    assert row["spark"]["y"][-1] is None
    run = make_run("run")
    flat = dataclasses.replace(run.display[1], values=np.ones_like(run.display[1].values))
    row = run_row(dataclasses.replace(run, display=(flat,), verdicts=()))
    assert set(row["spark"]["y"]) == {50}


def test_a_run_without_curves_has_a_row() -> None:
    row = run_row(dataclasses.replace(make_run("run"), curves=(), display=(), verdicts=()))
    assert row["spark"] is None
    assert row["best_step"] is None


def test_words_on_a_chart_never_cover_one_another() -> None:
    """Two curves with NaN say it once; another verdict's words stand on a line of their own."""
    run = make_run("run")
    train, validation = SeriesKey("run", "train/loss"), SeriesKey("run", "val/loss")
    verdicts = tuple(
        Verdict(name, "fail", "bad.", tags=(key,), evidence=(Interval(key, start, None, label),))
        for name, key, start, label in (
            ("non-finite", validation, 2300, "NaN or Inf inside"),
            ("non-finite", train, 2100, "NaN or Inf inside"),
            ("overfitting", validation, 2200, "overfitting"),
        )
    )
    shapes = run_figures(dataclasses.replace(run, verdicts=verdicts))[0]["layout"]["shapes"]
    labelled = {shape["x0"]: shape["label"] for shape in shapes if "label" in shape}
    assert {start: label["text"] for start, label in labelled.items()} == {
        2100: "NaN or Inf inside",
        2200: "overfitting",
    }
    assert labelled[2200]["padding"] - labelled[2100]["padding"] > labelled[2100]["font"]["size"]
    assert [shape["x0"] for shape in shapes] == [2300, 2100, 2200]  # places of `meta.shapes`


def test_the_page_opens_with_the_checkpoint_that_the_table_names() -> None:
    run = make_run("run")
    verdicts = tuple(
        Verdict("stopping", "pass", "best.", sure, (SeriesKey("run", tag),), details={"best_step": step})
        for tag, sure, step in (("val/accuracy", 0.98, 6000), ("val/loss", 0.87, 1200))
    )
    run = dataclasses.replace(run, verdicts=verdicts)
    assert run_payload(run)["kept"] == 1
    assert run_row(run)["best_step"] == 1200
    assert run_payload(dataclasses.replace(run, verdicts=()))["kept"] is None
