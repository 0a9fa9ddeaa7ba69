"""A TensorProto of one element: where its number lies in the bytes, and how it is coded."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from loglens.events import wire
from loglens.events.wire import BYTES, FIXED32, FIXED64, WireError, field_tuples, signed, varint


class DType(IntEnum):
    """The numeric data types of tensorflow/core/framework/types.proto that one number can be read from."""

    FLOAT = 1
    DOUBLE = 2
    INT32 = 3
    UINT8 = 4
    INT16 = 5
    INT8 = 6
    STRING = 7
    INT64 = 9
    BOOL = 10
    BFLOAT16 = 14
    UINT16 = 17
    HALF = 19
    UINT32 = 22
    UINT64 = 23


CONTENT_FORMAT = {
    DType.FLOAT: "<f",
    DType.DOUBLE: "<d",
    DType.INT32: "<i",
    DType.UINT8: "<B",
    DType.INT16: "<h",
    DType.INT8: "<b",
    DType.INT64: "<q",
    DType.BOOL: "<?",
    DType.UINT16: "<H",
    DType.HALF: "<e",
    DType.UINT32: "<I",
    DType.UINT64: "<Q",
}
"""How an element lies in `tensor_content` (little endian), as a struct format; bfloat16 has none of its own."""

BFLOAT16 = "bfloat16"  # the upper half of a float32
VARINT = "varint "  # what the varints of the typed lists begin with; the protobuf type of the list follows

_TYPED_FIELD = {
    DType.FLOAT: 5,
    DType.DOUBLE: 6,
    DType.INT32: 7,
    DType.UINT8: 7,
    DType.INT16: 7,
    DType.INT8: 7,
    DType.UINT16: 7,
    DType.STRING: 8,
    DType.INT64: 10,
    DType.BOOL: 11,
    DType.HALF: 13,
    DType.BFLOAT16: 13,
    DType.UINT32: 16,
    DType.UINT64: 17,
}
"""The repeated field that holds the elements of a type when they are not in `tensor_content`."""

_MOST_STRINGS = 4096  # of one tensor: tables of texts are far smaller; a limit on what hostile bytes can cost
_TYPED_NUMBERS = frozenset(_TYPED_FIELD.values())


@dataclass(frozen=True, slots=True)
class Number:
    """Where one number lies: `format` is a struct format, BFLOAT16 or a VARINT_ form; `end` is exclusive."""

    format: str
    start: int
    end: int


class Tensor:
    """What is known of a TensorProto while its fields come in (a later message of the same field adds to it)."""

    __slots__ = ("_unknown_rank", "content", "dtype", "one_element", "rank", "spans")

    def __init__(self) -> None:
        self.dtype = 0
        self.rank = 0
        self.one_element = True
        self._unknown_rank = False
        self.content = (0, 0)
        self.spans: dict[int, list[tuple[int, int]]] = {}  # field -> spans of the first elements

    def read(self, data: bytes, at: int, end: int) -> None:
        """Take in the message `data[at:end]`; raises WireError."""
        for number, wire_type, start, stop in field_tuples(data, at, end):
            if number == 1 and wire_type == wire.VARINT:
                self.dtype = varint(data, start, stop)[0]
            elif number == 2 and wire_type == BYTES:
                self._read_shape(data, start, stop)
            elif number == 4 and wire_type == BYTES:
                self.content = (start, stop)
            elif number in _TYPED_NUMBERS:
                self._read_elements(data, number, wire_type, start, stop)

    def _read_shape(self, data: bytes, at: int, end: int) -> None:
        for number, wire_type, start, stop in field_tuples(data, at, end):
            if number == 2 and wire_type == BYTES:
                size = 0
                for inner, inner_type, value, value_end in field_tuples(data, start, stop):
                    if inner == 1 and inner_type == wire.VARINT:
                        size = varint(data, value, value_end)[0]
                self.rank += 1
                self.one_element &= size == 1
            elif number == 3 and wire_type == wire.VARINT:
                self._unknown_rank = varint(data, start, stop)[0] != 0

    def _read_elements(self, data: bytes, number: int, wire_type: int, start: int, end: int) -> None:
        spans = self.spans.setdefault(number, [])
        if number == 8:
            if wire_type == BYTES and len(spans) < _MOST_STRINGS:
                spans.append((start, end))
            return
        width = {5: 4, 6: 8}.get(number)
        if wire_type == BYTES and width:  # packed
            if (end - start) % width:
                raise WireError("a packed list ends within an element")
            spans.extend((at, at + width) for at in range(start, min(end, start + 2 * width), width))
        elif wire_type == BYTES:
            while start < end:  # read to the end, so that broken elements are found
                after = varint(data, start, end)[1]
                spans.append((start, after))
                del spans[2:]
                start = after
        elif wire_type == (FIXED32 if number == 5 else FIXED64 if number == 6 else wire.VARINT):
            spans.append((start, end))
        del spans[2:]  # two suffice to say that there is more than one

    def number(self) -> Number | None:
        """The one number that the tensor holds, or None when it holds none, several, or another type."""
        if not self.one_element or self._unknown_rank or self.dtype not in _TYPED_FIELD or self.dtype == DType.STRING:
            return None
        dtype = DType(self.dtype)
        start, end = self.content
        if end > start:
            form = BFLOAT16 if dtype is DType.BFLOAT16 else CONTENT_FORMAT[dtype]
            width = 2 if dtype is DType.BFLOAT16 else struct.calcsize(form)
            return Number(form, start, end) if end - start == width else None
        spans = self.spans.get(_TYPED_FIELD[dtype], [])
        return Number(_typed_format(dtype), *spans[0]) if len(spans) == 1 else None

    def strings(self) -> Sequence[tuple[int, int]]:
        """The spans of the elements of a string tensor."""
        return self.spans.get(8, []) if self.dtype == DType.STRING else ()


def _typed_format(dtype: DType) -> str:
    if dtype in (DType.FLOAT, DType.DOUBLE):
        return CONTENT_FORMAT[dtype]
    own = {
        DType.HALF: "half",
        DType.BFLOAT16: "bfloat16",
        DType.INT64: "int64",
        DType.UINT64: "uint64",
        DType.UINT32: "uint32",
        DType.BOOL: "bool",
    }
    return VARINT + own.get(dtype, "int32")


def decode_number(data: bytes, number: Number) -> float:
    """The number as a float64 (integers beyond 2**53 are rounded, as float() does)."""
    if number.format == BFLOAT16:
        return _bfloat16(int.from_bytes(data[number.start : number.end], "little"))
    if not number.format.startswith(VARINT):
        return float(struct.unpack_from(number.format, data, number.start)[0])
    value = varint(data, number.start, number.end)[0]
    match number.format.removeprefix(VARINT):
        case "half":
            return float(struct.unpack("<e", (value & 0xFFFF).to_bytes(2, "little"))[0])
        case "bfloat16":
            return _bfloat16(value & 0xFFFF)
        case "int64":
            return float(signed(value))
        case "uint64":
            return float(value)
        case "uint32":
            return float(value & 0xFFFFFFFF)
        case "bool":
            return float(value != 0)
    low = value & 0xFFFFFFFF
    return float(low - (1 << 32) if low >> 31 else low)


def _bfloat16(bits: int) -> float:
    return float(struct.unpack("<f", (bits << 16).to_bytes(4, "little"))[0])
