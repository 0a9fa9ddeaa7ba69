"""How people log: the curves of one training under the tags, steps and folders of four frameworks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loglens.events.series import Floats
from loglens.trainer.history import History

STYLES = ("torch", "lightning", "keras", "huggingface")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One tag of one folder: `steps` int64[n] as logged, `values` float64[n], `moments` float64[n].

    A moment is the number of training steps done when the value was logged: it orders the events of a file.
    `tensor` asks for the TF2 form of a scalar.
    """

    folder: str
    tag: str
    steps: NDArray[np.int64]
    values: Floats
    moments: Floats
    tensor: bool = False


def columns(history: History, style: str, begin: int, end: int, every: int = 1) -> list[Column]:
    """What that framework's users would have in their log after the epochs `begin`..`end` - 1, counted from 0.

    Step-level values come every `every` steps. Tags, steps and folders as the frameworks write them (PyTorch's
    tutorials; Lightning's logger and LearningRateMonitor; Keras 3's callback; Transformers' Trainer).
    """
    return {"torch": _torch, "lightning": _lightning, "keras": _keras, "huggingface": _huggingface}[style](
        history, begin, end, every
    )


def _torch(history: History, begin: int, end: int, every: int) -> list[Column]:
    done, per_epoch = np.arange(begin, end), history.settings.steps_per_epoch
    steps = _steps(history, begin, end, every)
    ends = (done + 1.0) * per_epoch
    return [
        _column("", "Loss/train_step", steps, history.step_loss[steps], steps + 0.1),
        _column("", "LR", steps, history.step_lr[steps], steps + 0.2),
        _column("", "Loss/train", done, history.epoch_loss[done], ends + 0.3),
        _column("", "Accuracy/train", done, _epoch_accuracy(history)[done], ends + 0.4),
        _column("", "Loss/val", done, history.val_loss[done + 1], ends + 0.5),
        _column("", "Accuracy/val", done, history.val_accuracy[done + 1], ends + 0.6),
    ]


def _lightning(history: History, begin: int, end: int, every: int) -> list[Column]:
    done, per_epoch = np.arange(begin, end), history.settings.steps_per_epoch
    steps = _steps(history, begin, end, every)
    last = (done + 1) * per_epoch - 1
    name = {"sgd": "lr-SGD", "adam": "lr-Adam", "adamw": "lr-AdamW"}[history.settings.optimizer]
    return [
        _column("", "train_loss_step", steps, history.step_loss[steps], steps + 0.1),
        _column("", name, steps, history.step_lr[steps], steps + 0.2),
        _column("", "epoch", steps, steps // per_epoch, steps + 0.3),
        _column("", "val_loss", last, history.val_loss[done + 1], last + 0.4),
        _column("", "val_acc", last, history.val_accuracy[done + 1], last + 0.5),
        _column("", "epoch", last, done, last + 0.6),
        _column("", "train_loss_epoch", last, history.epoch_loss[done], last + 0.7),
        _column("", "train_acc", last, _epoch_accuracy(history)[done], last + 0.8),
        _column("", "epoch", last, done, last + 0.9),
    ]


def _keras(history: History, begin: int, end: int, every: int) -> list[Column]:  # noqa: ARG001 - epochs only
    done, per_epoch = np.arange(begin, end), history.settings.steps_per_epoch
    iterations = (done + 1) * per_epoch
    ends = iterations.astype(np.float64)
    val, accuracy = history.val_loss[done + 1], history.val_accuracy[done + 1]
    return [
        _column("validation", "evaluation_loss_vs_iterations", iterations, val, ends + 0.1, True),
        _column("validation", "evaluation_accuracy_vs_iterations", iterations, accuracy, ends + 0.2, True),
        _column("train", "epoch_loss", done, history.epoch_loss[done], ends + 0.3, True),
        _column("train", "epoch_accuracy", done, _epoch_accuracy(history)[done], ends + 0.4, True),
        _column("train", "epoch_learning_rate", done, history.step_lr[iterations - 1], ends + 0.5, True),
        _column("validation", "epoch_loss", done, val, ends + 0.6, True),
        _column("validation", "epoch_accuracy", done, accuracy, ends + 0.7, True),
    ]


def _huggingface(history: History, begin: int, end: int, every: int) -> list[Column]:
    done, per_epoch = np.arange(begin, end), history.settings.steps_per_epoch
    total = np.concatenate(([0.0], np.cumsum(history.step_loss)))
    logged = _steps(history, begin, end, every) + 1  # Transformers counts completed steps
    means = (total[logged] - total[logged - every]) / every
    ends = (done + 1) * per_epoch
    found = [
        _column("", "train/loss", logged, means, logged + 0.1),
        _column("", "train/learning_rate", logged, history.step_lr[logged - 1], logged + 0.2),
        _column("", "train/epoch", logged, logged / per_epoch, logged + 0.3),
        _column("", "eval/loss", ends, history.val_loss[done + 1], ends + 0.4),
        _column("", "eval/accuracy", ends, history.val_accuracy[done + 1], ends + 0.5),
        _column("", "train/epoch", ends, done + 1, ends + 0.6),
    ]
    if end == history.settings.epochs:  # one point at the end: the mean over the whole training
        last = ends[-1:]
        found.append(_column("", "train/train_loss", last, np.array([history.step_loss.mean()]), last + 0.7))
    return found


def _column(  # noqa: PLR0917 - a table needs its columns
    folder: str, tag: str, steps: NDArray[np.int64], values: ArrayLike, moments: ArrayLike, tensor: bool = False
) -> Column:
    return Column(folder, tag, steps, np.asarray(values, np.float64), np.asarray(moments, np.float64), tensor)


def _steps(history: History, begin: int, end: int, every: int) -> NDArray[np.int64]:
    per_epoch = history.settings.steps_per_epoch
    steps = np.arange(begin * per_epoch, end * per_epoch)
    return np.asarray(steps[(steps + 1) % every == 0], np.int64)


def _epoch_accuracy(history: History) -> Floats:
    return np.asarray(history.step_accuracy.reshape(-1, history.settings.steps_per_epoch).mean(1), np.float64)
