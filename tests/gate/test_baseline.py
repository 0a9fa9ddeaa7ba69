"""Baseline files: what they hold, how they change, and what is said of a damaged one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from loglens.gate.baseline import baseline_text, read_baseline
from tests.gate.conftest import Call, config, write_group, write_seed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def saved(loglens: Call, projects: Path) -> Path:
    config(projects, '[[check]]\ntag = "val/loss"\nstatistic = "best"')
    assert loglens("baseline", "save", "old", "-o", "b.json").code == 0
    return projects / "b.json"


def test_what_a_baseline_holds(saved: Path) -> None:
    plain = json.loads(saved.read_text())
    assert plain["schema"] == "loglens.baseline/1"
    assert set(plain) == {"schema", "loglens_version", "created", "environment", "groups"}
    (group,) = plain["groups"]
    assert {sample["rule"] for sample in group["samples"]} == {"best(val/loss)", "curve(val/loss)"}
    assert group["fingerprint"]["val/loss: last step"] == 2900
    best, curve = group["samples"]
    assert [seed["run"] for seed in best["seeds"]] == [f"net/seed{i}" for i in range(4)]
    assert all(isinstance(seed["value"], float) for seed in best["seeds"])
    assert all(len(seed["steps"]) == len(seed["values"]) == 30 for seed in curve["seeds"])
    schema = json.loads((ROOT / "loglens" / "schemas" / "baseline.schema.json").read_text())
    jsonschema.validate(plain, schema)


def test_it_is_read_back_as_it_was_written_and_stays_small(saved: Path) -> None:
    assert baseline_text(read_baseline(saved)) == saved.read_text()
    assert saved.stat().st_size < 8_000, "4 seeds, one number and one curve each"
    assert max(len(line) for line in saved.read_text().splitlines()) < 1_200


def test_save_does_not_overwrite_unless_forced(loglens: Call, saved: Path) -> None:
    before = saved.read_text()
    refused = loglens("baseline", "save", "worse", "-o", "b.json")
    assert refused.code == 2
    assert "--force" in refused.err
    assert saved.read_text() == before
    assert loglens("baseline", "save", "worse", "-o", "b.json", "--force").code == 0
    assert saved.read_text() != before


@pytest.mark.usefixtures("projects")
def test_a_folder_that_is_not_there_is_told_before_anything_is_shown(loglens: Call) -> None:
    refused = loglens("baseline", "save", "old", "-o", "nowhere/b.json")
    assert refused.code == 2
    assert "the folder nowhere does not exist" in refused.err
    assert refused.out == ""


@pytest.mark.usefixtures("projects")
def test_one_seed_has_one_value(loglens: Call) -> None:
    loglens("baseline", "save", "old/net/seed0", "-o", "one.json")
    listed = loglens("baseline", "list", "-f", "one.json").out
    assert "1 run, experiment" in listed
    assert ", 1 seed\n" in listed
    assert " to " not in listed


def test_dry_run_shows_and_writes_nothing(loglens: Call, saved: Path) -> None:
    before = saved.read_text()
    shown = loglens("baseline", "update", "worse", "-f", "b.json", "--dry-run")
    assert shown.code == 0
    assert "~ net: best(val/loss) = " in shown.out
    assert saved.read_text() == before
    first = loglens("baseline", "save", "old", "-o", "other.json", "--dry-run")
    assert first.code == 0
    assert "+ net: curve(val/loss) (4 seeds)\n" in first.out  # a curve has no one value to tell
    assert not (saved.parent / "other.json").exists()


def test_update_takes_in_what_is_new_and_keeps_the_rest(loglens: Call, saved: Path) -> None:
    for seed in range(3):
        write_seed(saved.parent / "more" / "mlp" / f"seed{seed}", seed)
    assert loglens("baseline", "update", "more", "-f", "b.json").code == 0
    groups = json.loads(saved.read_text())["groups"]
    assert [(group["name"], len(group["samples"][0]["seeds"])) for group in groups] == [("net", 4), ("mlp", 3)]
    assert loglens("baseline", "update", "more", "-f", "b.json").out == "Nothing changes.\n"


@pytest.mark.usefixtures("saved")
def test_list_and_diff(loglens: Call) -> None:
    listed = loglens("baseline", "list", "-f", "b.json")
    assert "net  4 runs" in listed.out
    assert "best(val/loss): 0.2" in listed.out or "best(val/loss): 0.3" in listed.out
    plain = loglens("baseline", "list", "-f", "b.json", "--format", "json").json
    assert plain["schema"] == "loglens.baseline-list/1"
    assert loglens("baseline", "diff", "old", "-f", "b.json").out == "Nothing changes.\n"
    assert "~ net: best(val/loss)" in loglens("baseline", "diff", "worse", "-f", "b.json").out
    changes = loglens("baseline", "diff", "worse", "-f", "b.json", "--format", "json").json["changes"]
    assert {change["rule"] for change in changes} == {"best(val/loss)", "curve(val/loss)"}
    loglens("baseline", "save", "worse", "-o", "w.json")
    assert "~ net: best(val/loss)" in loglens("baseline", "diff", "w.json", "-f", "b.json").out


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text[:0], "not JSON"),
        (lambda text: "<<<<<<< HEAD\n" + text, "merge conflict"),
        (lambda text: f"[{text[:0]}]", "loglens baseline save"),
        (lambda text: text.replace("loglens.baseline/1", "loglens.baseline/9"), "'loglens.baseline/9'"),
        (lambda text: text.replace('"value": 0', '"value": "x0'), "not JSON"),
        (lambda text: text.replace('"min"', '"down"'), "direction"),
        (lambda text: text.replace('"groups"', '"group"'), "groups"),
    ],
)
def test_damaged_files_are_told(loglens: Call, saved: Path, spoil: Callable[[str], str], told: str) -> None:
    saved.write_text(spoil(saved.read_text()))
    result = loglens("check", "same", "--baseline", "b.json")
    assert result.code == 2
    assert "b.json" in result.err
    assert told in result.err


@pytest.mark.usefixtures("projects")
def test_a_baseline_that_is_not_there(loglens: Call) -> None:
    result = loglens("check", "same", "--baseline", "none.json")
    assert result.code == 2
    assert "loglens baseline save" in result.err


def test_nothing_to_save(loglens: Call, tmp_path: Path) -> None:
    config(tmp_path, '[[check]]\ntag = "no/such"')
    write_group(tmp_path / "logs", 1)
    result = loglens("baseline", "save", "logs")
    assert result.code == 2
    assert "nothing to put into a baseline" in result.err
