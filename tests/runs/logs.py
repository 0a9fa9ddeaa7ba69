"""Logs for the tests of runs: event files with what a framework would write, and the run they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from loglens.events.writer import EventFileWriter
from loglens.runs.curve import Curve, Run
from loglens.runs.find import find_runs
from loglens.runs.load import LoadedRuns, RunSettings, load_many

START = 1_700_000_000.0
Columns = Mapping[str, tuple[Any, Any]]


def write(
    folder: Path,
    columns: Columns,
    *,
    wall: float = START,
    seconds: float = 1.0,
    version: int | None = 2,
    resumed_at: int | None = None,
    texts: Mapping[str, str] | None = None,
    hparams: Mapping[str, float | bool | str] | None = None,
) -> Path:
    """One event file: {tag: (steps, values)}, a point each `seconds`; a SessionLog first when `resumed_at` is given."""
    with EventFileWriter(folder, file_version=version, wall_time=wall) as writer:
        if resumed_at is not None:
            writer.add_session_start(resumed_at, wall)
        if hparams:
            writer.add_hparams(hparams, wall)
        for tag, text in (texts or {}).items():
            writer.add_text(tag, text, wall_time=wall)
        for tag, (steps, values) in columns.items():
            count = len(np.atleast_1d(steps))
            writer.add_series(tag, steps, np.broadcast_to(values, count), wall + seconds * np.arange(count))
    return writer.path


def load_all(*logdirs: Path | str, settings: RunSettings | None = None) -> list[LoadedRuns]:
    """Every source under the folders, loaded."""
    return load_many(find_runs([str(logdir) for logdir in logdirs]).sources, settings or RunSettings())


def runs_of(*logdirs: Path | str, settings: RunSettings | None = None) -> dict[str, Run]:
    """Every run under the folders by name; no file may be unreadable."""
    loaded = load_all(*logdirs, settings=settings)
    assert not [problem for one in loaded for problem in one.problems]
    runs = [run for one in loaded for run in one.runs]
    assert len({run.name for run in runs}) == len(runs)
    return {run.name: run for run in runs}


def curve_of(run: Run, tag: str, folder: str | None = None) -> Curve:
    """The curve of that tag (in the directory whose last part is `folder`)."""
    (found,) = [c for c in run.curves if c.key.tag == tag and (folder is None or c.key.dir.split("/")[-1] == folder)]
    return found


def falling(count: int) -> Sequence[float]:
    """Values of a loss that learns."""
    return [float(value) for value in np.exp(-np.arange(count) / max(count, 1)) + 0.1]
