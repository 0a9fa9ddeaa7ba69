"""One Event message: where its wall time, step and values lie in the bytes of its record."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from loglens.events.tensor import Number, Tensor
from loglens.events.wire import BYTES, FIXED32, FIXED64, VARINT, field_tuples, signed, varint

Kind = Literal["none", "simple", "tensor", "histograms", "images", "audio"]
Span = tuple[int, int]

# Field numbers of tensorboard/compat/proto/{event,summary}.proto.
_WALL_TIME, _STEP, _FILE_VERSION, _SUMMARY, _SESSION_LOG = 1, 2, 3, 5, 7
_WHAT = range(3, 10)  # the members of the oneof that says what the event is: the last one counts
_TAG, _SIMPLE_VALUE, _TENSOR, _METADATA = 1, 2, 8, 9
_OTHER_KINDS: dict[int, Kind] = {3: "histograms", 4: "images", 5: "histograms", 6: "audio"}
_SESSION_START = 1


@dataclass(slots=True)
class Value:
    """One Summary.Value: its tag, what kind of value it holds, and its metadata when it has some."""

    tag: Span = (0, 0)
    kind: Kind = "none"
    number: Number | None = None  # the scalar, of a simple value or of a tensor with one number
    rank: int = 0
    strings: Sequence[Span] = ()
    plugin: Span | None = None  # the plugin's name, when the value carries metadata
    content: Span = (0, 0)


@dataclass(slots=True)
class Event:
    """The parts of an Event that matter here, as spans of its record's payload."""

    wall_time_at: int = -1  # of 8 bytes; -1 when left out (0.0)
    step: Span = (0, 0)  # of the varint; empty when left out (0)
    file_version: Span | None = None
    session_start: bool = False
    values: list[Value] = field(default_factory=list)  # those that hold a value or metadata

    @property
    def recognised(self) -> bool:
        """Whether any field was one that an Event has; a file of other records shows none."""
        return self.wall_time_at >= 0 or self.file_version is not None or bool(self.values)


def parse_event(payload: bytes, at: int = 0, end: int | None = None) -> Event:
    """The Event in `payload[at:end]`; raises WireError where it is no protobuf message.

    As in protobuf, fields that are unknown or of the wrong wire type are stepped over and the last of several wins.
    """
    event, what = Event(), 0
    for number, wire_type, start, stop in field_tuples(payload, at, len(payload) if end is None else end):
        if number == _WALL_TIME and wire_type == FIXED64:
            event.wall_time_at = start
        elif number == _STEP and wire_type == VARINT:
            event.step = (start, stop)
        if wire_type != BYTES or number not in _WHAT:
            continue
        if number != what:
            event.file_version, event.session_start, what = None, False, number
            event.values.clear()
        if number == _SUMMARY:
            for inner, inner_type, value_start, value_stop in field_tuples(payload, start, stop):
                if inner == 1 and inner_type == BYTES:
                    value = _parse_value(payload, value_start, value_stop)
                    if value.kind != "none" or value.plugin is not None:
                        event.values.append(value)
        elif number == _FILE_VERSION:
            event.file_version = (start, stop)
        elif number == _SESSION_LOG:
            for inner, inner_type, value_start, value_stop in field_tuples(payload, start, stop):
                if inner == 1 and inner_type == VARINT:
                    event.session_start = varint(payload, value_start, value_stop)[0] == _SESSION_START
    return event


def _parse_value(data: bytes, at: int, end: int) -> Value:
    value = Value()
    tensor: Tensor | None = None
    for number, wire_type, start, stop in field_tuples(data, at, end):
        if number == _TAG and wire_type == BYTES:
            value.tag = (start, stop)
        elif number == _SIMPLE_VALUE and wire_type == FIXED32:
            value.kind, value.number, tensor = "simple", Number("<f", start, stop), None
        elif wire_type != BYTES:
            continue
        elif number == _TENSOR:
            tensor = tensor or Tensor()  # the value is a oneof: another kind in between starts it anew
            tensor.read(data, start, stop)
            value.kind = "tensor"
        elif number in _OTHER_KINDS:
            value.kind, value.number, tensor = _OTHER_KINDS[number], None, None
        elif number == _METADATA:
            _parse_metadata(data, start, stop, value)
    if tensor is not None:
        value.number, value.rank, value.strings = tensor.number(), tensor.rank, tensor.strings()
    return value


def _parse_metadata(data: bytes, at: int, end: int, value: Value) -> None:
    value.plugin = value.plugin or (at, at)  # metadata without plugin data names no plugin
    for number, wire_type, start, stop in field_tuples(data, at, end):
        if number == 1 and wire_type == BYTES:
            for inner, inner_type, inner_start, inner_stop in field_tuples(data, start, stop):
                if inner == 1 and inner_type == BYTES:
                    value.plugin = (inner_start, inner_stop)
                elif inner == 2 and inner_type == BYTES:
                    value.content = (inner_start, inner_stop)


def wall_time_of(payload: bytes, event: Event) -> float:
    """Seconds since 1970, 0.0 when the event has none."""
    return float(struct.unpack_from("<d", payload, event.wall_time_at)[0]) if event.wall_time_at >= 0 else 0.0


def step_of(payload: bytes, event: Event) -> int:
    """The step, 0 when the event has none."""
    start, end = event.step
    return signed(varint(payload, start, end)[0]) if end > start else 0


def text_of(payload: bytes, span: Span) -> str:
    """The bytes as text; what is not UTF-8 is kept visible as \\xNN."""
    return payload[span[0] : span[1]].decode("utf-8", "backslashreplace")


def file_version_of(payload: bytes, event: Event) -> int | None:
    """The number after "brain.Event:", None when there is none."""
    if event.file_version is None:
        return None
    name, _, number = text_of(payload, event.file_version).partition(":")
    try:
        return int(float(number)) if name == "brain.Event" else None
    except (ValueError, OverflowError):
        return None
