"""`loglens compare`: the same reading for two runs or two groups of seeds."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from loglens.events.writer import EventFileWriter
from tests.gate.conftest import Call, config, write_group, write_seed

ROOT = Path(__file__).parents[2]


def test_two_runs_with_one_seed_each_are_undetermined(loglens: Call, tmp_path: Path) -> None:
    # a change of 30 times the noise within a run, that the luck of a seed can make as well
    write_seed(tmp_path / "a", 1)
    write_seed(tmp_path / "b", 2, worse=0.03)
    result = loglens("compare", "a", "b", "--format", "json")
    assert result.code == 0
    assert {reading["better"] for reading in result.json["readings"]} == {"undetermined"}
    text = loglens("compare", "a", "b").out
    assert text.startswith("Undetermined: one seed each")
    assert "3 seeds a side" in text


@pytest.mark.usefixtures("projects")
def test_which_is_better_by_how_much_and_where_they_part(loglens: Call) -> None:
    result = loglens("compare", "old", "worse", "--format", "json")
    readings = {(r["statistic"], r["tag"]): r for r in result.json["readings"]}
    assert set(readings) == {(s, f"val/{t}") for s in ("best", "final", "curve") for t in ("loss", "accuracy")}
    for statistic in ("best", "final"):
        reading = readings[statistic, "val/loss"]
        assert reading["better"] == "a"
        assert reading["low"] < 0.05 < reading["high"] or reading["difference"] == pytest.approx(0.05, abs=0.03)
        assert reading["adjusted_p"] >= reading["p_value"]
    assert readings["final", "val/accuracy"]["better"] == "a"
    assert "old is surely better" in loglens("compare", "old", "worse").out
    assert "old is surely better" in loglens("compare", "worse", "old").out


@pytest.mark.usefixtures("projects")
def test_no_difference_seen_tells_what_could_be_seen(loglens: Call) -> None:
    text = loglens("compare", "old", "same").out
    assert text.startswith("No difference seen, which is not the same as none")
    assert "% of the time" in " ".join(text.split())


def test_runs_without_seeds_in_their_names_are_pooled_and_told(loglens: Call, tmp_path: Path) -> None:
    for i, name in enumerate(("ada", "bob", "cyd")):
        write_seed(tmp_path / "x" / name, i)
        write_seed(tmp_path / "y" / f"{name}2", 10 + i, worse=0.2)
    result = loglens("compare", "x", "y", "--format", "json", "--tag", "val/loss")
    assert "taken as seeds" in result.json["notes"][0]
    final = next(r for r in result.json["readings"] if r["statistic"] == "final")
    assert (len(final["a"]), len(final["b"]), final["better"]) == (3, 3, "a")


def test_groups_of_the_same_name_are_compared_each(loglens: Call, tmp_path: Path) -> None:
    for side, worse in (("x", 0.0), ("y", 0.2)):
        for group in ("mlp", "cnn"):
            for seed in range(3):
                write_seed(tmp_path / side / group / f"seed{seed}", seed, worse=worse if group == "cnn" else 0.0)
    readings = loglens("compare", "x", "y", "--format", "json", "--tag", "val/loss").json["readings"]
    final = {r["group"]: r["better"] for r in readings if r["statistic"] == "final"}
    assert final == {"mlp": "no-difference-seen", "cnn": "a"}


def test_other_experiments_are_told(loglens: Call, tmp_path: Path) -> None:
    write_group(tmp_path / "x", 3)
    write_group(tmp_path / "y", 3, points=60)
    comment = loglens("compare", "x", "y", "--format", "markdown").out
    assert "> not the same experiment: val/loss: last step: 2900 in x, 5900 in y" in comment
    assert "\n\n\n" not in comment


def test_mistakes(loglens: Call, projects: Path) -> None:
    assert "both have: train/loss" in loglens("compare", "old", "same", "--tag", "val/los").err
    assert loglens("compare", "old", "nowhere").code == 2
    config(projects, "")
    assert loglens("compare", "old").code == 2


@pytest.mark.usefixtures("projects")
def test_the_json_is_of_its_schema(loglens: Call) -> None:
    schema = json.loads((ROOT / "loglens" / "schemas" / "comparison.schema.json").read_text())
    jsonschema.validate(loglens("compare", "old", "worse", "--format", "json").json, schema)


def keras_run(folder: Path, accuracy: float) -> None:
    """Logs as Keras' TensorBoard callback lays them out, ending at this validation accuracy."""
    rising = accuracy - 0.5 * np.exp(-np.arange(20) / 2)
    rising[-1] = accuracy
    for phase in ("train", "validation"):
        (folder / phase).mkdir(parents=True)
        with EventFileWriter(folder / phase, wall_time=1.7e9) as writer:
            writer.add_series("epoch_accuracy", np.arange(20), rising, 1.7e9 + np.arange(20))


def test_is_097600_against_097599_a_difference(loglens: Call, tmp_path: Path) -> None:
    keras_run(tmp_path / "a", 0.97600)
    keras_run(tmp_path / "b", 0.97599)
    text = " ".join(loglens("compare", "a", "b").out.split())
    assert text.startswith("Undetermined: one seed each: the difference may be nothing but the luck of a seed")
    assert "0.976" in text
    assert "0.97599" in text
    spread = (0.0, 0.002, -0.001, 0.0015, -0.002)
    for i, luck in enumerate(spread):
        keras_run(tmp_path / "more_a" / f"seed{i}", 0.97600 + luck)
        keras_run(tmp_path / "more_b" / f"seed{i}", 0.97599 - luck)
    text = " ".join(loglens("compare", "more_a", "more_b").out.split())
    assert text.startswith("No difference seen, which is not the same as none")
    assert "With 5 seeds a side" in text


def test_a_train_loss_that_gives_way_to_the_other_sides_validation_is_said_so(loglens: Call, tmp_path: Path) -> None:
    for name, tags in (("a", ("loss",)), ("b", ("loss", "val_loss"))):
        with EventFileWriter(tmp_path / name) as writer:
            for tag in tags:
                writer.add_series(tag, range(40), np.linspace(2.0, 1.0, 40))
    result = loglens("compare", "a", "b")
    assert result.code == 2
    assert "--tag 'loss'" in result.err
    assert loglens("compare", "a", "b", "--tag", "loss").code == 0
