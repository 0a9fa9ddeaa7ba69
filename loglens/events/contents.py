"""What has been read of one event file so far, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from loglens.events.batch import Batch, Piece
from loglens.events.crc32c import Bytes
from loglens.events.event import Event, Value, file_version_of, parse_event, step_of, text_of, wall_time_of
from loglens.events.framing import HEADER_BYTES
from loglens.events.series import EventFile, Floats, Ints, Losses, Note, ScalarSeries, SessionStart
from loglens.events.soundness import LONG_PAYLOAD
from loglens.events.tensor import decode_number
from loglens.events.wire import WireError

_NOTE_PLUGINS = ("text", "hparams")
_STEPPED_OVER = ("histograms", "images", "audio")
_GLANCE_BYTES = 1024

Columns = tuple[Ints, Floats, npt.NDArray[Any]]  # steps, wall times, values in the type they were written in


class _Plugin(NamedTuple):
    """The first plugin that a tag's metadata named, with its data, and where: offset of the record, place in it."""

    name: str
    content: bytes
    offset: int
    position: int


class _Other(NamedTuple):
    """An event that is decoded by itself."""

    offset: int
    payload: bytes
    event: Event


class _Told(NamedTuple):
    """A value that is no scalar, to be told in file order."""

    other: _Other
    position: int
    value: Value
    tag: str
    plugin: _Plugin | None


class _Point(NamedTuple):
    """A scalar of such an event; `position` is the place of the value in it."""

    offset: int
    step: int
    wall_time: float
    value: float
    position: int


class FileContents:
    """Gathers the series, notes and losses of one event file; `recognised` once an Event was among its records."""

    def __init__(self, path: str, directory: str) -> None:
        self.path, self.directory = path, directory
        self.recognised = False
        self.records = 0
        self.losses = Losses()
        self._columns: dict[str, list[Columns]] = {}
        self._plugins: dict[str, _Plugin] = {}
        self._starts: list[SessionStart] = []
        self._notes: list[Note] = []
        self._other_tags: dict[str, str] = {}
        self._version: int | None = None
        self._undecodable = 0

    def take(self, buffer: Bytes, batch: Batch, records: int, base: int = 0) -> None:
        """Add a batch of sound records, `records` in number; `base` is the offset of the buffer in the file."""
        others = self._parse(buffer, batch)
        self.records += records - (len(batch.others) - len(others))
        self.losses += Losses(bad_records=len(batch.others) - len(others))
        self.recognised |= bool(batch.pieces)
        self._register_plugins(batch, others, base)
        pieces = dict(batch.pieces)
        told: list[_Told] = []
        for tag, plugin in self._plugins.items():
            if plugin.name != "scalars" and tag in pieces:
                pieces[tag] = [self._scalars_of(buffer, tag, piece, base, told) for piece in pieces[tag]]
        for tag, piece in self._decode(others, base, told).items():
            pieces.setdefault(tag, []).append(piece)
        self._tell(told)
        merged = {tag: ordered for tag, parts in pieces.items() if (ordered := _in_file_order(parts))}
        self._mark_starts(others, merged)
        for tag, parts in sorted(merged.items(), key=lambda item: (int(item[1][0].offsets[0]), item[1][0].position)):
            self._columns.setdefault(tag, []).extend((piece.steps, piece.wall_times, piece.values) for piece in parts)

    def finish(self, end_offset: int, tail: Losses) -> EventFile:
        """Everything so far; `tail` is what was left after `end_offset`."""
        series = []
        for tag, parts in self._columns.items():
            if len(parts) > 1:
                steps, wall_times, values = zip(*parts, strict=True)
                parts[:] = [_read_only(np.concatenate(steps), np.concatenate(wall_times), _as_floats(values))]
            elif parts[0][2].dtype != np.float64:
                parts[0] = _read_only(*parts[0][:2], _as_floats([parts[0][2]]))
            series.append(ScalarSeries(self.directory, tag, *parts[0]))
        return EventFile(
            path=self.path,
            directory=self.directory,
            file_version=self._version,
            series=tuple(series),
            session_starts=tuple(self._starts),
            notes=tuple(self._notes),
            losses=self.losses + tail + Losses(undecodable_values=self._undecodable),
            records=self.records,
            end_offset=end_offset,
            other_tags=dict(self._other_tags),
        )

    def _parse(self, buffer: Bytes, batch: Batch) -> list[_Other]:
        others = []
        for offset, length in batch.others:
            other = _glanced_at(buffer, offset, length) if length >= LONG_PAYLOAD else None
            if other is None:
                payload = buffer[offset + HEADER_BYTES : offset + HEADER_BYTES + length].tobytes()
                try:
                    other = _Other(offset, payload, parse_event(payload))
                except WireError:
                    continue
            self.recognised |= other.event.recognised or not length
            others.append(other)
        return others

    def _register_plugins(self, batch: Batch, others: list[_Other], base: int) -> None:
        named: dict[str, _Plugin] = {}
        for tag, parts in batch.pieces.items():
            if any(piece.names_plugin for piece in parts) and tag not in self._plugins:
                first, position = min((int(piece.offsets[0]), piece.position) for piece in parts if piece.names_plugin)
                named[tag] = _Plugin("scalars", b"", first + base, position)
        for offset, payload, event in others:
            for position, value in enumerate(event.values):
                name = "" if value.plugin is None else text_of(payload, value.plugin)
                if name:
                    tag = text_of(payload, value.tag)
                    if tag not in named or named[tag].offset > offset + base:
                        named[tag] = _Plugin(name, payload[slice(*value.content)], offset + base, position)
        for tag, plugin in named.items():
            self._plugins.setdefault(tag, plugin)

    def _plugin_at(self, tag: str, offset: int, position: int) -> _Plugin | None:
        """The plugin that a tag is known to have when the value at that place comes."""
        plugin = self._plugins.get(tag)
        return plugin if plugin is not None and (plugin.offset, plugin.position) <= (offset, position) else None

    def _scalars_of(self, buffer: Bytes, tag: str, piece: Piece, base: int, told: list[_Told]) -> Piece:
        """The piece without the tensors that came after another plugin claimed their tag; these are told instead."""
        plugin = self._plugins[tag]
        first = int(np.searchsorted(piece.offsets, plugin.offset - base)) if piece.needs_plugin else len(piece.offsets)
        for offset in piece.offsets[first:].tolist():
            length = int.from_bytes(buffer[offset : offset + 8].tobytes(), "little")
            payload = buffer[offset + HEADER_BYTES : offset + HEADER_BYTES + length].tobytes()
            other = _Other(offset, payload, parse_event(payload))
            for position, value in enumerate(other.event.values):
                if text_of(payload, value.tag) == tag:
                    told.append(_Told(other, position, value, tag, plugin))
        return piece.part(0, first)

    def _decode(self, others: list[_Other], base: int, told: list[_Told]) -> dict[str, Piece]:
        """The scalars among events decoded one by one; everything else in them is noted."""
        points: dict[str, list[_Point]] = {}
        for other in others:
            offset, payload, event = other
            version = file_version_of(payload, event)
            self._version = self._version if version is None else version
            for position, value in enumerate(event.values):
                tag = text_of(payload, value.tag)
                plugin = self._plugin_at(tag, offset + base, position)
                if _is_scalar(value, plugin):
                    if value.number is None:
                        self._undecodable += 1
                    else:
                        number = decode_number(payload, value.number)
                        point = _Point(offset, step_of(payload, event), wall_time_of(payload, event), number, position)
                        points.setdefault(tag, []).append(point)
                else:
                    told.append(_Told(other, position, value, tag, plugin))
        return {tag: _piece_of(rows) for tag, rows in points.items()}

    def _tell(self, told: list[_Told]) -> None:
        """Note the values that are no scalars, in file order."""
        for (_, payload, event), _, value, tag, plugin in sorted(
            told, key=lambda one: (one.other.offset, one.position)
        ):
            name = plugin.name if plugin else ""
            if plugin and name in _NOTE_PLUGINS:
                text = "\n".join(payload[slice(*span)].decode("utf-8", "replace") for span in value.strings)
                content = payload[slice(*value.content)] or plugin.content
                self._notes.append(
                    Note(tag, name, step_of(payload, event), wall_time_of(payload, event), content, text)
                )
            elif value.kind != "none":
                self._other_tags.setdefault(tag, name or ("" if value.kind == "tensor" else value.kind))

    def _mark_starts(self, others: list[_Other], pieces: dict[str, list[Piece]]) -> None:
        for offset, payload, event in others:
            if not event.session_start:
                continue
            counts = {tag: sum(len(steps) for steps, _, _ in parts) for tag, parts in self._columns.items()}
            for tag, parts in pieces.items():
                before = sum(int(np.searchsorted(piece.offsets, offset)) for piece in parts)
                if before:
                    counts[tag] = counts.get(tag, 0) + before
            self._starts.append(SessionStart(step_of(payload, event), wall_time_of(payload, event), counts))


def _glanced_at(buffer: Bytes, offset: int, length: int) -> _Other | None:
    """A long event from its first bytes, when these show that it holds images and the like only; else None.

    The long values themselves are stepped over: they are neither copied nor looked into.
    """
    start = offset + HEADER_BYTES
    glance = buffer[start : start + _GLANCE_BYTES].tobytes()
    try:
        event = parse_event(glance, 0, length)
    except (WireError, IndexError):  # IndexError: a field beyond the glance
        return None
    plain = all(value.kind in _STEPPED_OVER and value.plugin is None for value in event.values)
    return _Other(offset, glance, event) if plain and event.values and event.file_version is None else None


def _is_scalar(value: Value, plugin: _Plugin | None) -> bool:
    if value.kind == "simple":
        return True
    if value.kind != "tensor":
        return False
    return plugin.name == "scalars" if plugin else value.rank == 0 and value.number is not None


def _piece_of(points: Sequence[_Point]) -> Piece:
    offsets, steps, wall_times, values, positions = zip(*points, strict=True)
    columns = _read_only(np.array(steps, np.int64), np.array(wall_times), np.array(values))
    return Piece(np.array(offsets), *columns, position=positions[0])


def _in_file_order(parts: list[Piece]) -> list[Piece]:
    """The pieces of one tag so that their offsets ascend; merged where they interleave."""
    parts = [piece for piece in parts if len(piece.offsets)]
    if len(parts) < 2:
        return parts
    parts.sort(key=lambda piece: int(piece.offsets[0]))
    if all(int(one.offsets[-1]) <= int(two.offsets[0]) for one, two in pairwise(parts)):
        return parts
    offsets, steps, wall_times, values, *_ = (list(column) for column in zip(*parts, strict=True))
    order = np.argsort(np.concatenate(offsets), kind="stable")
    with np.errstate(invalid="ignore"):  # a signalling NaN among damaged bytes is a NaN like any other
        columns = [np.concatenate(column)[order] for column in (steps, wall_times, values)]
    return [Piece(np.concatenate(offsets)[order], *_read_only(*columns), position=parts[0].position)]


def _as_floats(arrays: Sequence[npt.NDArray[Any]]) -> Floats:
    with np.errstate(invalid="ignore"):  # as above
        return np.concatenate(arrays, dtype=np.float64)


def _read_only(steps: Ints, wall_times: Floats, values: npt.NDArray[Any]) -> Columns:
    for array in (steps, wall_times, values):
        array.setflags(write=False)
    return steps, wall_times, values
