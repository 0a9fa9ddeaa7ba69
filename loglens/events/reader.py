"""Reading event files: every scalar point, the notes beside them, and an account of what was lost."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence

import numpy as np

from loglens.events.errors import LogLensError
from loglens.events.follow import EventFileReader
from loglens.events.joined import JoinedReader
from loglens.events.listing import list_event_files
from loglens.events.memory import keep_freed_memory
from loglens.events.series import EventFile, Losses, ScalarSeries, SeriesKey
from loglens.events.source import LocalFile


def read_event_file(path: str | os.PathLike[str], directory: str = ".") -> EventFile:
    """All of one event file; `directory` is the key its series go by.

    Raises NotAnEventFileError when it is something else, LogLensError when it can't be opened.
    """
    keep_freed_memory()
    reader = EventFileReader(LocalFile(os.fspath(path)), directory)
    reader.refresh()
    return reader.contents()


def read_event_files(files: Sequence[tuple[str, str]]) -> list[EventFile | LogLensError]:
    """Each (path, directory key) as read_event_file gives it, or the error it raised: one bad file costs no other."""
    if len(files) == 1:
        return [_read_or_error(*files[0])]
    keep_freed_memory()
    together = JoinedReader().read(files)
    return [found or _read_or_error(path, key) for found, (path, key) in zip(together, files, strict=True)]


def _read_or_error(path: str, directory: str) -> EventFile | LogLensError:
    try:
        return read_event_file(path, directory)
    except LogLensError as error:
        return error


def read_scalars(path: str | os.PathLike[str]) -> dict[SeriesKey, ScalarSeries]:
    """Every scalar point under a folder, a glob or one event file, by (directory relative to it, tag).

    The files of one directory are joined in order of their names; nothing is sampled, sorted or purged.
    What was lost or could not be read is told in a warning. Raises LogLensError when nothing can be read.
    """
    listing = list_event_files(path)
    if not listing.files:
        reason = "; ".join(listing.problems) or "no file there has `tfevents` in its name"
        raise LogLensError(f"No event files in {os.fspath(path)}: {reason}.")
    results = read_event_files([(file.path, file.directory) for file in listing.files])
    errors = [str(result) for result in results if isinstance(result, LogLensError)]
    if len(errors) == len(results):
        raise LogLensError("No event file could be read. " + " ".join(errors[:3]))
    for problem in (*listing.problems, *errors):
        warnings.warn(problem, stacklevel=2)
    parts: dict[SeriesKey, list[ScalarSeries]] = {}
    for result in results:
        if isinstance(result, EventFile):
            if result.losses != Losses():
                warnings.warn(f"{result.path}: {result.losses}", stacklevel=2)
            for series in result.series:
                parts.setdefault(series.key, []).append(series)
    return {key: _joined(key, pieces) for key, pieces in parts.items()}


def _joined(key: SeriesKey, pieces: list[ScalarSeries]) -> ScalarSeries:
    if len(pieces) == 1:
        return pieces[0]
    return _series(
        key.dir,
        key.tag,
        np.concatenate([piece.steps for piece in pieces]),
        np.concatenate([piece.wall_times for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
    )


def _series(directory: str, tag: str, steps: object, wall_times: object, values: object) -> ScalarSeries:
    columns = np.asarray(steps, np.int64), np.asarray(wall_times, np.float64), np.asarray(values, np.float64)
    for column in columns:
        column.setflags(write=False)
    return ScalarSeries(directory, tag, *columns)
