"""Writing a training's log: torch's SummaryWriter, with a note of what made the log."""

from __future__ import annotations

import contextlib
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
from loglens.trainer.core import History
from loglens.trainer.settings import Settings
from loglens.trainer.styles import Column

NOTE_TAG = "loglens/trainer"
HPARAMS = [
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
]


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


def device_name(device: str) -> str:
    """The kind of device in words: "cpu (x86_64)" or the GPU's name."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else f"cpu ({platform.machine()})"


def in_order(columns: Sequence[Column], history: History) -> list[tuple[float, float, Column, int]]:
    """(moment, wall time, column, index) of every value, as they came about; times within an epoch are interpolated."""
    ends = np.arange(len(history.wall_times)) * history.settings.steps_per_epoch
    rows = [(float(moment), column, i) for column in columns for i, moment in enumerate(column.moments)]
    rows.sort(key=lambda row: row[0])
    times = np.interp([row[0] for row in rows], ends, history.wall_times)
    return [(moment, float(at), column, i) for at, (moment, column, i) in zip(times, rows, strict=True)]


@dataclass(slots=True)
class TorchLog:
    """A log under `folder` by torch's SummaryWriter; `purge_step` marks a restart that goes on from that step."""

    folder: Path
    purge_step: int | None = None
    writers: dict[str, SummaryWriter] = field(default_factory=dict)

    def write(self, columns: Sequence[Column], history: History) -> None:
        """Append the columns' values in the order of their moments."""
        for _, wall_time, column, i in in_order(columns, history):
            self._writer(column.folder).add_scalar(
                column.tag, column.values[i], int(column.steps[i]), wall_time, new_style=column.tensor
            )

    def describe(self, settings: Settings, about: dict[str, Any]) -> None:
        """Store the note as text and the settings as hparams."""
        folder = "train" if about["style"] == "keras" else ""
        writer = self._writer(folder)
        writer.add_text(NOTE_TAG, json.dumps(about))
        chosen = {name: getattr(settings, name) for name in HPARAMS}
        for summary in hparams(chosen, {}):  # type: ignore[no-untyped-call]
            # in the same file: SummaryWriter.add_hparams would make a folder of its own, a run that is none
            file_writer = writer.file_writer
            assert file_writer is not None
            file_writer.add_summary(summary)

    def flush(self) -> None:
        """Everything written so far is on the disk."""
        for writer in self.writers.values():
            writer.flush()

    def close(self) -> None:
        """Leave complete files."""
        for writer in self.writers.values():
            with contextlib.suppress(OSError):
                writer.close()

    def _writer(self, folder: str) -> SummaryWriter:
        if folder not in self.writers:
            self.writers[folder] = SummaryWriter(str(self.folder / folder), purge_step=self.purge_step)
        return self.writers[folder]
