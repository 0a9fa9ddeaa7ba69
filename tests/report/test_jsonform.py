"""The JSON form of the result types, there and back."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from loglens.events.series import SeriesKey
from loglens.jsonform import from_plain, to_plain
from loglens.report import SCHEMA, DisplayCurve, Lost, Report, RunReport
from loglens.verdict import Fact, Interval, Marker, Overlay, Verdict

KEY = SeriesKey("run/validation", "epoch_loss")
VERDICT = Verdict(
    detector="overfitting",
    status="warn",
    summary="Validation loss rises.",
    confidence=0.9,
    tags=(KEY,),
    start_step=4,
    details={"depth": 0.2, "gap": None, "steps": (1, 2)},
    evidence=(
        Marker(KEY, 4, "onset", 0.5),
        Interval(KEY, 4, None, "rising"),
        Overlay(KEY, (1, 2), (0.5, None), "smoothed"),
        Fact("depth", 0.2, "share of progress"),
    ),
)
DISPLAY = DisplayCurve("run", "loss", np.array([1, 2]), np.array([0.0, 1.0]), np.array([0.5, math.nan]))
RUN = RunReport("run", "run", 10.0, None, Lost(bad_records=1), (), (VERDICT,), display=(DISPLAY,))


def test_a_report_survives_json() -> None:
    report = Report("0", {"seeds": "x"}, (RUN,))
    text = json.dumps(to_plain(report), allow_nan=False)
    back = from_plain(Report, json.loads(text))
    assert back.schema == SCHEMA
    assert back.runs[0].verdicts == (VERDICT,)
    assert back.runs[0].lost == RUN.lost
    np.testing.assert_array_equal(back.runs[0].display[0].values, DISPLAY.values)
    assert to_plain(back) == to_plain(report)


def test_numbers_that_are_not_finite_become_null() -> None:
    assert to_plain((math.inf, -math.inf, math.nan, np.array([math.nan]))) == [None, None, None, [None]]


def test_a_key_is_an_object() -> None:
    assert to_plain(KEY) == {"dir": "run/validation", "tag": "epoch_loss"}


def test_what_has_no_json_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        to_plain({1})


@pytest.mark.parametrize(
    ("plain", "complaint"),
    [
        ({"detector": "x", "status": "bad", "summary": ""}, "Verdict.status: 'bad' is none of"),
        ({"detector": 1, "status": "pass", "summary": ""}, "Verdict.detector: expected str, found 1"),
        ({"status": "pass", "summary": ""}, "detector"),
        ([], "Verdict: expected an object, found list"),
    ],
)
def test_data_that_does_not_fit_names_the_field(plain: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_plain(Verdict, plain)


def test_keys_of_a_newer_version_are_ignored() -> None:
    plain = to_plain(VERDICT) | {"added_later": 1}
    assert from_plain(Verdict, plain) == VERDICT
