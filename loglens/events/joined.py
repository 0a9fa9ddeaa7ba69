"""Many small event files read as one: joined in one buffer, decoded together, split again."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from loglens.events.batch import Batch, Piece, decode_batch
from loglens.events.contents import FileContents
from loglens.events.follow import PADDING_BYTES
from loglens.events.framing import FRAME_BYTES, HEADER_BYTES, header_length
from loglens.events.layouts import LayoutBook
from loglens.events.prediction import LengthChain
from loglens.events.series import EventFile, Ints, Losses
from loglens.events.soundness import unsound_regions

SMALL_FILE_BYTES = 2 << 20  # beyond this the cost of a file of its own no longer counts
JOINED_BYTES = 4 << 20  # measured on 500 files of 250 kB: 2 to 4 MiB are best, 16 cost a third more (out of cache)
_NOTHING: Mapping[str, object] = MappingProxyType({})
_NO_RECORDS: Ints = np.zeros(0, np.int64)


@dataclass(slots=True)
class _Part:
    """One file within the buffer: the span of its bytes, and its records once they are known to be regular."""

    index: int
    start: int
    end: int
    offsets: Ints
    lengths: Ints
    stop: int = 0  # after the last complete record


class JoinedReader:
    """Reads small files that hold nothing unusual; leaves every other to the reader of single files."""

    def __init__(self) -> None:
        self._book = LayoutBook()
        self._chain = LengthChain()
        self._buffer = np.empty(JOINED_BYTES + SMALL_FILE_BYTES + PADDING_BYTES, np.uint8)

    def read(
        self, files: Sequence[tuple[str, str]], fetched: Mapping[str, object] = _NOTHING
    ) -> list[EventFile | None]:
        """One result for each (path, directory key): None for a file that is large, damaged, foreign or unreadable.

        `fetched` holds the contents of remote files by URL; others are read from disk.
        """
        results: list[EventFile | None] = [None] * len(files)
        parts: list[_Part] = []
        filled = 0
        for index, (path, _) in enumerate(files):
            held = fetched.get(path)
            size = self._take(held, filled) if isinstance(held, bytes) else self._load(path, filled)
            if size:
                parts.append(_Part(index, filled, filled + size, _NO_RECORDS, _NO_RECORDS))
                filled += size
            if filled >= JOINED_BYTES:
                self._decode(files, parts, filled, results)
                parts, filled = [], 0
        self._decode(files, parts, filled, results)
        return results

    def _take(self, held: bytes, at: int) -> int:
        size = len(held) if len(held) <= SMALL_FILE_BYTES else 0
        self._buffer[at : at + size] = np.frombuffer(held, np.uint8, size)
        return size

    def _load(self, path: str, at: int) -> int:
        """Read a small file to `at` in the buffer; its size, 0 when it is not for here."""
        try:
            status = os.stat(path)  # noqa: PTH116  (5,000 files: pathlib costs more than the call)
            size = status.st_size if stat.S_ISREG(status.st_mode) else 0
            if not 0 < size <= SMALL_FILE_BYTES:
                return 0
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                return file.readinto(self._buffer[at : at + size].data) or 0
        except OSError:
            return 0

    def _decode(
        self, files: Sequence[tuple[str, str]], parts: list[_Part], filled: int, results: list[EventFile | None]
    ) -> None:
        parts = self._sound(self._frame(parts, filled))
        if not parts:
            return
        offsets = np.concatenate([part.offsets for part in parts])
        lengths = np.concatenate([part.lengths for part in parts])
        batch = decode_batch(self._buffer, offsets, lengths, self._book)
        for part, own in zip(parts, _split(batch, parts), strict=True):
            path, directory = files[part.index]
            contents = FileContents(path, directory)
            contents.take(self._buffer, own, len(part.offsets), -part.start)
            if contents.recognised:
                tail = Losses(truncated_bytes=part.end - part.stop)
                results[part.index] = contents.finish(part.stop - part.start, tail)

    def _frame(self, parts: list[_Part], filled: int) -> list[_Part]:
        """The files that are records from their first byte to their last, or to a last one that is not complete."""
        regular: list[_Part] = []
        at = 0
        while at < len(parts):
            offsets, lengths, stop = self._chain.follow(self._buffer, parts[at].start, filled)
            borders = np.append(offsets, stop)
            ends = np.array([part.end for part in parts[at:]])
            places = np.searchsorted(borders, ends)
            whole = borders[np.minimum(places, len(offsets))] == ends
            count = len(whole) if whole.all() else int(whole.argmin())
            begin = 0
            for part, place in zip(parts[at : at + count], places.tolist(), strict=False):
                part.offsets, part.lengths, part.stop = offsets[begin:place], lengths[begin:place], part.end
                begin = place
            regular += parts[at : at + count]
            at += count
            if at < len(parts):  # the chain does not meet the border of this file: follow it alone
                part = parts[at]
                part.offsets, part.lengths, part.stop = self._chain.follow(self._buffer, part.start, part.end)
                if len(part.offsets) and self._is_cut_short(part):
                    regular.append(part)
                at += 1
        return regular

    def _is_cut_short(self, part: _Part) -> bool:
        if part.end - part.stop < HEADER_BYTES:
            return True
        length = header_length(self._buffer, part.stop)
        return length is not None and part.stop + FRAME_BYTES + length > part.end

    def _sound(self, parts: list[_Part]) -> list[_Part]:
        """The files whose records all hold."""
        if not parts:
            return []
        offsets = np.concatenate([part.offsets for part in parts])
        lengths = np.concatenate([part.lengths for part in parts])
        damaged = [
            (offsets[first], offsets[last - 1]) for first, last in unsound_regions(self._buffer, offsets, lengths)
        ]
        return [part for part in parts if not any(part.start <= last and first < part.end for first, last in damaged)]


def _split(batch: Batch, parts: list[_Part]) -> list[Batch]:
    """The batch of each file."""
    split = [Batch() for _ in parts]
    borders = np.array([part.start for part in parts[1:]])
    for tag, pieces in batch.pieces.items():
        for piece in pieces:
            with np.errstate(invalid="ignore"):  # a signalling NaN among damaged bytes is a NaN like any other
                values = piece.values.astype(np.float64)  # at once, not file by file
            values.setflags(write=False)
            _split_piece(tag, piece._replace(values=values), np.searchsorted(piece.offsets, borders), split)
    cuts = np.searchsorted(np.array([offset for offset, _ in batch.others]), borders).tolist()
    for own, (start, end) in zip(split, pairwise([0, *cuts, len(batch.others)]), strict=True):
        own.others = batch.others[start:end]
    return split


def _split_piece(tag: str, piece: Piece, cuts: Ints, split: list[Batch]) -> None:
    start = 0
    for own, end in zip(split, [*cuts.tolist(), len(piece.offsets)], strict=True):
        if end > start:
            own.pieces.setdefault(tag, []).append(piece.part(start, end))
            start = end
