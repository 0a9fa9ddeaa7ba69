"""Runs from folders: phases joined, experiments kept apart, several trainings of one folder told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runs.logs import START, curve_of, falling, runs_of, write

EPOCHS = range(8)


def pair(root: Path, train: str, held: str, tag: str = "loss", wall: float = START) -> None:
    write(root / train, {tag: (EPOCHS, falling(8))}, wall=wall)
    write(root / held, {tag: (EPOCHS, falling(8))}, wall=wall + 0.5)


@pytest.mark.parametrize(
    ("train", "held", "phase"),
    [
        ("train", "validation", "validation"),  # Keras, AllenNLP
        ("train", "eval", "validation"),  # Object Detection API, MXNet
        ("train", "evalcoco", "validation"),  # Object Detection API: no separator
        ("train_inner", "valid1", "validation"),  # fairseq
        ("train_log", "valid_log", "validation"),  # Catalyst
        ("learn", "test", "validation"),  # CatBoost: its test is the eval_set
        ("train", "training_eval/task_v1", "validation"),  # T5X
        ("train", "test", "test"),
        (".", "eval", "validation"),  # tf.estimator
        (".", "eval_dev", "validation"),
    ],
)
@pytest.mark.parametrize("name", [".", "exp/seed 3/日本"])
def test_phase_folders_are_one_run_with_their_parents_name(
    tmp_path: Path, train: str, held: str, phase: str, name: str
) -> None:
    tag = "Logloss" if train == "learn" else "loss"
    pair(tmp_path / name, train, held, tag)
    (run,) = runs_of(tmp_path).values()
    assert run.name == name
    low = next(c for c in run.curves if c.role.phase == phase)
    assert low.key.dir == ("" if name == "." else name + "/") + held
    assert low.pair is not None
    assert run.curve(low.pair) is not None
    assert run.curve(low.pair).role.phase == "train"  # type: ignore[union-attr]
    assert run.curve(low.pair).pair == low.key  # type: ignore[union-attr]
    assert low.trusted


def test_fairseq_keeps_its_three_folders_together(tmp_path: Path) -> None:
    for folder in ("train_inner", "train", "valid", "valid1"):
        write(tmp_path / folder, {"loss": (EPOCHS, falling(8)), "wps": (EPOCHS, 3e4), "ups": (EPOCHS, 2.0)})
    (run,) = runs_of(tmp_path).values()
    assert run.framework == "fairseq"
    pairs = {c.key.dir: c.pair.dir for c in run.curves if c.pair and c.role.phase == "validation"}
    assert pairs == {"valid": "train", "valid1": "train"}  # the epoch's mean, not a window of steps


def test_add_scalars_folders_belong_to_their_parent(tmp_path: Path) -> None:
    write(tmp_path / "exp", {"lr": (EPOCHS, 0.1)})
    for key in ("train", "valid"):
        write(tmp_path / f"exp/Loss_epoch_{key}", {"Loss/epoch": (EPOCHS, falling(8))})
        write(tmp_path / f"exp/acc_{key}", {"acc": (EPOCHS, falling(8))})
    (run,) = runs_of(tmp_path).values()
    assert run.name == "exp"
    assert {(c.key.dir, c.role.phase, c.role.quantity) for c in run.curves} == {
        ("exp", "train", "learning-rate"),
        ("exp/Loss_epoch_train", "train", "loss"),
        ("exp/Loss_epoch_valid", "validation", "loss"),
        ("exp/acc_train", "train", "accuracy"),
        ("exp/acc_valid", "validation", "accuracy"),
    }
    assert {c.pair.dir for c in run.curves if c.pair} == {
        "exp/Loss_epoch_train",
        "exp/Loss_epoch_valid",
        "exp/acc_train",
        "exp/acc_valid",
    }


def test_add_scalars_title_that_names_both_phases(tmp_path: Path) -> None:
    title = "Training vs. Validation Loss"
    write(tmp_path, {"lr": (EPOCHS, 0.1)})
    for key in ("Training", "Validation"):
        write(tmp_path / f"{title}_{key}", {title: (EPOCHS, falling(8))})
    (run,) = runs_of(tmp_path).values()
    assert curve_of(run, title, f"{title}_Training").role.phase == "train"
    assert curve_of(run, title, f"{title}_Validation").role.phase == "validation"


def test_experiments_that_happen_to_be_called_like_phases_stay_apart(tmp_path: Path) -> None:
    both = {"train/loss": (EPOCHS, falling(8)), "val/loss": (EPOCHS, falling(8))}
    for name in ("train", "test", "exp1"):
        write(tmp_path / name, both)
    assert sorted(runs_of(tmp_path)) == ["exp1", "test", "train"]


def test_experiments_below_a_folder_called_train_are_no_phase(tmp_path: Path) -> None:
    for name in ("exp", "exp2"):
        write(tmp_path / "runs/train" / name, {"loss": (EPOCHS, falling(8)), "lr": (EPOCHS, 0.1)})
    runs = runs_of(tmp_path)
    assert list(runs) == ["runs/train/exp", "runs/train/exp2"]


def test_one_phase_folder_without_company_keeps_its_own_name(tmp_path: Path) -> None:
    write(tmp_path / "a/test", {"loss": (EPOCHS, falling(8))})
    write(tmp_path / "b/exp", {"loss": (EPOCHS, falling(8))})
    assert list(runs_of(tmp_path)) == ["a/test", "b/exp"]


def test_folders_that_share_nothing_are_not_joined(tmp_path: Path) -> None:
    write(tmp_path / "train", {"loss": (EPOCHS, falling(8))})
    write(tmp_path / "test", {"rollout/ep_rew_mean": (EPOCHS, 1.0), "time/fps": (EPOCHS, 9.0)})
    assert sorted(runs_of(tmp_path)) == ["test", "train"]


def test_hparams_child_of_add_hparams_belongs_to_its_run(tmp_path: Path) -> None:
    write(tmp_path / "exp", {"train_loss": (EPOCHS, falling(8)), "val_loss": (EPOCHS, falling(8))})
    write(
        tmp_path / "exp/1700000123.4567",
        {"hparam/loss": ([0], [0.3])},
        hparams={"batch_size": 64.0, "lr": 0.01},
        wall=START + 100,
    )
    (run,) = runs_of(tmp_path).values()
    assert run.name == "exp"
    assert run.batch_size == 64
    assert run.learning_rate == 0.01
    assert curve_of(run, "hparam/loss").role.phase == "none"


def test_a_file_whose_steps_start_over_is_another_training(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "exp", {"loss": (range(5), falling(5))}, wall=START + 100 * number)
    runs = runs_of(tmp_path)
    assert list(runs) == ["exp", "exp#2", "exp#3"]
    assert all(len(run.curves) == 1 and len(run.curves[0].steps) == 5 for run in runs.values())
    assert all(run.curves[0].key.dir == "exp" for run in runs.values())


def test_a_file_whose_steps_go_on_continues(tmp_path: Path) -> None:
    write(tmp_path, {"loss": (range(5), 1.0)})
    write(tmp_path, {"loss": (range(5, 9), 0.5)}, wall=START + 100)
    (run,) = runs_of(tmp_path).values()
    assert curve_of(run, "loss").steps.tolist() == list(range(9))
    assert run.restarts == ()


def test_a_second_file_with_other_tags_belongs_to_the_same_training(tmp_path: Path) -> None:
    write(tmp_path, {"epoch": ([49, 99], [0, 1]), "hp_metric": ([0], [-1]), "train_loss": ([49, 99], 1.0)})
    write(tmp_path, {"epoch": ([100], [2]), "hp_metric": ([0], [-1]), "test_loss": ([100], 0.7)}, wall=START + 60)
    (run,) = runs_of(tmp_path).values()
    assert {c.key.tag for c in run.curves} == {"epoch", "hp_metric", "train_loss", "test_loss"}


def test_another_logging_interval_from_zero_is_another_training(tmp_path: Path) -> None:
    write(tmp_path, {"train/loss": (range(10, 1000, 10), 1.0)})
    write(tmp_path, {"train/loss": (range(100, 800, 100), 1.0)}, wall=START + 2000)
    assert len(runs_of(tmp_path)) == 2


def test_trainings_of_phase_folders_are_matched_by_when_they_were_written(tmp_path: Path) -> None:
    write(tmp_path / "train", {"epoch_loss": (range(2), 1.0)}, wall=START)  # stopped before its first validation
    for number in (1, 2):
        begin = START + 1000 * number
        write(tmp_path / "train", {"epoch_loss": (range(6), float(number))}, wall=begin)
        write(tmp_path / "validation", {"epoch_loss": (range(6), 10.0 * number)}, wall=begin + 0.5)
    runs = runs_of(tmp_path)
    assert list(runs) == [".", ".#2", ".#3"]
    assert [len(run.curves) for run in runs.values()] == [1, 2, 2]
    for number in (1, 2):
        run = runs[f".#{number + 1}"]
        assert curve_of(run, "epoch_loss", "train").values[0] == number
        assert curve_of(run, "epoch_loss", "validation").values[0] == 10 * number


def test_a_file_with_nothing_but_its_header_is_a_problem_not_a_run(tmp_path: Path) -> None:
    from tests.runs.logs import load_all  # noqa: PLC0415

    write(tmp_path / "empty", {})
    write(tmp_path / "full", {"loss": (range(3), 1.0)})
    loaded = load_all(tmp_path)
    assert [run.name for one in loaded for run in one.runs] == ["full"]
    (problem,) = [problem for one in loaded for problem in one.problems]
    assert "holds no scalars" in problem.reason
