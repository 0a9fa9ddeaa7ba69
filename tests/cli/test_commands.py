"""`loglens runs`, `export`, `detectors`, `explain`: what they print, in text and for programs."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from loglens.config import read_config
from loglens.detector import discover
from loglens.events.reader import read_scalars
from loglens.events.writer import EventFileWriter
from tests.cli.conftest import Call, write_run


def test_runs_shows_every_decision_with_its_reason(loglens: Call, logs: Path) -> None:
    result = loglens("runs", logs)
    assert (result.code, result.err) == (0, "")
    assert "3 runs" in result.out
    assert "validation loss, lower is better" in result.out
    assert "seeds of" in result.out
    report = json.loads(loglens("runs", logs, "--format", "json").out)
    assert report["schema"] == "loglens.runs/1"
    assert [run["name"] for run in report["runs"]] == ["broken", "net/seed0", "net/seed1"]
    for curve in report["runs"][0]["curves"]:
        assert curve["role_reason"]
        assert curve["points"] == 40


def test_one_role_with_a_glob_settles_many_tags_and_pairs_them(loglens: Call, tmp_path: Path) -> None:
    steps = np.arange(30)
    with EventFileWriter(tmp_path / "many", wall_time=1.7e9) as writer:
        for phase in ("train", "val"):
            for task in range(4):
                values = np.exp(-steps / (9 + task)) + (0.1 if phase == "val" else 0.0)
                writer.add_series(f"{phase}/loss_task{task}", steps, values, 1.7e9 + steps)
    assert "one [[role]] may name many tags by a glob" in loglens("runs", tmp_path / "many").out
    table = '[[role]]\ntag = "{}/loss_*"\nphase = "{}"\nquantity = "loss"\ndirection = "min"\n'
    (tmp_path / "c.toml").write_text(table.format("val", "validation") + table.format("train", "train"))
    told = loglens("runs", tmp_path / "many", "--config", tmp_path / "c.toml", "--format", "json").out
    curves = json.loads(told)["runs"][0]["curves"]
    assert len(curves) == 8
    for curve in curves:
        assert curve["judged"]
        assert curve["pair"]["tag"].partition("/")[2] == curve["tag"].partition("/")[2]


def test_a_role_that_matches_nothing_is_told(loglens: Call, tmp_path: Path) -> None:
    logdir = write_run(tmp_path / "net")
    (tmp_path / "c.toml").write_text(
        '[[role]]\ntag = "vall/loss"\nphase = "validation"\n'
        '[[role]]\nrun = "other*"\ntag = "val/loss"\nphase = "test"\n'
        '[[role]]\ntag = "train/*"\nphase = "train"\n'
        '[[role]]\ntag = "debug/*"\nignore = true\n'
    )
    told = loglens("runs", logdir, "--config", tmp_path / "c.toml")
    assert told.code == 0
    assert told.err == (
        "The [[role]] of tag 'vall/loss' matches nothing here; did you mean 'val/loss'?\n"
        "The [[role]] of tag 'val/loss' in runs 'other*' matches nothing here.\n"
    )


def test_a_printed_override_can_be_pasted(loglens: Call, tmp_path: Path) -> None:
    logdir = write_run(tmp_path / "odd", tag="qqq")
    out = loglens("runs", logdir).out
    pasted = out[out.index("\n[[role]]") :]
    (tmp_path / "pasted.toml").write_text(pasted)
    assert len(read_config(tmp_path / "pasted.toml").roles) == 2
    for curve in json.loads(loglens("runs", logdir, "--format", "json").out)["runs"][0]["curves"]:
        assert not curve["judged"]
        table = tomllib.loads(curve["override"])["role"][0]
        assert table["tag"] == curve["tag"]


def test_an_override_of_alike_runs_speaks_of_all_of_them(loglens: Call, tmp_path: Path) -> None:
    for number in range(3):
        write_run(tmp_path / "odd" / f"run {number}\u202e", tag="qqq")
    out = loglens("runs", tmp_path / "odd").out
    assert "\u202e" not in out
    pasted = out[out.index("\n[[role]]") :].replace('"other"', '"loss"').replace('"none"', '"min"')
    (tmp_path / "cwd" / "loglens.toml").write_text(pasted)
    runs = json.loads(loglens("runs", tmp_path / "odd", "--format", "json").out)["runs"]
    assert len(runs) == 3
    assert all(curve["judged"] and curve["quantity"] == "loss" for run in runs for curve in run["curves"])


def test_an_override_wins(loglens: Call, tmp_path: Path) -> None:
    logdir = write_run(tmp_path / "odd", tag="qqq")
    (tmp_path / "cwd" / "loglens.toml").write_text(
        '[[role]]\ntag = "*/qqq"\nquantity = "metric"\ndirection = "max"\nphase = "validation"\n'
    )
    out = loglens("runs", logdir).out
    assert "validation metric" in out
    assert "higher is better" in out


def test_runs_with_the_same_tags_are_told_once(loglens: Call, tmp_path: Path) -> None:
    for number in range(30):
        write_run(tmp_path / "many" / f"run{number:02}")
    out = loglens("runs", tmp_path / "many").out
    assert "29 runs with the same tags" in out
    assert len(out.splitlines()) < 40


def test_export_holds_every_point_as_logged(loglens: Call, logs: Path, tmp_path: Path) -> None:
    expected = {
        (key.dir, key.tag, step, wall_time): value
        for key, series in read_scalars(logs).items()
        for step, wall_time, value in zip(
            series.steps.tolist(), series.wall_times.tolist(), series.values.tolist(), strict=True
        )
    }
    text = loglens("export", logs).out
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["run", "dir", "tag", "step", "wall_time", "value"]
    read = {(row[1], row[2], int(row[3]), float(row[4])): float(row[5]) for row in rows[1:]}
    assert len(rows) - 1 == len(read) == len(expected)
    np.testing.assert_equal(read, expected)

    lines = [json.loads(line) for line in loglens("export", logs, "--format", "jsonl").out.splitlines()]
    assert len(lines) == len(expected)
    assert [line["value"] for line in lines if line["run"] == "broken"][25] is None

    assert loglens("export", logs, "--output", tmp_path / "t.parquet").code == 0
    table = pyarrow.parquet.read_table(tmp_path / "t.parquet").to_pydict()
    names = zip(table["dir"], table["tag"], table["step"], table["wall_time"], strict=True)
    np.testing.assert_equal(dict(zip(names, table["value"], strict=True)), expected)

    document = json.loads(loglens("export", logs, "--format", "json").out)
    assert document["schema"] == "loglens.scalars/1"
    assert sum(len(series["steps"]) for series in document["series"]) == len(expected)


def test_blocks_of_points_leave_nothing_out(loglens: Call, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {form: loglens("export", logs, "--format", form).out for form in ("csv", "jsonl")}
    for points in (1, 7, 40):
        monkeypatch.setattr("loglens.views.series.BLOCK_POINTS", points)
        for form, expected in whole.items():
            assert loglens("export", logs, "--format", form).out == expected


def test_export_narrows_by_run_and_tag(loglens: Call, logs: Path) -> None:
    rows = list(csv.reader(io.StringIO(loglens("export", logs, "--run", "net/*", "--tag", "val/*").out)))[1:]
    assert {(row[0], row[2]) for row in rows} == {("net/seed0", "val/loss"), ("net/seed1", "val/loss")}
    nothing = loglens("export", logs, "--tag", "nothing")
    assert nothing.code == 2
    assert "'nothing'" in nothing.err
    assert nothing.out == ""


@pytest.mark.parametrize("name", ['comma,"quote"', "line\nbreak", "日本語"])
def test_export_quotes_names(loglens: Call, tmp_path: Path, name: str) -> None:
    logdir = write_run(tmp_path / "x", tag=name)
    rows = list(csv.reader(io.StringIO(loglens("export", logdir).out)))
    assert {row[2] for row in rows[1:]} == {f"train/{name}", f"val/{name}"}


@pytest.mark.parametrize("command", ["runs", "export"])
def test_nothing_readable_exits_2_with_the_reasons(loglens: Call, tmp_path: Path, command: str) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "events.out.tfevents.1").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    result = loglens(command, tmp_path / "bad")
    assert (result.code, result.out) == (2, "")
    assert "PNG" in result.err
    assert "events.out.tfevents.1" in result.err


def test_export_mistakes(loglens: Call, logs: Path) -> None:
    mistakes: list[tuple[list[str | Path], list[str]]] = [
        (["export", logs, "--format", "xlsx"], ["xlsx", "csv"]),
        (["export", logs, "--output", "/no/folder/x.csv"], ["/no/folder", "create it"]),
        (["export"], ["loglens export runs/"]),
    ]
    for arguments, words in mistakes:
        result = loglens(*arguments)
        assert (result.code, result.out) == (2, "")
        for word in words:
            assert word in result.err


def test_every_detector_is_listed_and_explained_from_its_own_words(loglens: Call) -> None:
    listed = json.loads(loglens("detectors", "--format", "json").out)
    assert listed["schema"] == "loglens.detectors/1"
    text = loglens("detectors").out
    for kind in discover():
        assert kind.name in text
        told = json.loads(loglens("explain", kind.name, "--format", "json").out)
        assert told["schema"] == "loglens.detector/1"
        assert told in [{"schema": told["schema"], **one} for one in listed["detectors"]]
        explained = loglens("explain", kind.name).out
        assert " ".join(told["title"].split()) in " ".join(explained.split())
        for parameter in told["parameters"]:
            assert parameter["name"] in explained
            assert parameter["source"], f"{kind.name}.{parameter['name']} does not say where its number comes from"


def test_an_unknown_detector_is_answered_with_the_nearest(loglens: Call) -> None:
    result = loglens("explain", "nonfinite")
    assert (result.code, result.out) == (2, "")
    assert "did you mean 'non-finite'?" in result.err
