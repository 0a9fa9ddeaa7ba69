"""Axes, settings stated in the log, and pairs: mapped where the log allows, refused with the reason where not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from loglens.events.series import Note
from loglens.runs.hyperparameters import hparams_of, hyperparameters_of
from loglens.runs.memory import run_from_arrays
from tests.runs.logs import curve_of, falling, runs_of, write


@pytest.mark.parametrize(
    ("tag", "unit"),
    [
        ("lm loss vs samples", "sample"),
        ("loss_vs_epochs", "epoch"),
        ("Metrics_vs_EnvironmentSteps/AverageReturn", "environment-step"),
        ("Metrics_vs_NumberOfEpisodes/AverageReturn", "iteration"),
        ("loss vs tokens", "token"),
        ("loss vs time", "wall-time"),
        ("Training vs. Validation Loss", "step"),
    ],
)
def test_the_tag_names_its_axis(tag: str, unit: str) -> None:
    run = run_from_arrays({tag: (range(0, 900, 100), np.ones(9))})
    assert curve_of(run, tag).x_unit == unit


def test_validation_after_every_point_makes_them_epochs() -> None:
    run = run_from_arrays({"Loss/train": falling(20), "Loss/validation": falling(20)})
    for curve in run.curves:
        assert curve.x_unit == "epoch"
        assert curve.epochs.tolist() == list(range(1, 21))  # type: ignore[union-attr]
    run = run_from_arrays({"train/loss": (range(1, 9), falling(8)), "val/loss": (range(1, 9), falling(8))})
    assert curve_of(run, "val/loss").epochs.tolist() == list(range(1, 9))  # type: ignore[union-attr]


def test_consecutive_steps_of_training_alone_stay_steps() -> None:
    run = run_from_arrays({"loss": falling(500), "lr": [0.1] * 500})
    assert curve_of(run, "loss").x_unit == "step"
    assert curve_of(run, "loss").epochs is None


def test_slow_consecutive_points_beside_fast_ones_are_epochs(tmp_path: Path) -> None:
    write(tmp_path, {"train/loss": (range(10, 2000, 10), 1.0)}, seconds=1.0)
    write(tmp_path, {"dev_f1": (range(1, 6), 0.5)}, seconds=40.0)
    (run,) = runs_of(tmp_path).values()
    assert curve_of(run, "dev_f1").x_unit == "epoch"
    assert curve_of(run, "train/loss").x_unit == "step"


def test_pairs_across_axes_that_cannot_be_mapped_are_refused_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path, {"train/loss": (range(10, 2000, 10), 1.0)}, seconds=1.0)
    write(tmp_path, {"val/loss": (range(1, 6), 0.5)}, seconds=40.0)
    (run,) = runs_of(tmp_path).values()
    assert curve_of(run, "val/loss").pair is None
    assert any("val/loss is not compared with train/loss: one counts epochs" in note for note in run.notes)


def test_pairs_across_axes_are_made_where_the_log_tells_the_steps_of_an_epoch(tmp_path: Path) -> None:
    steps = np.arange(10, 2001, 10)
    write(tmp_path, {"train/loss": (steps, 1.0), "epoch": (steps, (steps - 1) // 400 + 1)}, seconds=1.0)
    write(tmp_path, {"val/loss": (range(1, 6), 0.5)}, seconds=400.0)
    (run,) = runs_of(tmp_path).values()
    assert run.steps_per_epoch == pytest.approx(400, rel=0.01)
    assert curve_of(run, "val/loss").pair == curve_of(run, "train/loss").key


def test_pairs_of_different_scale_are_refused() -> None:
    run = run_from_arrays({"learning/loss": falling(9), "eval/total_loss": [80.0 * v for v in falling(9)]})
    assert curve_of(run, "eval/total_loss").pair is None
    assert any("their scales differ" in note for note in run.notes)
    run = run_from_arrays({"train/acc": [0.5, 0.6, 0.7], "val/acc": [50.0, 60.0, 70.0]})
    assert curve_of(run, "val/acc").pair is None


def test_deep_overfitting_is_not_mistaken_for_another_scale() -> None:
    run = run_from_arrays({"train/loss": [2.3, 0.1, 0.001, 1e-5], "val/loss": [2.3, 2.0, 3.0, 5.0]})
    assert curve_of(run, "val/loss").pair == curve_of(run, "train/loss").key


@pytest.mark.parametrize(
    ("train", "held"),
    [
        (("train_loss_epoch", "train_loss_step"), "val_loss"),  # the mean over the epoch, not one batch
        (("loss_metrics/global_avg_loss", "loss_metrics/global_max_loss"), "validation_metrics/loss"),
        (("train/tot_loss", "train/current_loss"), "train/valid_loss"),
        (("train/loss",), "eval/mydata_loss"),
        (("lm loss",), "lm loss validation"),
        (("total_loss",), "validation_loss"),
        (("reduced_train_loss",), "val_loss"),
        (("learning/loss",), "eval/avg_loss"),
        (("Train Loss",), "Eval Loss"),
        (("accuracy",), "acc/valid"),
        (("train_losses",), "val_losses"),
        (("Train_AverageReturn", "Train_MaxReturn"), "Eval_AverageReturn"),
        (("train/top1", "train/top5"), "val/top1"),
        (("train/top5", "train/top1"), "val/top5"),
        (("train/cls_loss", "train/box_loss"), "val/cls_loss"),
    ],
)
def test_a_validation_curve_finds_its_train_curve(train: tuple[str, ...], held: str) -> None:
    log = {tag: [0.9, 0.5, 0.4, 0.3] for tag in train} | {held: [0.9, 0.6, 0.5, 0.5]}
    run = run_from_arrays(log)
    pair = curve_of(run, held).pair
    assert pair is not None
    want = next((tag for tag in train if tag.split("/")[-1] == held.rsplit("/", maxsplit=1)[-1]), train[0])
    assert pair.tag == want
    assert curve_of(run, want).pair == curve_of(run, held).key


def test_the_last_point_of_a_run_is_no_train_curve() -> None:
    run = run_from_arrays({"train/train_loss": ([300], [0.4]), "eval/loss": ([100, 200, 300], [1.0, 0.9, 0.8])})
    assert curve_of(run, "eval/loss").pair is None


def test_different_metrics_are_never_paired() -> None:
    run = run_from_arrays({"train/accuracy": [0.1, 0.2], "val/f1": [0.1, 0.2], "val/loss": [3, 2.0]})
    assert all(curve.pair is None for curve in run.curves)


def test_settings_of_hugging_face_texts(tmp_path: Path) -> None:
    arguments = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 4, "learning_rate": 5e-05}
    labels = {"id2label": {"0": "no", "1": "yes", "2": "maybe"}}
    write(
        tmp_path,
        {"train/epoch": ([50, 100, 200], [0.5, 1.0, 2.0]), "train/loss": ([50, 100, 200], falling(3))},
        texts={"args/text_summary": json.dumps(arguments), "model_config/text_summary": json.dumps(labels)},
    )
    (run,) = runs_of(tmp_path).values()
    assert (run.batch_size, run.learning_rate, run.classes) == (32, 5e-05, 3)
    assert run.steps_per_epoch == 100
    assert run.training_samples == 3200
    assert any("About 3200 training samples" in note for note in run.notes)


@pytest.mark.parametrize(
    ("samples", "epochs", "steps", "expected"),
    [
        (960, 0, 300, 15.0),  # whole batches
        (1000, 0, 300, None),  # 15 or 16: nothing tells
        (1000, 20, 300, 15.0),  # the last, smaller batch was dropped
        (1000, 20, 320, 16.0),  # and here it was used
        (1000, 20, 200, None),  # logged steps that fit neither
        (64_100, 0, 300, 1002.0),  # 1 in 1002 does not matter
    ],
)
def test_steps_per_epoch_follow_from_samples_and_batch_size(
    tmp_path: Path, samples: int, epochs: int, steps: int, expected: float | None
) -> None:
    hparams = {"n_train": float(samples), "bs": 64.0, "num_classes": 10.0}
    write(tmp_path, {"train/loss": (range(9, steps, 10), 1.0)}, hparams=hparams, seconds=1.0)
    if epochs:
        write(tmp_path, {"val/accuracy": (range(epochs), 0.5)}, seconds=40.0)
    (run,) = runs_of(tmp_path).values()
    assert (run.steps_per_epoch, run.classes) == (expected, 10)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "no settings here", '{"batch_size": "many"}', "| a |\n|---|"])
def test_texts_that_state_nothing(text: str) -> None:
    assert hyperparameters_of([Note("args/text_summary", "text", 0, 0.0, b"", text)]).batch_size is None


def test_a_markdown_table_of_settings() -> None:
    text = "|param|value|\n|-|-|\n|learning_rate|0.0003|\n|batch_size|256|\n|env_id|CartPole|"
    found = hyperparameters_of([Note("hyperparameters", "text", 0, 0.0, b"", text)])
    assert (found.batch_size, found.learning_rate) == (256, 0.0003)


@pytest.mark.parametrize(
    "content", [b"", b"\x1a", b"\x1a\xff\xff\xff\xff\x0f", b"\x1a\x04\x0a\x02\x0a\xff", b"\xff" * 30]
)
def test_damaged_hparams_state_nothing(content: bytes) -> None:
    assert hparams_of(content) == {}


def test_consumed_samples_give_the_batch_size() -> None:
    steps = np.arange(10, 200, 10)
    run = run_from_arrays({"reduced_train_loss": (steps, np.ones(19)), "consumed_samples": (steps, steps * 256)})
    assert run.batch_size == 256


@pytest.mark.parametrize(
    ("tag", "values", "said"),
    [
        ("val/accuracy", [10.0, 250.0, 300.0], "outside 0 to 100"),
        ("val/ppl", [5.0, 0.2], "no perplexity is below 1"),
        ("lr", [0.1, -0.1], "no learning rate is negative"),
        ("val/f1", [0.0, 1.0, 2.0, 3.0], "it counts"),
    ],
)
def test_values_that_contradict_a_role_lower_its_confidence(tag: str, values: list[float], said: str) -> None:
    role = curve_of(run_from_arrays({tag: values}), tag).role
    assert role.confidence < 0.8
    assert said in role.reason


def test_the_trend_never_changes_a_role() -> None:
    for tag in ("val/loss", "val/accuracy", "val/psnr", "train/wer"):
        up = curve_of(run_from_arrays({tag: [0.1, 0.2, 0.3]}), tag).role
        down = curve_of(run_from_arrays({tag: [0.3, 0.2, 0.1]}), tag).role
        assert up == down
