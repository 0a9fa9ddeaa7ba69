"""Reading event files: every scalar point, the notes beside them, and an account of what was lost."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from loglens.events.errors import LogLensError, NotAnEventFileError
from loglens.events.event import (
    Event,
    Value,
    file_version_of,
    parse_event,
    step_of,
    text_of,
    wall_time_of,
)
from loglens.events.foreign import describe
from loglens.events.framing import FRAME_BYTES, HEADER_BYTES, header_length, payload_holds
from loglens.events.listing import list_event_files
from loglens.events.series import EventFile, Losses, Note, ScalarSeries, SeriesKey, SessionStart
from loglens.events.tensor import decode_number
from loglens.events.wire import WireError


def read_event_file(path: str | os.PathLike[str], directory: str = ".") -> EventFile:
    """All of one event file; `directory` is the key its series go by.

    Raises NotAnEventFileError when it is something else, LogLensError when it can't be opened.
    """
    name = os.fspath(path)
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        if Path(name).is_dir():
            raise NotAnEventFileError(f"{name} is a folder, not an event file.") from error
        raise LogLensError(f"Cannot read {name}: {error.strerror or error}.") from error
    return _Decoder(name, directory, data).decode()


def read_event_files(files: Sequence[tuple[str, str]]) -> list[EventFile | LogLensError]:
    """Each (path, directory key) as read_event_file gives it, or the error it raised: one bad file costs no other."""
    results: list[EventFile | LogLensError] = []
    for path, directory in files:
        try:
            results.append(read_event_file(path, directory))
        except LogLensError as error:
            results.append(error)
    return results


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


class _Decoder:
    """One file, record by record."""

    def __init__(self, path: str, directory: str, data: bytes) -> None:
        self.path, self.directory, self.data = path, directory, data
        self.points: dict[str, list[tuple[int, float, float]]] = {}
        self.plugins: dict[str, tuple[str, bytes]] = {}
        self.starts: list[SessionStart] = []
        self.notes: list[Note] = []
        self.other: dict[str, str] = {}
        self.version: int | None = None
        self.records = self.bad = self.skipped = self.undecodable = 0

    def decode(self) -> EventFile:
        at, end, truncated, zeros = 0, len(self.data), 0, 0
        while at < end:
            length = header_length(self.data, at)
            if length is not None and at + FRAME_BYTES + length <= end:
                self._record(at, length)
                at += FRAME_BYTES + length
            elif length is not None or end - at < HEADER_BYTES:
                truncated = end - at
                break
            elif not any(self.data[at:]):
                zeros = end - at
                break
            else:
                found = self._resync(at + 1)
                self.skipped += found - at
                at = found
        if not self.records and not (truncated and header_length(self.data, 0) is not None):
            what = describe(self.data[:512], end)
            raise NotAnEventFileError(f"{self.path} is no event file: it is {what}.")
        series = tuple(_series(self.directory, tag, *zip(*points, strict=True)) for tag, points in self.points.items())
        losses = Losses(self.bad, self.skipped, truncated, zeros, self.undecodable)
        return EventFile(
            self.path,
            self.directory,
            self.version,
            series,
            tuple(self.starts),
            tuple(self.notes),
            losses,
            self.records,
            end - truncated - zeros,
            self.other,
        )

    def _resync(self, at: int) -> int:
        for candidate in range(at, len(self.data) - FRAME_BYTES + 1):
            length = header_length(self.data, candidate)
            fits = length is not None and candidate + FRAME_BYTES + length <= len(self.data)
            if length is not None and fits and payload_holds(self.data, candidate, length):
                return candidate
        return len(self.data)

    def _record(self, at: int, length: int) -> None:
        payload = self.data[at + HEADER_BYTES : at + HEADER_BYTES + length]
        try:
            if not payload_holds(self.data, at, length):
                raise WireError("checksum")
            event = parse_event(payload)
        except WireError:
            self.bad += 1
            return
        self.records += 1
        if (version := file_version_of(payload, event)) is not None:
            self.version = version
        if event.session_start:
            counts = {tag: len(points) for tag, points in self.points.items()}
            self.starts.append(SessionStart(step_of(payload, event), wall_time_of(payload, event), counts))
        for value in event.values:
            self._value(payload, event, value)

    def _value(self, payload: bytes, event: Event, value: Value) -> None:
        tag = text_of(payload, value.tag)
        step, wall_time = step_of(payload, event), wall_time_of(payload, event)
        if value.plugin is not None:
            self.plugins.setdefault(tag, (text_of(payload, value.plugin), payload[slice(*value.content)]))
        plugin, content = self.plugins.get(tag, ("", b""))
        number = value.number
        if value.kind == "simple" or (value.kind == "tensor" and plugin == "scalars"):
            if number is None:
                self.undecodable += 1
            else:
                self.points.setdefault(tag, []).append((step, wall_time, decode_number(payload, number)))
        elif value.kind == "tensor" and not plugin and value.rank == 0 and number is not None:
            self.points.setdefault(tag, []).append((step, wall_time, decode_number(payload, number)))
        elif plugin in ("text", "hparams"):
            text = "\n".join(payload[slice(*span)].decode("utf-8", "replace") for span in value.strings)
            self.notes.append(Note(tag, plugin, step, wall_time, content, text))
        elif value.kind != "none":
            self.other.setdefault(tag, plugin or ("" if value.kind == "tensor" else value.kind))
