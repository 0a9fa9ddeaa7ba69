"""The protobuf wire format: the fields of a message as spans of bytes, every bound checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, GROUP_START, GROUP_END, FIXED32 = range(6)

_MAX_VARINT_BYTES = 10  # protobuf: a 64-bit number in groups of 7 bits
_MAX_GROUP_DEPTH = 100  # protobuf's own limit on nesting (CodedInputStream)


class WireError(ValueError):
    """The bytes are no protobuf message."""


class Field(NamedTuple):
    """One field: its number, its wire type, and the span of its value (for BYTES without the length)."""

    number: int
    wire_type: int
    start: int
    end: int


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The unsigned 64-bit varint at `at`, and the position after it; raises WireError when it does not end."""
    value = shift = 0
    for position in range(at, min(end, at + _MAX_VARINT_BYTES)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position + 1
        shift += 7
    raise WireError("a varint does not end")


def signed(value: int) -> int:
    """The int64 that the unsigned 64-bit varint stands for (int32 and int64 fields are sign-extended)."""
    return value - (1 << 64) if value >= 1 << 63 else value


def fields(data: bytes, at: int, end: int) -> Iterator[Field]:
    """The fields of the message in `data[at:end]`, in order; raises WireError where the bytes break off."""
    return map(Field._make, field_tuples(data, at, end))


def field_tuples(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """`fields` as plain tuples, which are made three times as fast."""
    while at < end:
        key = data[at]
        if key < 0x80:  # spelled out, as below: this loop is what events that are parsed one by one cost
            at += 1
        else:
            key, at = varint(data, at, end)
        number, wire_type = key >> 3, key & 7
        if number == 0 or number >= 1 << 29:
            raise WireError(f"field number {number}")
        start = at
        if wire_type == BYTES:
            if at < end and data[at] < 0x80:
                start, at = at + 1, at + 1 + data[at]
            else:
                length, start = varint(data, at, end)
                at = start + length
        else:
            at = _skip(data, at, end, number, wire_type)
        if at > end:
            raise WireError(f"field {number} runs beyond its message")
        yield number, wire_type, start, at


def _skip(data: bytes, at: int, end: int, number: int, wire_type: int) -> int:
    if wire_type == VARINT:
        return varint(data, at, end)[1]
    if wire_type == FIXED64:
        return at + 8
    if wire_type == FIXED32:
        return at + 4
    if wire_type == GROUP_START:
        return _skip_group(data, at, end, number)
    raise WireError(f"wire type {wire_type} of field {number}")


def _skip_group(data: bytes, at: int, end: int, number: int) -> int:
    """The position after the group's end key. Groups are obsolete; a parser must still step over them."""
    open_groups = [number]
    while open_groups:
        key, at = varint(data, at, end)
        inner, wire_type = key >> 3, key & 7
        if wire_type == GROUP_START:
            open_groups.append(inner)
            if len(open_groups) > _MAX_GROUP_DEPTH:
                raise WireError("groups are nested too deeply")
        elif wire_type == GROUP_END:
            if open_groups.pop() != inner:
                raise WireError("a group ends that was not open")
        elif wire_type == BYTES:
            length, at = varint(data, at, end)
            at += length
        else:
            at = _skip(data, at, end, inner, wire_type)
        if at > end:
            raise WireError("a group runs beyond its message")
    return at
