"""Columns of scalars to the bytes of their records, all records of one shape at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loglens.events import encode
from loglens.events.crc32c import checksum, masked_words
from loglens.events.encode import ScalarForm
from loglens.events.event import parse_event
from loglens.events.framing import FRAME_BYTES, HEADER_BYTES
from loglens.events.series import Floats, Ints
from loglens.events.tensor import BFLOAT16, DType

_VARINT_LIMITS = np.array([1 << 7 * groups for groups in range(1, 9)], np.uint64)  # 9 bytes hold every int64 >= 0


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Scalars in file order: arrays of one length, `indices` into a list of tags."""

    indices: Ints
    steps: Ints
    wall_times: Floats
    values: Floats

    def __getitem__(self, part: slice | npt.NDArray[np.intp]) -> Points:
        return Points(self.indices[part], self.steps[part], self.wall_times[part], self.values[part])


def encode_columns(tags: Sequence[str], points: Points, form: ScalarForm, seen: set[str]) -> bytes:
    """The records of the points in their order; `seen` are the tags already in the file, and is added to."""
    first = np.zeros(len(points.indices), np.int64)
    present, first_at = np.unique(points.indices, return_index=True)
    if form.metadata == "first":
        first[[at for tag, at in zip(present, first_at, strict=True) if tags[tag] not in seen]] = 1
    seen.update(tags[tag] for tag in present)
    if form.dtype not in (None, DType.FLOAT, DType.DOUBLE) and not form.in_content:
        return _one_by_one(tags, points, form, first)
    widths = varint_widths(points.steps)
    shapes, shape_of = np.unique((points.indices * 16 + widths) * 2 + first, return_inverse=True)
    encoded = []
    for number, shape in enumerate(shapes.tolist()):
        members = np.flatnonzero(shape_of == number)
        tag, width = tags[shape >> 5], shape >> 1 & 15
        encoded.append((members, _rows(tag, width, points[members], form, first=bool(shape & 1))))
    return _in_order(encoded, len(first))


def varint_widths(steps: Ints) -> Ints:
    """How many bytes the varint of each step takes; 0 for step 0, which is left out."""
    unsigned = steps.view(np.uint64)
    widths = np.searchsorted(_VARINT_LIMITS, unsigned, side="right") + 1
    widths[steps == 0] = 0
    widths[steps < 0] = 10
    return widths


def varint_bytes(steps: Ints, width: int) -> npt.NDArray[np.uint8]:
    """uint8[n, width]: the varints of steps that all take `width` bytes."""
    shifts = np.arange(width, dtype=np.uint64) * np.uint64(7)
    groups = (steps.view(np.uint64)[:, None] >> shifts & np.uint64(0x7F)).astype(np.uint8)
    groups[:, :-1] |= 0x80
    return groups


def number_bytes(values: Floats, number_format: str) -> npt.NDArray[np.uint8]:
    """uint8[n, width]: the values as little-endian elements of a struct format or BFLOAT16."""
    with np.errstate(over="ignore", invalid="ignore"):  # beyond the type: Inf, as a cast gives
        if number_format == BFLOAT16:
            bits = values.astype("<f4").view(np.uint32)
            rounded = bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
            rounded = np.where(np.isnan(values), bits | np.uint32(0x400000), rounded) >> np.uint32(16)
            column = rounded.astype("<u2")
        else:
            column = values.astype(number_format)
    return column.view(np.uint8).reshape(len(values), -1)


def _rows(tag: str, width: int, points: Points, form: ScalarForm, *, first: bool) -> npt.NDArray[np.uint8]:
    """uint8[n, record bytes]: a sample record repeated, its three changing fields overwritten.

    Where they lie is what the reader says of the sample: the two can't disagree.
    """
    sample_step = 0 if width == 0 else -1 if width == 10 else 1 << 7 * (width - 1)
    payload = encode.event(1.0, sample_step, encode.summary([encode.scalar_value(tag, 1.0, form, first=first)]))
    event = parse_event(payload)
    number = event.values[0].number
    assert number is not None
    rows = np.tile(np.frombuffer(encode.framed(payload), np.uint8), (len(points.steps), 1))
    body = rows[:, HEADER_BYTES:-4]
    body[:, event.wall_time_at : event.wall_time_at + 8] = points.wall_times.astype("<f8").view(np.uint8).reshape(-1, 8)
    if width:
        body[:, slice(*event.step)] = varint_bytes(points.steps, width)
    body[:, number.start : number.end] = number_bytes(points.values, number.format)
    size = rows.shape[1] - FRAME_BYTES
    payloads = np.ascontiguousarray(body).tobytes()
    crcs = np.array([checksum(payloads[at : at + size]) for at in range(0, len(payloads), size)], np.uint32)
    rows[:, -4:] = masked_words(crcs).astype("<u4").view(np.uint8).reshape(-1, 4)
    return rows


def _in_order(encoded: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]], count: int) -> bytes:
    """The rows of all shapes, each at the place of its point."""
    sizes = np.zeros(count + 1, np.int64)
    for members, rows in encoded:
        sizes[members + 1] = rows.shape[1]
    offsets = np.cumsum(sizes)
    out = np.empty(int(offsets[-1]), np.uint8)
    for members, rows in encoded:
        size = rows.shape[1]
        records = np.ndarray((len(out) - size + 1,), f"V{size}", buffer=out.data, strides=(1,))
        records[offsets[members]] = rows.view(f"V{size}").ravel()
    return out.tobytes()


def _one_by_one(tags: Sequence[str], points: Points, form: ScalarForm, first: Ints) -> bytes:
    """For elements that are varints, whose records differ in length from value to value."""
    columns = [column.tolist() for column in (points.indices, points.steps, points.wall_times, points.values, first)]
    records = []
    for index, step, wall_time, value, is_first in zip(*columns, strict=True):
        encoded = encode.scalar_value(tags[index], value, form, first=bool(is_first))
        records.append(encode.framed(encode.event(wall_time, step, encode.summary([encoded]))))
    return b"".join(records)
