"""Stopping rules over many runs: the numbers against hand counts, how sure the choice is, what too few runs say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from loglens.events.series import SeriesKey
from loglens.events.writer import EventFileWriter
from loglens.gate.replay import FEWEST, Replay, replay
from loglens.report import CurveReport, Lost, Report, RunReport
from loglens.runs.curve import Quantity
from loglens.statistics.resampling import bootstrap_means
from loglens.verdict import Detail, Verdict
from loglens.views.replay.text import render
from tests.gate.conftest import Call

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "loglens/schemas/stopping.schema.json").read_text(encoding="utf-8"))


def report_of(runs: Sequence[Mapping[str, tuple[float, float | None]]]) -> Report:
    """A report whose runs hold (cost share, epochs saved) by rule; costs are half the share in the metric."""
    reports = []
    for number, rules in enumerate(runs):
        rows = {
            name: {"cost": share / 2, "cost_share": share, "epochs_saved": saved, "seconds_saved": 3600.0}
            for name, (share, saved) in rules.items()
        }
        reports.append(run_of(number, [("val/loss", "loss", rows)]))
    return Report("0", {}, tuple(reports))


def run_of(number: int, judged: Sequence[tuple[str, Quantity, Mapping[str, Detail]]]) -> RunReport:
    """A run whose validation curves, each a tag, a quantity and the rows of its replay, were judged in this order."""
    name = f"run{number}"
    curves = [
        CurveReport(name, tag, "validation", quantity, "", "min", "epoch", 40, 0, 39, 0, 1.0, "known")
        for tag, quantity, _ in judged
    ]
    verdicts = [
        Verdict(
            "stopping",
            "pass",
            "",
            confidence=0.9,
            tags=(SeriesKey(name, tag),),
            details={"best_step": 3, "replay": rows},
        )
        for tag, _, rows in judged
    ]
    return RunReport(name, "run", None, None, Lost(), tuple(curves), tuple(verdicts))


def said(result: Replay) -> str:
    return " ".join(render(result).split())


def test_the_numbers_are_those_of_the_runs() -> None:
    runs = [{"patience 1": (c, e)} for c, e in ((0.0, 10.0), (0.1, 20.0), (0.2, 0.0), (0.3, 30.0), (0.4, 40.0))]
    rule = replay(report_of(runs)).rules[0]
    assert (rule.runs, rule.stopped) == (5, 0.8)
    assert (rule.cost_share.median, rule.cost_share.mean) == pytest.approx((0.2, 0.2))
    assert rule.cost_share.p90 == pytest.approx(0.36)
    assert rule.cost is not None
    assert rule.cost.mean == pytest.approx(0.1)
    assert rule.epochs_saved is not None
    assert (rule.epochs_saved.median, rule.epochs_saved.mean) == (20.0, 20.0)
    assert rule.hours_saved is not None
    assert rule.hours_saved.mean == 1.0


def test_the_best_saves_most_of_those_that_cost_little() -> None:
    runs = [{"patience 1": (0.1, 30.0), "patience 5": (0.0, 20.0), "patience 10": (0.0, 10.0)} for _ in range(6)]
    result = replay(report_of(runs))
    assert (result.best, result.best_patience) == ("patience 5", "patience 5")
    assert {rule.rule: rule.best for rule in result.rules} == {"patience 1": 0, "patience 5": 1, "patience 10": 0}
    assert replay(report_of(runs), worth=0.2).best == "patience 1"
    assert "patience 5 would have been best" in said(result)


def test_where_every_rule_costs_too_much_the_least_costly_is_named_as_such() -> None:
    runs = [{"patience 1": (0.1, 30.0), "patience 5": (0.05, 20.0)} for _ in range(6)]
    assert replay(report_of(runs)).best_patience == "patience 5"
    assert "lost least" in said(replay(report_of(runs)))


def test_runs_that_disagree_leave_it_open() -> None:
    cheap, dear = (
        {"patience 3": (0.0, 20.0), "patience 9": (0.0, 10.0)},
        {"patience 3": (0.02, 20.0), "patience 9": (0, 10)},
    )
    result = replay(report_of([cheap] * 6 + [dear] * 2))
    assert "Not sure" in result.reason
    shares = {rule.rule: rule.best_patience or 0.0 for rule in result.rules}
    # the mean of eight is within .005 when at most two of them are dear: binomial(8, 1/4) gives .679
    assert shares["patience 3"] == pytest.approx(0.679, abs=0.05)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_too_few_runs_say_so() -> None:
    runs = [{"patience 1": (0.0, 30.0), "patience 5": (0.0, 20.0)} for _ in range(FEWEST - 1)]
    result = replay(report_of(runs))
    assert result.best is result.best_patience is None
    assert "cannot tell" in result.reason
    assert replay(report_of([])).rules == ()
    assert "evaluations enough to replay" in replay(report_of([])).reason


def test_a_rule_that_some_runs_lack_is_shown_but_not_compared() -> None:
    with_train = {"patience 5": (0.0, 10.0), "PQ 0.75": (0.0, 30.0)}
    result = replay(report_of([with_train] * 5 + [{"patience 5": (0.0, 10.0)}]))
    assert result.best == "patience 5"
    assert next(rule for rule in result.rules if rule.rule == "PQ 0.75").best is None


def test_unknown_epochs_are_left_out_and_hours_decide() -> None:
    result = replay(report_of([{"patience 5": (0.0, None)}] * 6))
    assert result.rules[0].epochs_saved is None
    assert result.rules[0].hours_saved is not None


def test_a_run_counts_with_the_curve_whose_checkpoint_is_kept_or_with_the_one_asked_for() -> None:
    rows = {"patience 5": {"cost": 0.0, "cost_share": 0.0, "epochs_saved": 1.0, "seconds_saved": 1.0}}
    judged: list[tuple[str, Quantity, Mapping[str, Detail]]] = [
        ("val/accuracy", "accuracy", rows),
        ("val/loss", "loss", rows),
    ]
    report = Report("0", {}, (run_of(0, judged), run_of(1, judged[:1]), run_of(2, [("val/loss", "loss", {})])))
    assert [(run.run, run.tag) for run in replay(report).runs] == [("run0", "val/loss"), ("run1", "val/accuracy")]
    assert replay(report).without == ("run2",)
    assert {run.tag for run in replay(report, ["*accuracy"]).runs} == {"val/accuracy"}
    assert replay(report, ["nothing"]).without == ("run0", "run1", "run2")


def test_resampled_means_have_the_standard_error_of_the_mean() -> None:
    values = np.random.default_rng(1).standard_normal((50, 2))
    means = bootstrap_means(values, 4000)
    assert means.std(axis=0) == pytest.approx(values.std(axis=0) / np.sqrt(50), rel=0.05)
    assert np.array_equal(means, bootstrap_means(values, 4000))


def test_the_command_over_runs_that_overfit(loglens: Call, tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    for seed in range(6):
        with EventFileWriter(tmp_path / f"runs/seed{seed}") as writer:
            for step in range(40):
                loss = np.exp(-step / 4) + 0.02 * max(step - 12, 0) + 0.002 * random.standard_normal()
                writer.add_scalar("val/loss", float(loss), step, 1e9 + 60.0 * step)
    result = loglens("stopping", tmp_path / "runs", "--format", "json")
    assert (result.code, result.err) == (0, "")
    plain = json.loads(result.out)
    jsonschema.validate(plain, SCHEMA)
    rules = {rule["rule"]: rule for rule in plain["rules"]}
    assert rules["patience 3"]["hours_saved"]["mean"] == pytest.approx(24 / 60, abs=0.1)
    assert plain["best_patience"] in {"patience 1", "patience 2", "patience 3"}
    text = loglens("stopping", tmp_path / "runs").out
    assert "would have been best" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100
    assert "| rule |" in loglens("stopping", tmp_path / "runs", "--format", "markdown").out
    assert "cannot tell" in loglens("stopping", tmp_path / "runs/seed0").out
    assert loglens("stopping", tmp_path / "nothing").code == 2
