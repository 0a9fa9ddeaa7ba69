"""A packed part of a report is the same part again, to the last bit; what is no packed part is told."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.events.series import SeriesKey
from loglens.judge import Judged
from loglens.later import Recent
from loglens.packed import Packed, pack, unpack
from loglens.pipeline import analyze
from loglens.report import DisplayCurve, Lost, Measurement, Report, RunReport, Unreadable
from loglens.verdict import Detail, Fact, Interval, Marker, Overlay, Verdict

SAMPLES = Path(__file__).parents[2] / "sample_logs"
KEY = SeriesKey("a/b", "loss \udc80 é")


def awkward() -> RunReport:
    """Every kind of evidence, and numbers that JSON has no word for."""
    values = np.array([1.5, math.nan, -math.inf, -0.0, 5e-324])
    steps = np.array([0, 1, 2, -(2**62), 2**63 - 1])
    evidence = (
        Marker(KEY, 3, "onset", math.inf),
        Interval(KEY, 1, None, "band", low=-0.0),
        Overlay(KEY, (1, 2, 3), (0.5, None, math.nan), "course"),
        Fact("share", 1, "x"),
        Fact("share", 1.0),
        Fact("is", True),
        Fact("none", None),
    )
    details: Mapping[str, Detail] = MappingProxyType(
        {"steps": (1, 2.0, (3, None)), "deep": {"list": ("a", True)}, "nan": math.nan}
    )
    verdicts = (
        Verdict("one", "fail", "said", 0.5, (KEY,), start_step=1, value=1, missing=("x",), details=details),
        Verdict("two", "pass", "said", tags=(KEY, KEY), evidence=evidence),
        Verdict("three", "warn", "said", evidence=evidence[:1]),
    )
    display = (
        DisplayCurve("a/b", KEY.tag, steps, values, values[::-1].copy(), values * 2),
        DisplayCurve("a/b", "short", steps[:0], values[:0], values[:0]),
    )
    measurements = (Measurement("best(x)", math.inf, "a", "x", "", (1, 2), (None, 2)),)
    return RunReport("a/b", "a", 4, None, Lost(1), (), verdicts, measurements, "keras", ("note",), display)


def columns(run: RunReport) -> list[object]:
    return [
        None if column is None else (column.dtype.str, column.tobytes())
        for c in run.display
        for column in (c.steps, c.wall_times, c.values, c.epochs)
    ]


def test_every_bit_comes_back() -> None:
    run = awkward()
    bad = (Unreadable("x/y", "why"),)
    back = unpack(pack(Judged((run, run), bad)), Recent())
    assert back.unreadable == bad
    for again in back.runs:
        assert repr(again.verdicts) == repr(tuple(_plain_details(verdict) for verdict in run.verdicts))
        assert repr(again.measurements) == repr(run.measurements)
        assert [type(again.steps_per_epoch), type(again.verdicts[0].value)] == [int, int]
        assert columns(again) == columns(run)
        assert again.to_json(curves=True) == run.to_json(curves=True)
        assert not any(curve.values.flags.writeable for curve in again.display)


def _plain_details(verdict: Verdict) -> Verdict:
    return dataclasses.replace(verdict, details=dict(verdict.details))


@pytest.mark.parametrize("place", sorted(path.name for path in SAMPLES.iterdir() if path.is_dir())[:3])
def test_real_runs_come_back_equal(place: str) -> None:
    runs = analyze(str(SAMPLES / place)).runs
    packed = pack(Judged(runs, ()))
    back = unpack(packed, Recent()).runs
    assert [run.to_json(curves=True) for run in back] == [run.to_json(curves=True) for run in runs]
    assert back[0].verdicts == runs[0].verdicts
    assert pack(Judged(back, ())) == packed


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("curves", [False, True])
def test_a_report_written_run_by_run_is_that_written_at_once(count: int, curves: bool) -> None:
    run = awkward()
    trap: dict[str, Detail] = {"seeds": '"runs": []', "detectors": {"runs": ()}}
    report = Report("1", trap, (run,) * count, (Unreadable('"runs": []', '], "runs": []'),))
    assert report.to_json(curves=curves) == json.dumps(report.to_plain(curves=curves), allow_nan=False)


def test_what_is_read_later_behaves_like_a_tuple() -> None:
    run = awkward()
    again = unpack(pack(Judged((run,), ())), Recent()).runs[0]
    evidence = again.verdicts[1].evidence
    assert len(evidence) == 7
    assert evidence[0] == run.verdicts[1].evidence[0]
    assert evidence[-2:] == run.verdicts[1].evidence[-2:]
    assert [item.kind for item in evidence][:3] == ["marker", "interval", "overlay"]
    assert again.verdicts[2].evidence == run.verdicts[2].evidence
    assert run.verdicts[2].evidence == again.verdicts[2].evidence
    assert hash(again.verdicts[2].evidence) == hash(run.verdicts[2].evidence)
    travelled = pickle.loads(pickle.dumps(again))
    assert columns(travelled) == columns(run)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_other_bytes_are_a_value_error(head: bytes, rest: bytes) -> None:
    for tried in (head, zlib.compress(head)):
        with pytest.raises(ValueError):
            unpack(Packed(tried, rest), Recent())


@given(st.data())
def test_json_of_another_shape_is_a_value_error(data: st.DataObject) -> None:
    plain = b"[[[1,2]],[],[3,4]]"
    at = data.draw(st.integers(0, len(plain)))
    with pytest.raises(ValueError):
        unpack(Packed(zlib.compress(plain[:at] + b"7" + plain[at:]), b"1234567"), Recent())
