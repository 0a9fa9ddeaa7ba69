"""Writing a training's log, with a note of what made it: by torch's SummaryWriter, or by LogLens' own writer."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

import loglens
from loglens.events.encode import SIMPLE_VALUE, TF2_TENSOR
from loglens.events.series import Floats
from loglens.events.writer import EventFileWriter
from loglens.trainer.device import device_name
from loglens.trainer.history import History
from loglens.trainer.settings import Settings
from loglens.trainer.styles import Column

NOTE_TAG = "loglens/trainer"
HPARAMS = (
    "data",
    "model",
    "optimizer",
    "schedule",
    "lr",
    "batch_size",
    "momentum",
    "weight_decay",
    "dropout",
    "width",
    "epochs",
    "train_size",
    "seed",
)


def note(settings: Settings, scenario: str, style: str, device: str, command: str) -> dict[str, Any]:
    """What made a log: scenario, settings, device, versions and command; stored in the log and in its truth."""
    return {
        "scenario": scenario,
        "seed": settings.seed,
        "device": device_name(device),
        "versions": {
            "loglens": loglens.__version__,
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "command": command,
        "style": style,
        "settings": settings.as_dict(),
    }


@dataclass(slots=True)
class TorchLog:
    """A log under `folder` by torch's SummaryWriter; `purge_step` marks a restart that goes on from that step."""

    folder: Path
    purge_step: int | None = None
    writers: dict[str, SummaryWriter] = field(default_factory=dict)

    def write(self, columns: Sequence[Column], history: History) -> None:
        """Append the columns' values in the order of their moments."""
        order, times = in_order(columns, history)
        points = [(column, i) for column in columns for i in range(len(column.steps))]
        for at, wall_time in zip(order, times, strict=True):
            column, i = points[at]
            self._writer(column.folder).add_scalar(
                column.tag, column.values[i], int(column.steps[i]), float(wall_time), new_style=column.tensor
            )

    def describe(self, settings: Settings, classes: int, about: dict[str, Any]) -> None:
        """Store the note as text, and the settings and the number of classes as hparams."""
        writer = self._writer(_note_folder(about))
        writer.add_text(NOTE_TAG, json.dumps(about))
        for summary in hparams(_hparams(settings, classes), {}):  # type: ignore[no-untyped-call]
            # in the same file: SummaryWriter.add_hparams would make a folder of its own, a run that is none
            assert writer.file_writer is not None
            writer.file_writer.add_summary(summary)

    def flush(self) -> None:
        """Everything written so far is on the disk."""
        for writer in self.writers.values():
            writer.flush()

    def close(self) -> None:
        """Leave complete files."""
        for writer in self.writers.values():
            writer.close()

    def _writer(self, folder: str) -> SummaryWriter:
        if folder not in self.writers:
            self.writers[folder] = SummaryWriter(str(self.folder / folder), purge_step=self.purge_step)
        return self.writers[folder]


def write_columns(folder: Path, columns: Sequence[Column], history: History, about: dict[str, Any]) -> None:
    """A whole log at once by LogLens' own writer: the same tags, steps and forms, for large corpora."""
    began = history.wall_times[0]
    for name in dict.fromkeys(column.folder for column in columns):
        here = [column for column in columns if column.folder == name]
        order, times = in_order(here, history)
        form = TF2_TENSOR if here[0].tensor else SIMPLE_VALUE
        with EventFileWriter(folder / name, form=form, wall_time=began) as writer:
            if name == _note_folder(about):
                writer.add_text(NOTE_TAG, json.dumps(about), wall_time=began)
                writer.add_hparams(_hparams(history.settings, history.classes), wall_time=began)
            writer.add_columns(
                [column.tag for column in here],
                np.repeat(np.arange(len(here)), [len(column.steps) for column in here])[order],
                np.concatenate([column.steps for column in here])[order],
                np.concatenate([column.values for column in here])[order],
                times,
            )


def in_order(columns: Sequence[Column], history: History) -> tuple[np.ndarray[Any, np.dtype[np.intp]], Floats]:
    """The order of all the columns' values by moment, and their wall times: those within an epoch interpolated."""
    moments = np.concatenate([column.moments for column in columns])
    order = np.argsort(moments, kind="stable")
    ends = np.arange(len(history.wall_times)) * history.settings.steps_per_epoch
    return order, np.interp(moments[order], ends, history.wall_times)


def _hparams(settings: Settings, classes: int) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in HPARAMS} | {"num_classes": classes}


def _note_folder(about: dict[str, Any]) -> str:
    return "train" if about["style"] == "keras" else ""
