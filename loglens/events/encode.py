"""Event messages as bytes: the mirror of event.py and tensor.py, in every form that writers use for a scalar."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from loglens.events.crc32c import checksum, masked
from loglens.events.tensor import CONTENT_FORMAT, DType
from loglens.events.wire import BYTES, FIXED32, FIXED64, VARINT

_INTEGER_VALUES = {DType.INT64: 10, DType.BOOL: 11, DType.UINT32: 16, DType.UINT64: 17}  # others lie in int_val, 7
_SCALARS_METADATA = b"\x0a\x09\x0a\x07scalars"  # plugin_data{plugin_name}, as tensorboard's own scalar_pb writes it


@dataclass(frozen=True, slots=True)
class ScalarForm:
    """How a writer puts a scalar on the wire.

    `dtype` None is simple_value (tensorboardX, torch, TF1); else a rank-0 tensor of that type, its element in
    `tensor_content` (TF2) or in the typed list, float_val and so on (tensorboard's scalar_pb). `metadata` names
    the scalars plugin on every value (TF2), on the first value of a tag only, or never.
    """

    dtype: DType | None = None
    in_content: bool = True
    metadata: Literal["every", "first", "none"] = "none"


SIMPLE_VALUE = ScalarForm()
TF2_TENSOR = ScalarForm(DType.FLOAT, in_content=True, metadata="every")
SCALAR_PB = ScalarForm(DType.FLOAT, in_content=False, metadata="every")


def framed(payload: bytes) -> bytes:
    """The TFRecord of a payload."""
    length = len(payload).to_bytes(8, "little")
    return b"".join(
        (
            length,
            masked(checksum(length)).to_bytes(4, "little"),
            payload,
            masked(checksum(payload)).to_bytes(4, "little"),
        )
    )


def varint(value: int) -> bytes:
    """An integer as a protobuf varint; a negative one as its 64-bit two's complement (10 bytes)."""
    value &= 0xFFFFFFFFFFFFFFFF
    groups = bytearray()
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def bytes_field(number: int, content: bytes) -> bytes:
    """A length-delimited field: a string, bytes or a message."""
    return varint(number << 3 | BYTES) + varint(len(content)) + content


def varint_field(number: int, value: int) -> bytes:
    """An integer field; zero is left out, as proto3 does."""
    return varint(number << 3 | VARINT) + varint(value) if value else b""


def event(wall_time: float, step: int, body: bytes) -> bytes:
    """An Event: wall time in seconds since 1970, step, and one more field such as `summary(...)`."""
    return bytes([1 << 3 | FIXED64]) + struct.pack("<d", wall_time) + varint_field(2, step) + body


def summary(values: Sequence[bytes]) -> bytes:
    """The summary field of an Event."""
    return bytes_field(5, b"".join(bytes_field(1, value) for value in values))


def file_version(version: int) -> bytes:
    """The file_version field of an Event."""
    return bytes_field(3, f"brain.Event:{version}".encode())


def session_start() -> bytes:
    """The session_log field of an Event, status START."""
    return bytes_field(7, varint_field(1, 1))


def scalar_value(tag: str, value: float, form: ScalarForm = SIMPLE_VALUE, *, first: bool = False) -> bytes:
    """A Summary.Value; `first` says that it is the first of its tag, for forms with metadata on that one only."""
    name = bytes_field(1, tag.encode())
    metadata = (
        bytes_field(9, _SCALARS_METADATA) if form.metadata == "every" or (form.metadata == "first" and first) else b""
    )
    if form.dtype is None:
        return name + bytes([2 << 3 | FIXED32]) + _float32(value) + metadata
    return name + bytes_field(8, scalar_tensor(value, form.dtype, form.in_content)) + metadata


def scalar_tensor(value: float, dtype: DType, in_content: bool) -> bytes:
    """A TensorProto of rank 0; integers take the integer part of `value`, bool is true when it is not 0."""
    head = varint_field(1, dtype) + bytes_field(2, b"")
    element = _element(value, dtype)
    if in_content:
        return head + bytes_field(4, element)
    if dtype in (DType.FLOAT, DType.DOUBLE):
        return head + bytes_field(5 if dtype is DType.FLOAT else 6, element)  # packed
    if dtype in (DType.HALF, DType.BFLOAT16):
        return head + bytes_field(13, varint(int.from_bytes(element, "little")))
    return head + bytes_field(_INTEGER_VALUES.get(dtype, 7), varint(bool(value) if dtype is DType.BOOL else int(value)))


def text_value(tag: str, text: str, plugin: str = "text") -> bytes:
    """A Summary.Value of the text plugin: a rank-0 string tensor."""
    tensor = varint_field(1, DType.STRING) + bytes_field(2, b"") + bytes_field(8, text.encode())
    return bytes_field(1, tag.encode()) + bytes_field(8, tensor) + bytes_field(9, plugin_metadata(plugin, b""))


def hparams_value(hparams: Mapping[str, float | bool | str], start_time: float) -> bytes:
    """A Summary.Value of the hparams plugin: its session_start_info with the parameters of this run."""
    info = b"".join(
        bytes_field(1, bytes_field(1, name.encode()) + bytes_field(2, _struct_value(value)))
        for name, value in sorted(hparams.items())
    )
    info += bytes([5 << 3 | FIXED64]) + struct.pack("<d", start_time)
    metadata = plugin_metadata("hparams", bytes_field(3, info))
    return bytes_field(1, b"_hparams_/session_start_info") + bytes_field(9, metadata)


def plugin_metadata(plugin: str, content: bytes) -> bytes:
    """A SummaryMetadata that names a plugin and carries its data."""
    data = bytes_field(1, plugin.encode()) + (bytes_field(2, content) if content else b"")
    return bytes_field(1, data)


def _struct_value(value: float | bool | str) -> bytes:
    """A google.protobuf.Value."""
    if isinstance(value, bool):
        return bytes([4 << 3 | VARINT, value])
    if isinstance(value, str):
        return bytes_field(3, value.encode())
    return bytes([2 << 3 | FIXED64]) + struct.pack("<d", value)


def _element(value: float, dtype: DType) -> bytes:
    if dtype is DType.BFLOAT16:
        return bfloat16_bits(value).to_bytes(2, "little")
    if dtype is DType.FLOAT:
        return _float32(value)
    if dtype is DType.HALF:
        try:
            return struct.pack("<e", value)
        except OverflowError:
            return struct.pack("<e", float("inf") if value > 0 else float("-inf"))
    if dtype is DType.BOOL:
        return bytes([bool(value)])
    return struct.pack(CONTENT_FORMAT[dtype], value if dtype is DType.DOUBLE else int(value))


def _float32(value: float) -> bytes:
    try:
        return struct.pack("<f", value)
    except OverflowError:  # beyond float32: Inf, as a cast gives
        return struct.pack("<f", float("inf") if value > 0 else float("-inf"))


def bfloat16_bits(value: float) -> int:
    """The value rounded to bfloat16 (to nearest, ties to even), as its 16 bits."""
    bits = int.from_bytes(_float32(value), "little")
    if math.isnan(value):  # NaN: rounding could carry it into Inf
        return bits >> 16 | 0x40
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
