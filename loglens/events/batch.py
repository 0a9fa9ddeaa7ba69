"""Many sound records at once: scalar points by tag, and the events that hold anything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from loglens.events.crc32c import Bytes
from loglens.events.heads import Heads, read_heads
from loglens.events.layouts import LayoutBook, Match, Rows, column
from loglens.events.series import Floats, Ints
from loglens.events.soundness import LONG_PAYLOAD


class Piece(NamedTuple):
    """Points of one tag in file order; `offsets` are those of their records, `values` in the type they were written in.

    `needs_plugin` says that they are scalars only while the tag's plugin is "scalars" or unnamed; `names_plugin` that
    they name it. `position` is the place of the first point's value in its event.
    """

    offsets: Ints
    steps: Ints
    wall_times: Floats
    values: npt.NDArray[np.generic]
    needs_plugin: bool = False
    names_plugin: bool = False
    position: int = 0

    def part(self, start: int, end: int) -> Piece:
        """The points [start, end)."""
        offsets, steps, wall_times, values, needs, names, position = self
        span = slice(start, end)
        return Piece(offsets[span], steps[span], wall_times[span], values[span], needs, names, position)


@dataclass(slots=True)
class Batch:
    """The scalars of regular events by tag; the records of all other events, as (offset, payload length)."""

    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    others: list[tuple[int, int]] = field(default_factory=list)


def decode_batch(buffer: Bytes, offsets: Ints, lengths: Ints, book: LayoutBook) -> Batch:
    """Decode records whose checksums hold. Needs 24 bytes of padding at the end of the buffer."""
    batch = Batch()
    if not len(offsets):
        return batch
    heads = read_heads(buffer, offsets, lengths)
    heads.usual[lengths >= LONG_PAYLOAD] = False
    keys = np.where(heads.usual, heads.tail_lengths, 0).astype(np.uint16)
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    bounds = [0, *(np.flatnonzero(sorted_keys[1:] != sorted_keys[:-1]) + 1).tolist(), len(order)]
    others = []
    for start, end in pairwise(bounds):
        members, length = order[start:end], int(sorted_keys[start])
        if length:
            rows = _rows(buffer, heads.tail_starts[members], length)
            matches, strange = book.sort(rows, length)
            for match in matches:
                _add_points(match, rows, heads, members, batch)
            members = members[strange]
        others.append(members)
    strange = np.sort(np.concatenate(others))
    batch.others = list(zip(offsets[strange].tolist(), lengths[strange].tolist(), strict=True))
    return batch


def _rows(buffer: Bytes, starts: Ints, length: int) -> Rows:
    """uint64[n, words]: the bytes from each start on, `length` of them and up to seven more."""
    words = -(-length // 8)
    spans = np.ndarray((len(buffer) - 8 * words + 1,), f"V{8 * words}", buffer.data, 0, (1,))  # one at every position
    return spans[starts].view(np.uint64).reshape(len(starts), words)


def _add_points(match: Match, rows: Rows, heads: Heads, members: Ints, batch: Batch) -> None:
    """Split the points of one layout by template, in file order; `members` are the records that the rows come from."""
    layout, at, ids = match
    bounds = [0, len(ids)]
    if len(layout.tags) > 1:
        order = np.argsort(ids.astype(np.uint16) if len(layout.tags) < 1 << 16 else ids, kind="stable")
        at = at[order]
        bounds = [0, *np.cumsum(np.bincount(ids, minlength=len(layout.tags))).tolist()]
    if len(at) < len(rows) or len(layout.tags) > 1:
        rows, members = rows[at], members[at]
    shape = layout.shape
    numbers = [column(rows, position, form) for position, form in shape.numbers]
    offsets, steps, wall_times = heads.offsets[members], heads.steps[members], heads.wall_times[members]
    for array in (steps, wall_times, *numbers):
        array.setflags(write=False)
    kinds = list(zip(numbers, shape.needs_plugin, shape.names_plugin, range(len(numbers)), strict=True))
    for tags, (start, end) in zip(layout.tags, pairwise(bounds), strict=False):
        if end > start:
            part = slice(start, end)
            head = offsets[part], steps[part], wall_times[part]
            for tag, (values, needs, names, position) in zip(tags, kinds, strict=True):
                batch.pieces.setdefault(tag, []).append(Piece(*head, values[part], needs, names, position))
