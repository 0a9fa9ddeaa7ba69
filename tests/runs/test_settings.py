"""What the user says: overrides that always win, seed patterns, and the override to paste."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loglens.config.read import read_config
from loglens.events.errors import LogLensError
from loglens.runs.groups import group_names
from loglens.runs.load import RunSettings
from loglens.runs.memory import run_from_arrays
from loglens.runs.overrides import RoleOverride, format_override
from tests.runs.logs import curve_of, runs_of, write

MINE = {"metrics/score": [1.0, 2.0], "my_train_thing": [1.0, 2.0], "debug/x": [1.0, 2.0]}


def settings(*overrides: RoleOverride) -> RunSettings:
    return RunSettings(overrides)


def test_overrides_win_and_the_first_match_decides() -> None:
    run = run_from_arrays(
        MINE,
        settings=settings(
            RoleOverride(tag="metrics/*", phase="validation", quantity="metric", direction="max", x_unit="epoch"),
            RoleOverride(tag="metrics/score", phase="test"),
            RoleOverride(tag="debug/*", ignore=True),
        ),
    )
    score = curve_of(run, "metrics/score")
    assert (score.role.phase, score.role.quantity, score.role.direction) == ("validation", "metric", "max")
    assert score.role.confidence == 1.0
    assert "set in the config" in score.role.reason
    assert score.x_unit == "epoch"
    assert [c.key.tag for c in run.curves] == ["metrics/score", "my_train_thing"]


def test_overrides_reach_one_run_or_one_folder_only(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for phase in ("train", "validation"):
            write(tmp_path / name / phase, {"thing": (range(5), 1.0), "loss": (range(5), 1.0)})
    runs = runs_of(
        tmp_path, settings=settings(RoleOverride(run="a/train", tag="thing", quantity="loss", direction="min"))
    )
    assert curve_of(runs["a"], "thing", "train").role.quantity == "loss"
    assert curve_of(runs["a"], "thing", "validation").role.quantity == "other"
    assert curve_of(runs["b"], "thing", "train").role.quantity == "other"
    runs = runs_of(tmp_path, settings=settings(RoleOverride(run="a*", tag="thing", quantity="loss", direction="min")))
    assert curve_of(runs["a"], "thing", "validation").role.quantity == "loss"


def test_pairs_can_be_set_and_unset() -> None:
    both = {"train/loss": [3, 2, 1.0], "val/loss": [3, 2, 1.0], "train/other_thing": [3, 2, 1.0]}
    run = run_from_arrays(both, settings=settings(RoleOverride(tag="val/loss", pair="train/other_thing")))
    assert curve_of(run, "val/loss").pair == curve_of(run, "train/other_thing").key
    assert curve_of(run, "train/other_thing").pair == curve_of(run, "val/loss").key
    assert curve_of(run, "train/loss").pair is None
    run = run_from_arrays(both, settings=settings(RoleOverride(tag="val/loss", pair="")))
    assert all(c.pair is None for c in run.curves)


def test_an_override_of_the_phase_is_seen_by_the_pairing() -> None:
    run = run_from_arrays(
        {"loss_a": [3, 2, 1.0], "loss_b": [3, 2, 1.0]},
        settings=settings(
            RoleOverride(tag="loss_a", phase="train", quantity="loss", direction="min"),
            RoleOverride(tag="loss_b", phase="validation", quantity="loss", direction="min"),
        ),
    )
    assert curve_of(run, "loss_b").pair == curve_of(run, "loss_a").key


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"phase": "valid"}, "did you mean 'validation'"),
        ({"direction": "higher"}, "known are min, max, none"),
        ({"quantity": "Loss"}, "did you mean 'loss'"),
        ({"tag": 3}, "must be a text"),
        ({"ignore": "yes"}, "must be true or false"),
    ],
)
def test_mistakes_name_the_nearest_known_word(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(LogLensError, match=said):
        RoleOverride(**entry)


def test_the_printed_override_can_be_pasted(tmp_path: Path) -> None:
    for phase in ("train", "validation"):
        write(tmp_path / "exp" / phase, {'[odd] "tag"\\x': (range(5), 1.0), "epoch_loss": (range(5), 1.0)})
    (run,) = runs_of(tmp_path).values()
    for curve in run.curves:
        config = tmp_path / "loglens.toml"
        config.write_text(format_override(run.name, curve), encoding="utf-8")
        (override,) = read_config(config).roles
        assert override.matches(run.name, curve.key)
        assert (override.phase, override.quantity) == (curve.role.phase, curve.role.quantity)
        again = runs_of(tmp_path, settings=settings(override))["exp"].curve(curve.key)
        assert again is not None
        assert (again.role.phase, again.pair) == (curve.role.phase, curve.pair)


def test_seeds_of_one_experiment_share_a_group() -> None:
    members = {
        "resnet": ["resnet/seed0", "resnet/seed_12", "resnet/s3", "resnet/run-3", "resnet/seed-4"],
        "vgg_lr0.1": ["vgg_seed=1_lr0.1", "vgg_seed=2_lr0.1"],
        "a#2": ["a/s1#2", "a/s2#2"],
    }
    groups = group_names(name for names in members.values() for name in names)
    assert groups == {name: group for group, names in members.items() for name in names}


def test_names_that_only_contain_such_letters_are_no_seeds() -> None:
    names = ["address3", "rerun3", "class3", "seedling", "v3", "exp#2", "lr3e-4", "resnets3x"]
    assert group_names(names) == {name: name for name in names}


def test_a_run_that_is_only_a_seed_is_grouped_under_dot() -> None:
    assert group_names(["seed1", "seed2"]) == {"seed1": ".", "seed2": "."}
    assert group_names(["x:seed1"]) == {"x:seed1": "x"}


def test_a_pattern_of_ones_own(tmp_path: Path) -> None:
    assert group_names(["a_rep1", "a_rep2"], r"rep\d+") == {"a_rep1": "a", "a_rep2": "a"}
    with pytest.raises(LogLensError, match="not a regular expression"):
        group_names([str(tmp_path)], "(")
