"""Layouts: where the numbers lie in events of one shape, and the tags that were seen in that shape."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from loglens.events.event import Event, parse_event, text_of
from loglens.events.series import Ints
from loglens.events.tensor import BFLOAT16, CONTENT_FORMAT
from loglens.events.wire import WireError

Rows = npt.NDArray[np.uint64]

_MOST_LAYOUTS = 64  # of one length: what is more irregular than that is parsed event by event
_SLOT_BITS = 14  # 64 kB of slots, which stay in cache; tags that share one find room in the next layout of their shape
_SUMMARY_KEY = 0x2A  # field 5, bytes: what a tail with scalars begins with
_WIDTHS = {number_format: struct.calcsize(number_format) for number_format in CONTENT_FORMAT.values()} | {BFLOAT16: 2}


@dataclass(frozen=True, slots=True)
class Shape:
    """Where tags and numbers lie in a tail (the bytes of an event after its step), and how they are coded."""

    tags: tuple[tuple[int, int], ...]
    numbers: tuple[tuple[int, str], ...]  # position, format
    needs_plugin: tuple[bool, ...]  # a tensor is a scalar only while its tag's plugin says so; a simple value always
    names_plugin: tuple[bool, ...]  # whether the value itself names the plugin (it is "scalars" then)


class Layout:
    """Tails of one shape and length that differ in tags and numbers only.

    Trick: the tail without its numbers is hashed to a slot that tells the template it must be; all its bytes are
    then compared with that template. So one pass decides structure and tag, for a thousand tags as for one.
    """

    def __init__(self, shape: Shape, tail: bytes, seed: int) -> None:
        self.shape = shape
        self.tags: list[tuple[str, ...]] = []
        words = -(-len(tail) // 8)
        keep = np.zeros(words * 8, np.uint8)
        keep[: len(tail)] = 0xFF
        for position, number_format in shape.numbers:
            keep[position : position + _WIDTHS[number_format]] = 0
        self._keep = keep.view(np.uint64)
        fixed = keep.copy()
        for start, end in shape.tags:
            fixed[start:end] = 0
        self._fixed = fixed.view(np.uint64)
        self._structure = np.frombuffer(tail.ljust(words * 8, b"\0"), np.uint64) & self._fixed
        self._used = np.flatnonzero(self._keep).tolist()
        self._templates = np.zeros((words, 0), np.uint64)
        self._slots = np.full(1 << _SLOT_BITS, -1, np.int32)
        self._factors = _odd_numbers(seed, words + 1)

    def match(self, rows: Rows) -> npt.NDArray[np.int32]:
        """int32[n]: the template of each row uint64[n, words], an index into `tags`; -1 where there is none."""
        kept = [(word, rows[:, word] & self._keep[word]) for word in self._used]
        if len(self.tags) == 1:
            ids = np.zeros(len(rows), np.int32)
            same = self._verify(kept, ids)
            if same.all():
                return ids
        slots = self._hash(kept)
        ids = self._slots[slots]
        if ids.min() < 0:
            self._learn(rows, slots, ids)
            ids = self._slots[slots]
        ids[~self._verify(kept, ids)] = -1
        return ids

    def _hash(self, kept: list[tuple[int, npt.NDArray[np.uint64]]]) -> npt.NDArray[np.intp]:
        total = np.zeros(len(kept[0][1]), np.uint64)
        for word, column in kept:
            total += column * self._factors[word]
        total ^= total >> np.uint64(29)
        total *= self._factors[-1]
        return (total >> np.uint64(64 - _SLOT_BITS)).astype(np.intp)

    def _verify(
        self, kept: list[tuple[int, npt.NDArray[np.uint64]]], ids: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.bool_]:
        same = ids >= 0
        if not self.tags:
            return same
        one = len(self.tags) == 1
        for word, column in kept:
            template = self._templates[word]
            same &= column == (template[0] if one else template[ids])
        return same

    def _learn(self, rows: Rows, slots: npt.NDArray[np.intp], ids: npt.NDArray[np.int32]) -> None:
        """Take up a template for each free slot that a row of this shape falls into."""
        unknown = np.flatnonzero(ids < 0)
        one_of = np.full(1 << _SLOT_BITS, -1, np.int64)
        one_of[slots[unknown][::-1]] = unknown[::-1]  # the first row of each slot: tags come in the order of the file
        examples = np.sort(one_of[one_of >= 0])
        examples = examples[((rows[examples] & self._fixed) == self._structure).all(axis=1)]
        taken = []
        for row in examples.tolist():
            tail = rows[row].tobytes()
            tags = tuple(text_of(tail, span) for span in self.shape.tags)
            if len(set(tags)) == len(tags):  # a tag that stands twice in one event is left to the slow way
                self._slots[slots[row]] = len(self.tags)
                self.tags.append(tags)
                taken.append(row)
        self._templates = np.concatenate([self._templates, (rows[taken] & self._keep).T], axis=1)


def _odd_numbers(seed: int, count: int) -> Rows:
    """Factors for hashing: the splitmix64 sequence (Steele, Lea, Flood 2014), made odd. numpy.random costs 10 ms."""
    state = np.arange(1 + seed * count, 1 + (seed + 1) * count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ state >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ state >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (state ^ state >> np.uint64(31)) | np.uint64(1)


class Match(NamedTuple):
    """The rows that are of one layout: their numbers, and the template of each."""

    layout: Layout
    rows: Ints
    templates: npt.NDArray[np.int32]


class LayoutBook:
    """The layouts seen so far, by the length of the tail; kept from batch to batch and from file to file."""

    def __init__(self) -> None:
        self._by_length: dict[int, list[Layout]] = {}

    def sort(self, rows: Rows, length: int) -> tuple[list[Match], Ints]:
        """The rows uint64[n, words] of tails of one length, by layout; the numbers of those that have none."""
        layouts = self._by_length.setdefault(length, [])
        matches: list[Match] = []
        rest = np.arange(len(rows))
        strange: list[Ints] = []
        number = 0
        while len(rest):
            if number == _MOST_LAYOUTS:
                strange.append(rest)
                break
            if number == len(layouts):
                tail = rows[rest[0]].tobytes()[:length]
                shape = shape_of(tail)
                if shape is None and tail[0] == _SUMMARY_KEY:
                    strange.append(rest[:1])
                    rest = rest[1:]
                    continue
                if shape is None:  # no summary, such as a file version: with it go all others that hold none
                    summaries = rows[rest, 0].view(np.uint8)[::8] == _SUMMARY_KEY
                    strange.append(rest[~summaries])
                    rest = rest[summaries]
                    continue
                layouts.append(Layout(shape, tail, seed=number))
            layout = layouts[number]
            number += 1
            ids = layout.match(rows if len(rest) == len(rows) else rows[rest])
            hits = ids >= 0
            if hits.all():
                matches.append(Match(layout, rest, ids))
                rest = rest[:0]
            elif hits.any():
                matches.append(Match(layout, rest[hits], ids[hits]))
                rest = rest[~hits]
        return matches, np.sort(np.concatenate(strange)) if strange else rest


def shape_of(tail: bytes) -> Shape | None:
    """The shape of a tail that holds nothing but scalars at fixed places, None for every other."""
    try:
        event = parse_event(tail)
    except WireError:
        return None
    if not _only_values(event):
        return None
    numbers, needs_plugin, plugins = [], [], []
    for value in event.values:
        plugin = None if value.plugin is None else text_of(tail, value.plugin)
        simple = value.kind == "simple"
        if value.number is None or value.number.format not in _WIDTHS or plugin not in (None, "scalars"):
            return None
        if not simple and plugin is None and value.rank:
            return None
        numbers.append((value.number.start, value.number.format))
        needs_plugin.append(not simple)
        plugins.append(plugin is not None)
    tags = tuple(value.tag for value in event.values)
    names = {tail[start:end] for start, end in tags}
    return Shape(tags, tuple(numbers), tuple(needs_plugin), tuple(plugins)) if len(names) == len(tags) else None


def _only_values(event: Event) -> bool:
    no_head = event.wall_time_at < 0 and event.step == (0, 0)
    return no_head and event.file_version is None and not event.session_start and bool(event.values)


def column(rows: Rows, position: int, number_format: str) -> npt.NDArray[Any]:
    """The numbers at one byte position of the rows, in the type they were written in (bfloat16 as float32)."""
    dtype = np.dtype({BFLOAT16: "<u2", "<?": "<u1"}.get(number_format, number_format))
    values = np.ndarray((len(rows),), dtype, rows.data, position, (8 * rows.shape[1],)).copy()
    if number_format == BFLOAT16:
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values != 0 if number_format == "<?" else values
