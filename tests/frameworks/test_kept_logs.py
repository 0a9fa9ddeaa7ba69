"""Every framework, without installing it: the logs that the suite kept, against what the framework reported."""

from __future__ import annotations

import io
import json
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks.check import problems
from tests.frameworks.page import PAGE, render
from tests.frameworks.suite import FRAMEWORKS, Framework

HERE = Path(__file__).resolve().parent


def read(script: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What read.py prints of the kept logs."""
    monkeypatch.setattr(sys, "argv", ["read.py", str(HERE / "logs" / script)])
    with redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(HERE / "read.py"))
    return json.loads(printed.getvalue())


def reported(script: str) -> Any:
    return json.loads((HERE / "logs" / script / "reported.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda one: one.script)
def test_as_the_framework_reports(framework: Framework, monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(reported(framework.script), read(framework.script, monkeypatch))
    assert found == list(framework.known)


def test_a_wrong_value_role_pair_epoch_and_verdict_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, told = reported("keras_fit"), read("keras_fit", monkeypatch)
    training = facts["trainings"][0]
    training["curves"][0]["values"][3] *= 1.001
    training["curves"][1]["role"] = "validation accuracy max"
    training["pairs"][0].reverse()
    training["pairs"][1][1] += "?"
    training["steps_per_epoch"] *= 1.02
    training["variant"] = "small-set"
    words = (
        "not what the framework reported",
        "is train accuracy max",
        "is paired with",
        "steps per epoch",
        "the fault",
    )
    found = problems(facts, told)
    assert [word for word in words if not any(word in problem for problem in found)] == []


def test_the_page_shows_these_logs() -> None:
    assert PAGE.read_text(encoding="utf-8") == render()


def test_the_logs_stay_small() -> None:
    assert sum(file.stat().st_size for file in (HERE / "logs").rglob("*") if file.is_file()) < 1_000_000
