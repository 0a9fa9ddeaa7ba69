"""Steps per epoch within 1 % on what Hugging Face, Lightning, Keras and MMEngine write, and unknown elsewhere.

The logs are simulated by each framework's own rule of when it logs what (docs/roles.md, axes), over many sizes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.runs.memory import run_from_arrays
from tests.runs.logs import curve_of, runs_of, write

Log = Mapping[str, tuple[Any, Any]]


def hugging_face(per_epoch: int, every: int, epochs: int, digits: int) -> Log:
    """A float epoch beside every log call; older versions round it to two digits. Steps count from 1."""
    logged = np.arange(every, per_epoch * epochs + 1, every)
    ends = np.arange(1, epochs + 1) * per_epoch
    steps = np.unique(np.concatenate([logged, ends]))
    epoch = np.round(steps / per_epoch, digits).astype(np.float32)
    return {
        "train/epoch": (steps, epoch),
        "train/loss": (logged, np.ones(len(logged))),
        "eval/loss": (ends, np.ones(epochs)),
    }


def lightning(per_epoch: int, every: int, epochs: int, validates: bool = True) -> Log:
    """The index of the epoch beside every log call; steps count from 0; validation at the last step of an epoch."""
    logged = np.arange(every - 1, per_epoch * epochs, every)
    ends = np.arange(1, epochs + 1) * per_epoch - 1
    steps = np.unique(np.concatenate([logged, ends])) if validates else logged
    log = {"epoch": (steps, steps // per_epoch), "train_loss_step": (logged, np.ones(len(logged)))}
    return (
        {**log, "val_loss": (ends, np.ones(epochs)), "train_loss_epoch": (ends, np.ones(epochs))} if validates else log
    )


def mmengine(per_epoch: int, every: int, epochs: int) -> Log:
    """Every n-th step of an epoch, n starting again with it; epochs and steps count from 1; validation by epoch."""
    steps = np.array([s for s in range(1, per_epoch * epochs + 1) if ((s - 1) % per_epoch + 1) % every == 0])
    return {
        "epoch": (steps, (steps - 1) // per_epoch + 1),
        "iter": (steps, steps),
        "data_time": (steps, np.ones(len(steps))),
        "loss": (steps, np.ones(len(steps))),
        "accuracy/top1": (np.arange(1, epochs + 1), np.ones(epochs)),
    }


WRITERS: dict[str, Callable[[int, int, int], Log]] = {
    "Hugging Face, two digits": lambda s, n, e: hugging_face(s, n, e, 2),
    "Hugging Face, four digits": lambda s, n, e: hugging_face(s, n, e, 4),
    "Lightning": lightning,
    "Lightning without validation": lambda s, n, e: lightning(s, n, e, validates=False),
    "MMEngine": mmengine,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_answer_is_within_one_percent(name: str) -> None:
    chance = random.Random(20231)
    asked = answered = 0
    while asked < 60:
        per_epoch, every = chance.randint(5, 3000), chance.choice([1, 10, 50, 100])
        epochs = chance.randint(1, 20)
        if every > per_epoch * epochs / 3 or per_epoch * epochs / every > 5000:
            continue
        asked += 1
        found = run_from_arrays(WRITERS[name](per_epoch, every, epochs)).steps_per_epoch
        if found is not None:
            answered += 1
            assert abs(found - per_epoch) <= 0.01 * per_epoch, (per_epoch, every, epochs, found)
    assert answered >= 0.8 * asked  # one epoch only, or coarse logs of few epochs, tell too little


@pytest.mark.parametrize(("per_epoch", "epochs"), [(1, 4), (7, 3), (102, 30), (469, 5)])
def test_keras(tmp_path: Path, per_epoch: int, epochs: int) -> None:
    every = np.arange(epochs)
    write(tmp_path / "train", {"epoch_loss": (every, 1.0)})
    write(
        tmp_path / "validation",
        {"epoch_loss": (every, 1.0), "evaluation_loss_vs_iterations": ((every + 1) * per_epoch, 1.0)},
    )
    (run,) = runs_of(tmp_path).values()
    assert run.steps_per_epoch == per_epoch
    assert curve_of(run, "epoch_loss", "validation").epochs.tolist() == (every + 1.0).tolist()  # type: ignore[union-attr]
    assert curve_of(run, "evaluation_loss_vs_iterations").epochs.tolist() == (every + 1.0).tolist()  # type: ignore[union-attr]


def test_keras_with_an_evaluation_of_its_own_in_between_is_unknown(tmp_path: Path) -> None:
    write(tmp_path / "train", {"epoch_loss": (range(4), 1.0)})
    write(
        tmp_path / "validation",
        {"epoch_loss": (range(4), 1.0), "evaluation_loss_vs_iterations": ([10, 20, 25, 30, 40], 1.0)},
    )
    (run,) = runs_of(tmp_path).values()
    assert run.steps_per_epoch is None


def test_lightning_counts_steps_from_zero_and_the_rest_from_one() -> None:
    run = run_from_arrays(lightning(100, 10, 5))
    assert curve_of(run, "val_loss").epochs.tolist() == [1, 2, 3, 4, 5]  # type: ignore[union-attr]
    run = run_from_arrays(hugging_face(100, 10, 5, 4))
    assert curve_of(run, "eval/loss").epochs.tolist() == [1, 2, 3, 4, 5]  # type: ignore[union-attr]
    assert curve_of(run, "train/loss").epochs[0] == 0.1  # type: ignore[index]


def test_two_axes_of_one_run_are_brought_together() -> None:
    run = run_from_arrays({**mmengine(200, 50, 6), "val/loss": (np.arange(1, 7), np.ones(6))})
    val = curve_of(run, "accuracy/top1")
    assert val.x_unit == "epoch"
    assert val.epochs.tolist() == [1, 2, 3, 4, 5, 6]  # type: ignore[union-attr]
    loss = curve_of(run, "loss")
    assert loss.x_unit == "step"
    assert loss.epochs[-1] == 6.0  # type: ignore[index]


@pytest.mark.parametrize(
    "log",
    [
        {"epoch": (range(0, 500, 50), np.zeros(10)), "loss": (range(0, 500, 50), np.ones(10))},  # one epoch only
        {"val/epoch": (range(1, 9), range(1, 9)), "val/loss": (range(1, 9), np.ones(8))},  # OpenCLIP: its own step
        {"loss": (range(0, 5000, 1000), np.ones(5)), "lr": (range(0, 5000, 1000), np.ones(5))},  # MAE: 1000 x epoch
        {"loss/train": (range(1, 9), np.ones(8)), "epoch": (range(1, 9), range(1, 9))},  # SpeechBrain: call counters
        {"epoch": ([10, 20, 30, 40, 50, 60], [0, 1, 0, 1, 0, 1]), "loss": (range(6), np.ones(6))},  # started over
        {"train/epoch": ([100, 200, 300], [0.5, 1.3, 1.4]), "train/loss": ([100, 200, 300], np.ones(3))},  # changed
    ],
    ids=["one epoch", "own step", "scaled", "call counter", "started over", "batch size changed"],
)
def test_unknown_rather_than_wrong(log: Log) -> None:
    assert run_from_arrays(log).steps_per_epoch is None


def test_composer_counts_the_batch_within_its_epoch() -> None:
    steps = np.arange(60)
    run = run_from_arrays({"time/batch_in_epoch": (steps, steps % 20), "loss/train/total": (steps, np.ones(60))})
    assert run.steps_per_epoch == 20


def test_a_logged_steps_per_epoch_is_taken() -> None:
    run = run_from_arrays({"steps_per_epoch": ([0], [391.0]), "loss": (range(0, 4000, 100), np.ones(40))})
    assert run.steps_per_epoch == 391
    assert curve_of(run, "loss").epochs is not None


def test_fairseq_ends_its_epochs_where_train_is_written(tmp_path: Path) -> None:
    write(tmp_path / "train_inner", {"loss": (range(100, 3900, 100), 1.0), "wps": (range(100, 3900, 100), 1.0)})
    for folder in ("train", "valid"):
        write(tmp_path / folder, {"loss": ([782, 1564, 2346, 3128], 1.0), "ups": ([782, 1564, 2346, 3128], 1.0)})
    (run,) = runs_of(tmp_path).values()
    assert run.steps_per_epoch == 782


def test_answers_that_contradict_each_other_answer_nothing() -> None:
    steps = np.arange(60)
    run = run_from_arrays({"time/batch_in_epoch": (steps, steps % 20), "steps_per_epoch": ([0], [35.0])})
    assert run.steps_per_epoch is None
