"""`loglens analyze sample_logs` says what is known of the samples: the truth is in labels.json, from interventions."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from loglens.detector import discover
from loglens.pipeline import analyze
from loglens.report import RunReport
from loglens.verdict import FINDINGS, Verdict

SAMPLES = Path(__file__).parent.parent / "sample_logs"
LABELS: dict[str, Any] = json.loads((SAMPLES / "labels.json").read_text())["runs"]
DETECTORS = {detector.name for detector in discover()}
CASES = [(run, detector) for run, label in LABELS.items() for detector in label["expected"] if detector in DETECTORS]


@cache
def report() -> dict[str, RunReport]:
    return {run.name: run for run in analyze(str(SAMPLES)).runs}


def verdicts(run: str, detector: str) -> list[Verdict]:
    return [verdict for verdict in report()[run].verdicts if verdict.detector == detector]


def test_every_sample_is_one_run() -> None:
    assert sorted(report()) == sorted(LABELS)


@pytest.mark.parametrize(("run", "detector"), CASES, ids="-".join)
def test_the_verdict_agrees_with_the_truth(run: str, detector: str) -> None:
    """A fault that was verified is found on a curve at least, at its place; an absent one on none."""
    expected = LABELS[run]["expected"][detector]
    found = verdicts(run, detector)
    assert found, f"no verdict of {detector}"
    if not set(expected["status"]) & set(FINDINGS):
        assert [v.summary for v in found if v.is_finding] == []
        return
    right = [v for v in found if v.status in expected["status"]]
    assert right, [v.summary for v in found]
    assert any(_in_place(v, expected, LABELS[run]["steps_per_epoch"]) for v in right), [v.summary for v in right]


@pytest.mark.parametrize("run", [run for run, label in LABELS.items() if "overfitting" in label["present"]])
def test_the_best_epoch_of_an_overfitting_run_is_in_the_set(run: str) -> None:
    """The truth is told on fresh samples: some loss's set of best steps must reach into the epochs as good as it."""
    first, last = LABELS[run]["best_epochs"]
    per_epoch = LABELS[run]["steps_per_epoch"]
    spans = []
    for verdict in verdicts(run, "stopping"):
        curve = next(c for c in report()[run].curves if (c.dir, c.tag) == tuple(verdict.tags[0]))
        if verdict.status == "pass" and curve.quantity == "loss":
            scale = 1 if curve.x_unit == "epoch" else per_epoch
            begin, end = verdict.details["set_first_step"], verdict.details["set_last_step"]
            assert isinstance(begin, int)
            assert isinstance(end, int)
            spans.append((begin / scale, (end + 1) / scale))
    assert any(begin <= last + 1 and end >= first - 1 for begin, end in spans), (spans, first, last)


def _in_place(verdict: Verdict, expected: dict[str, Any], steps_per_epoch: int) -> bool:
    """Whether it starts where the truth says, as far as the label says where."""
    if expected.get("onset_epochs"):
        first, last = expected["onset_epochs"]
        return verdict.start_epoch is not None and first <= verdict.start_epoch <= last
    if expected.get("first_step") is not None:
        return verdict.start_step is not None and abs(verdict.start_step - expected["first_step"]) <= steps_per_epoch
    if expected.get("steps"):  # caused there; logged at the next logged step, told on an epoch curve at its end
        return verdict.start_step is not None and any(
            0 <= verdict.start_step - step <= steps_per_epoch for step in expected["steps"]
        )
    return True
