"""Reading event files: every scalar point, the notes beside them, and an account of what was lost."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from loglens.events.address import is_url
from loglens.events.errors import LogLensError
from loglens.events.follow import EventFileReader
from loglens.events.joined import SMALL_FILE_BYTES, JoinedReader
from loglens.events.listing import list_event_files
from loglens.events.memory import keep_freed_memory
from loglens.events.series import EventFile, Losses, ScalarSeries, SeriesKey
from loglens.events.source import ByteSource, HeldFile, source_of


def read_event_file(path: str | os.PathLike[str], directory: str = ".") -> EventFile:
    """All of one event file, by path or URL; `directory` is the key its series go by.

    Raises NotAnEventFileError when it is something else, LogLensError when it can't be opened.
    """
    keep_freed_memory()
    return _read(source_of(os.fspath(path)), directory)


def read_event_files(
    files: Sequence[tuple[str, str]], sizes: Mapping[str, int] | None = None
) -> list[EventFile | LogLensError]:
    """Each (path, directory key) as read_event_file gives it, or the error it raised: one bad file costs no other.

    `sizes` are those that the listing told of remote files, by URL: small ones are then fetched many at a time, with
    one request each.
    """
    if sizes and any(is_url(path) for path, _ in files):
        return _read_remote(files, sizes)
    if len(files) == 1:
        return [_read_or_error(*files[0])]
    return _read_together(files, {})


def _read_remote(files: Sequence[tuple[str, str]], sizes: Mapping[str, int]) -> list[EventFile | LogLensError]:
    """Remote files, perhaps among local ones; what was fetched is dropped before more is."""
    from loglens.events.remote.fetch import in_batches  # noqa: PLC0415  # local logs never load it

    small = [(path, sizes[path]) for path, _ in files if is_url(path) and 0 < sizes.get(path, 0) <= SMALL_FILE_BYTES]
    places: dict[str, list[int]] = {}
    for index, (path, _) in enumerate(files):
        places.setdefault(path, []).append(index)
    results: dict[int, EventFile | LogLensError] = {}
    for fetched in in_batches(list(dict.fromkeys(small))):
        part = [index for path in fetched for index in places.pop(path)]
        results.update(zip(part, _read_together([files[index] for index in part], fetched), strict=True))
    rest = [index for indices in places.values() for index in indices]
    results.update(zip(rest, _read_together([files[index] for index in rest], {}), strict=True))
    return [results[index] for index in range(len(files))]


def _read_together(
    files: Sequence[tuple[str, str]], fetched: Mapping[str, bytes | LogLensError]
) -> list[EventFile | LogLensError]:
    keep_freed_memory()
    together = JoinedReader().read(files, fetched)
    return [
        found or _read_or_error(path, key, fetched.get(path))
        for found, (path, key) in zip(together, files, strict=True)
    ]


def _read_or_error(path: str, directory: str, fetched: bytes | LogLensError | None = None) -> EventFile | LogLensError:
    if isinstance(fetched, LogLensError):
        return fetched
    try:
        return _read(source_of(path) if fetched is None else HeldFile(path, fetched), directory)
    except LogLensError as error:
        return error


def _read(source: ByteSource, directory: str) -> EventFile:
    reader = EventFileReader(source, directory)
    reader.refresh()
    return reader.contents()


def read_scalars(path: str | os.PathLike[str]) -> dict[SeriesKey, ScalarSeries]:
    """Every scalar point under a folder, a glob, one event file or a URL, by (directory relative to it, tag).

    The files of one directory are joined in order of their names; nothing is sampled, sorted or purged.
    What was lost or could not be read is told in a warning. Raises LogLensError when nothing can be read.
    """
    listing = list_event_files(path)
    if not listing.files:
        reason = "; ".join(listing.problems) or "no file there has `tfevents` in its name"
        raise LogLensError(f"No event files in {os.fspath(path)}: {reason}.")
    sizes = {file.path: file.size for file in listing.files}
    results = read_event_files([(file.path, file.directory) for file in listing.files], sizes)
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
