"""The shipped JSON Schemas: reports validate, mistaken ones do not, and configs likewise."""

from __future__ import annotations

import copy
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from loglens.config.schema import config_schema
from loglens.events.series import SeriesKey
from loglens.pipeline import analyze_curves
from loglens.report import CurveReport, DisplayCurve, Lost, Measurement, Report, RunReport, Unreadable
from loglens.schema import json_schema
from loglens.verdict import Fact, Interval, Marker, Overlay, Verdict
from tests.test_config import WHOLE

REPORT_SCHEMA = json_schema(Report, title="LogLens report", output=True)
KEY = SeriesKey("run", "val/loss")


def full_report() -> Report:
    """One of everything, with numbers that are not finite."""
    evidence = (
        Marker(KEY, 1, "m", float("nan")),
        Interval(KEY, 1, None, "i"),
        Overlay(KEY, (1,), (None,), "o"),
        Fact("f", None),
    )
    verdict = Verdict(
        "x",
        "fail",
        "s",
        0.9,
        (KEY,),
        start_step=1,
        value=float("inf"),
        details={"a": (1, {"b": None})},
        evidence=evidence,
    )
    curve = CurveReport("run", "val/loss", "validation", "loss", "", "min", "step", 3, 0, 2, 0, 0.9, "why", KEY)
    display = DisplayCurve("run", "val/loss", np.array([0]), np.array([0.0]), np.array([np.nan]))
    run = RunReport("run", "run", None, 8, Lost(), (curve,), (verdict,), (Measurement("r", None),), display=(display,))
    return Report("0", {"seeds": "x"}, (run,), (Unreadable("p", "r"),))


def test_the_schemas_are_valid_themselves() -> None:
    jsonschema.Draft202012Validator.check_schema(REPORT_SCHEMA)
    jsonschema.Draft202012Validator.check_schema(config_schema())


@pytest.mark.parametrize("curves", [False, True])
def test_reports_validate(curves: bool) -> None:
    jsonschema.validate(json.loads(full_report().to_json(curves=curves)), REPORT_SCHEMA)
    steps = np.arange(30)
    real = Report(
        "0", {}, (analyze_curves({"train/loss": (steps, np.exp(-steps / 9)), "val/loss": (steps, steps * 0.1)}),)
    )
    jsonschema.validate(json.loads(real.to_json(curves=curves)), REPORT_SCHEMA)


def _without(key: str) -> Any:
    return lambda run: run.pop(key)


@pytest.mark.parametrize(
    "spoil",
    [
        _without("verdicts"),
        _without("lost"),
        lambda run: run["verdicts"][0].update(status="bad"),
        lambda run: run["verdicts"][0].update(start_step="one"),
        lambda run: run["verdicts"][0]["evidence"][0].update(kind="drawing"),
        lambda run: run["curves"][0].update(phase="valid"),
        lambda run: run["curves"][0].update(pair="train/loss"),
        lambda run: run.update(batch_size=1.5),
    ],
)
def test_a_spoilt_report_does_not_validate(spoil: Any) -> None:
    plain = json.loads(full_report().to_json())
    spoilt = copy.deepcopy(plain)
    spoil(spoilt["runs"][0])
    assert spoilt != plain
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, REPORT_SCHEMA)


def test_a_config_validates_and_a_mistaken_one_does_not() -> None:
    schema = config_schema()
    table = json.loads(json.dumps(tomllib.loads(WHOLE), default=str))
    jsonschema.validate(table, schema)
    for spoilt in (
        {"seed": "x"},
        {"check": [{"tags": "x"}]},
        {"check": [{"max": 1}]},
        {"role": [{"phase": "valid"}]},
        {"check": [{"tag": "x", "rel_tol": -1}]},
        {"check": [{"tag": "x", "line": 3}]},
        {"detectors": {"non-finite": {"enabled": "no"}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoilt, schema)


def test_the_shipped_report_schema_is_the_generated_one() -> None:
    shipped = Path(__file__).parents[2] / "loglens" / "schemas" / "report.schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == REPORT_SCHEMA


def test_records_and_the_notebook_table() -> None:
    report = full_report()
    (record,) = report.to_records()
    assert (record["run"], record["detector"], record["tag"], record["start_step"]) == ("run", "x", "val/loss", 1)
    html = report._repr_html_()
    assert "<table>" in html
    assert "fail" in html
    spoken = RunReport("<script>", "g", None, None, Lost(), (), ())
    assert "<script>" not in spoken._repr_html_()
    assert spoken._repr_html_() == Report("0", {}, (spoken,))._repr_html_()


def test_a_prompt_shows_a_line_and_a_notebook_what_could_not_be_read() -> None:
    """A report holds every point that is drawn: as dataclasses are shown it would fill thousands of lines."""
    report = full_report()
    run = report.runs[0]
    assert repr(run) == "<RunReport 'run': fail: x>"
    assert repr(replace(report, unreadable=())) == "<Report 1 run: 1 fail>"
    lost = replace(report, runs=(), unreadable=(Unreadable("<b>/x", "is a folder"), Unreadable("y", "is gone")))
    assert repr(lost) == "<Report 0 runs: nothing; 2 places could not be read>"
    assert "&lt;b&gt;/x: is a folder" in lost._repr_html_()
