"""A slow and obvious reader of event files, written from the formats' descriptions alone, as a reference.

It shares no code with it: framing by a loop, CRC-32C bit by bit (by table), messages decoded into lists of fields.
"""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass, field
from typing import Any

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)  # noqa: PLW2901
    TABLE.append(byte)


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def masked_crc(data: bytes) -> bytes:
    crc = crc32c(data)
    return ((((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


@dataclass
class Plain:
    """What the reference reader finds; `series` maps a tag to its (step, wall time, value) points."""

    series: dict[str, list[tuple[int, float, float]]] = field(default_factory=dict)
    notes: list[tuple[str, str, int, float, str]] = field(default_factory=list)
    other_tags: dict[str, str] = field(default_factory=dict)
    starts: list[tuple[int, float, dict[str, int]]] = field(default_factory=list)
    file_version: int | None = None
    records: int = 0
    bad_records: int = 0
    skipped_bytes: int = 0
    undecodable: int = 0
    end_offset: int = 0
    recognised: bool = False


def read_plainly(data: bytes) -> Plain:
    plain = Plain()
    plugins: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    at = 0
    while True:
        length = length_at(data, at)
        if length is None:
            found = next_sound(data, at + 1) if len(data) - at >= 12 else None
            if found is None:
                break
            plain.skipped_bytes += found - at
            at = found
            continue
        after = at + 16 + length
        if after > len(data):
            break
        payload = data[at + 12 : after - 4]
        if masked_crc(payload) == data[after - 4 : after]:
            take(plain, payload, plugins, contents)
            at = after
            continue
        if after + 12 > len(data):
            break
        if length_at(data, after) is not None:
            plain.bad_records += 1
            at = after
            continue
        found = next_sound(data, at + 1)
        if found is None:
            break
        plain.bad_records += 1
        plain.skipped_bytes += found - after if found >= after else found - at
        at = found
    plain.end_offset = at
    return plain


def length_at(data: bytes, at: int) -> int | None:
    header = data[at : at + 12]
    if len(header) < 12 or masked_crc(header[:8]) != header[8:]:
        return None
    return int.from_bytes(header[:8], "little")


def next_sound(data: bytes, at: int) -> int | None:
    for candidate in range(at, len(data) - 11):
        if data[candidate + 5 : candidate + 8] != b"\0\0\0":
            continue
        length = length_at(data, candidate)
        if length is None:
            continue
        after = candidate + 16 + length
        if after > len(data):
            return None
        if masked_crc(data[candidate + 12 : after - 4]) == data[after - 4 : after]:
            return candidate
    return None


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(10):
        value |= (data[at + count] & 0x7F) << 7 * count
        if data[at + count] < 0x80:
            return value % 2**64, at + count + 1
    raise ValueError("varint")


def message(data: bytes) -> list[tuple[int, int, Any]]:
    """(number, wire type, value) of each field: an int for varints, bytes for everything else."""
    fields: list[tuple[int, int, Any]] = []
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire_type = key >> 3, key & 7
        if not 0 < number < 2**29:
            raise ValueError("field number")
        if wire_type == 0:
            value, at = varint(data, at)
            fields.append((number, 0, value))
            continue
        if wire_type == 3:
            at = after_group(data, at, [number])
            continue
        size = {1: 8, 5: 4}.get(wire_type)
        if wire_type == 2:
            size, at = varint(data, at)
        if size is None or at + size > len(data):
            raise ValueError("field")
        fields.append((number, wire_type, data[at : at + size]))
        at += size
    return fields


def after_group(data: bytes, at: int, opened: list[int]) -> int:
    while opened:
        key, at = varint(data, at)
        wire_type = key & 7
        if wire_type == 0:
            _, at = varint(data, at)
        elif wire_type == 2:
            size, at = varint(data, at)
            at += size
        elif wire_type == 3:
            opened.append(key >> 3)
            if len(opened) > 100:
                raise ValueError("depth")
        elif wire_type == 4:
            if opened.pop() != key >> 3:
                raise ValueError("group")
        elif wire_type in (1, 5):
            at += 8 if wire_type == 1 else 4
        else:
            raise ValueError("wire type")
        if at > len(data):
            raise ValueError("group")
    return at


@dataclass
class Value:
    tag: bytes = b""
    kind: str = "none"
    simple: float = 0.0
    tensor: list[tuple[int, int, Any]] = field(default_factory=list)
    plugin: bytes | None = None
    content: bytes = b""


def take(plain: Plain, payload: bytes, plugins: dict[str, str], contents: dict[str, bytes]) -> None:
    try:
        wall_time, step, version, start, values, known = parse(payload)
        decoded = [(value, tensor_number(value.tensor)) for value in values]
    except (ValueError, IndexError):
        plain.bad_records += 1
        return
    plain.records += 1
    plain.recognised |= known or not payload
    if version is not None:
        name, _, text = version.decode("utf-8", "backslashreplace").partition(":")
        with contextlib.suppress(ValueError, OverflowError):
            plain.file_version = int(float(text)) if name == "brain.Event" else plain.file_version
    if start:
        plain.starts.append((step, wall_time, {tag: len(points) for tag, points in plain.series.items()}))
    for value, (number, rank, texts) in decoded:
        tag = value.tag.decode("utf-8", "backslashreplace")
        if value.plugin:
            plugins.setdefault(tag, value.plugin.decode("utf-8", "backslashreplace"))
            contents.setdefault(tag, value.content)
        plugin = plugins.get(tag, "")
        if value.kind == "simple":
            plain.series.setdefault(tag, []).append((step, wall_time, value.simple))
        elif value.kind == "tensor" and plugin == "scalars" and number is None:
            plain.undecodable += 1
        elif value.kind == "tensor" and number is not None and (plugin == "scalars" or (not plugin and not rank)):
            plain.series.setdefault(tag, []).append((step, wall_time, number))
        elif plugin in ("text", "hparams"):
            plain.notes.append((tag, plugin, step, wall_time, "\n".join(texts)))
        elif value.kind != "none":
            plain.other_tags.setdefault(tag, plugin or ("" if value.kind == "tensor" else value.kind))


def parse(payload: bytes) -> tuple[float, int, bytes | None, bool, list[Value], bool]:
    wall_time, step, version, start, what, known = 0.0, 0, None, False, 0, False
    values: list[Value] = []
    for number, wire_type, value in message(payload):
        if (number, wire_type) == (1, 1):
            wall_time, known = struct.unpack("<d", value)[0], True
        elif (number, wire_type) == (2, 0):
            step = value - 2**64 if value >= 2**63 else value
        elif 3 <= number <= 9 and wire_type == 2:
            if number != what:
                version, start, values, what = None, False, [], number
            if number == 3:
                version = value
            elif number == 5:
                values += [parse_value(one) for inner, kind, one in message(value) if (inner, kind) == (1, 2)]
            elif number == 7:
                for inner, kind, one in message(value):
                    start = one == 1 if (inner, kind) == (1, 0) else start
    values = [value for value in values if value.kind != "none" or value.plugin is not None]
    return wall_time, step, version, start, values, known or version is not None or bool(values)


def parse_value(data: bytes) -> Value:
    value = Value()
    others = {3: "histograms", 4: "images", 5: "histograms", 6: "audio"}
    for number, wire_type, content in message(data):
        if (number, wire_type) == (1, 2):
            value.tag = content
        elif (number, wire_type) == (2, 5):
            value.kind, value.simple, value.tensor = "simple", struct.unpack("<f", content)[0], []
        elif wire_type != 2:
            continue
        elif number in others:
            value.kind, value.tensor = others[number], []
        elif number == 8:
            value.kind = "tensor"
            value.tensor = value.tensor + message(content)
        elif number == 9:
            value.plugin = value.plugin or b""
            for inner, kind, one in message(content):
                if (inner, kind) == (1, 2):
                    for field_number, field_type, text in message(one):
                        if (field_number, field_type) == (1, 2):
                            value.plugin = text
                        elif (field_number, field_type) == (2, 2):
                            value.content = text
    return value


CONTENT = {1: "f", 2: "d", 3: "i", 4: "B", 5: "h", 6: "b", 9: "q", 10: "?", 17: "H", 19: "e", 22: "I", 23: "Q"}
LISTS = {1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 17: 7, 8: 8, 7: 8, 9: 10, 10: 11, 19: 13, 14: 13, 22: 16, 23: 17}


def tensor_number(tensor: list[tuple[int, int, Any]]) -> tuple[float | None, int, list[str]]:
    """(the one number of the tensor or None, its rank, its strings)."""
    dtype, content, unknown = 0, b"", False
    sizes: list[int] = []
    lists: dict[int, list[Any]] = {}
    for number, wire_type, value in tensor:
        if (number, wire_type) == (1, 0):
            dtype = value
        elif (number, wire_type) == (2, 2):
            for inner, kind, one in message(value):
                if (inner, kind) == (2, 2):
                    size = [each for name, form, each in message(one) if (name, form) == (1, 0)]
                    sizes.append(size[-1] if size else 0)
                elif (inner, kind) == (3, 0):
                    unknown = one != 0
        elif (number, wire_type) == (4, 2):
            content = value
        elif number in LISTS.values():
            lists.setdefault(number, []).extend(elements(number, wire_type, value))
    texts = [text.decode("utf-8", "replace") for text in lists.get(8, [])] if dtype == 7 else []
    if unknown or any(size != 1 for size in sizes) or dtype not in LISTS or dtype in (7, 8):
        return None, len(sizes), texts
    if content:
        return from_content(dtype, content), len(sizes), texts
    found = lists.get(LISTS[dtype], [])
    return (from_list(dtype, found[0]) if len(found) == 1 else None), len(sizes), texts


def elements(number: int, wire_type: int, value: Any) -> list[Any]:
    if number == 8:
        return [value] if wire_type == 2 else []
    form = {5: "f", 6: "d"}.get(number)
    if form:
        size = struct.calcsize(form)
        if wire_type == 2 and len(value) % size:
            raise ValueError("packed")
        expected = 5 if number == 5 else 1
        return list(struct.unpack(f"<{len(value) // size}{form}", value)) if wire_type in (2, expected) else []
    if wire_type == 0:
        return [value]
    found, at = [], 0
    while wire_type == 2 and at < len(value):
        one, at = varint(value, at)
        found.append(one)
    return found


def from_content(dtype: int, content: bytes) -> float | None:
    if dtype == 14:
        return float(struct.unpack("<f", b"\0\0" + content)[0]) if len(content) == 2 else None
    if len(content) != struct.calcsize(CONTENT[dtype]):
        return None
    return float(struct.unpack("<" + CONTENT[dtype], content)[0])


def from_list(dtype: int, value: Any) -> float:
    if dtype in (1, 2):
        return float(value)
    if dtype == 19:
        return float(struct.unpack("<e", (value % 2**16).to_bytes(2, "little"))[0])
    if dtype == 14:
        return float(struct.unpack("<f", b"\0\0" + (value % 2**16).to_bytes(2, "little"))[0])
    if dtype == 10:
        return float(value != 0)
    if dtype == 22:
        return float(value % 2**32)
    if dtype in (9, 23):
        return float(value - 2**64 if dtype == 9 and value >= 2**63 else value)
    low = value % 2**32
    return float(low - 2**32 if low >= 2**31 else low)
