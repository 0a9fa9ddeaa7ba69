"""An event file read window by window, and read on from there when it has grown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.batch import decode_batch
from loglens.events.contents import FileContents
from loglens.events.crc32c import Bytes
from loglens.events.errors import NotAnEventFileError
from loglens.events.foreign import describe, signed_as
from loglens.events.framing import FRAME_BYTES, HEADER_BYTES, header_length
from loglens.events.layouts import LayoutBook
from loglens.events.prediction import LengthChain
from loglens.events.recovery import tail_losses, walk
from loglens.events.series import EventFile, Ints, Losses
from loglens.events.soundness import unsound_regions
from loglens.events.source import ByteSource

WINDOW_BYTES = 4 << 20  # measured: from 2 to 8 MiB the cost is the same; smaller pays calls, larger leaves the cache
PADDING_BYTES = 64  # what decoding may look at beyond the last record
_HEAD_BYTES = 512
_TIMES_ANEW = 3  # a remote file that is replaced while it is read is read again so often


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a look at a live file found: bytes taken in, and why reading started over ("" when it went on)."""

    new_bytes: int
    started_over: str = ""


class EventFileReader:
    """Reads an event file to its present end, again and again: each `refresh` takes in what is new.

    The contents after any number of refreshes are those of the file read once. When the file has shrunk or another
    stands in its place, reading starts over and `Refresh.started_over` says so. While it reads it holds one
    window (4 MiB, or the longest record) beside the contents; between two looks only the contents.
    """

    def __init__(self, source: ByteSource, directory: str = ".", book: LayoutBook | None = None) -> None:
        self._source, self._directory = source, directory
        self._book = book or LayoutBook()
        self._buffer = np.empty(0, np.uint8)
        self._identity: object = None
        self._version: object = None
        self._offset = self._size = 0
        self._start_over()

    def refresh(self) -> Refresh:
        """Read what the file has beyond what was read; raises LogLensError when it can't be read."""
        look = self._look()
        for _ in range(_TIMES_ANEW):  # read in several requests, and then it is another version: no mixture is kept
            if self._version is None or look.new_bytes <= WINDOW_BYTES:
                break
            more = self._look()
            if not more.new_bytes and not more.started_over:
                break
            look = Refresh(look.new_bytes + more.new_bytes, more.started_over or look.started_over)
        return look

    def _look(self) -> Refresh:
        """One look at the file, and what is new in it."""
        state = self._source.open()
        try:
            if state.version is not None and state.version == self._version and state.size == self._size:
                return Refresh(0)
            reason = self._replaced(state.size, state.identity)
            if reason:
                self._start_over()
            self._identity, self._version = state.identity, None  # none is known until all of it was read
            before = self._offset
            self._size = state.size
            self._read_to(state.size)
            self._version = state.version
            return Refresh(self._offset - before, reason)
        finally:
            self._buffer = np.empty(0, np.uint8)  # hundreds of files may be followed, each with a window of its own
            self._source.close()

    def contents(self) -> EventFile:
        """Everything read so far; raises NotAnEventFileError when the file holds no TensorBoard events."""
        if not self._contents.recognised and not self._may_become_one():
            what = describe(self._head, self._size)
            if self._contents.records:
                what = "a TFRecord file, but of other data than TensorBoard events"
            raise NotAnEventFileError(f"{self._source.name} is not an event file: it is {what}.")
        return self._contents.finish(self._offset, self._tail)

    def _start_over(self) -> None:
        self._contents = FileContents(self._source.name, self._directory)
        self._chain = LengthChain()
        self._offset = self._size = 0
        self._tail = Losses()
        self._head = b""

    def _replaced(self, size: int, identity: object) -> str:
        """Why this is not the file that was read before, "" when it is."""
        if self._identity is None or not self._size:
            return ""
        if identity != self._identity:
            return "another file has taken its place"
        if size < self._size:
            return f"the file shrank from {self._size} to {size} bytes"
        head = bytearray(len(self._head))
        self._source.read_into(0, memoryview(head))
        return "" if bytes(head) == self._head else "the file was written anew"

    def _may_become_one(self) -> bool:
        """Whether the file starts as an event file does, though no record is complete and sound yet."""
        if len(self._head) >= HEADER_BYTES:
            return header_length(np.frombuffer(self._head, np.uint8), 0) is not None and not self._contents.records
        return bool(self._head) and not any(self._head[2:8]) and not signed_as(self._head)  # a first length below 2**16

    def _read_to(self, size: int) -> None:
        window = WINDOW_BYTES
        self._tail = Losses()
        while self._offset < size:
            asked = min(window, size - self._offset)
            end = self._fill(asked)
            if end < asked:  # cut short since it was looked at: what is there is all there is
                size = self._size = self._offset + end
            offsets, lengths, stop, lost = sound_records(self._buffer, 0, end, self._chain)
            self._contents.losses += lost
            self._contents.take(
                self._buffer, decode_batch(self._buffer, offsets, lengths, self._book), len(offsets), self._offset
            )
            reached_end = self._offset + end >= size
            length = header_length(self._buffer, stop) if end - stop >= HEADER_BYTES else None
            self._offset += stop
            if length is not None and self._offset + FRAME_BYTES + length > size:
                self._tail = Losses(truncated_bytes=size - self._offset)
                break
            if reached_end:
                self._tail = tail_losses(self._buffer, stop, end)
                break
            window = WINDOW_BYTES if stop else max(2 * window, FRAME_BYTES + (length or 0))

    def _fill(self, count: int) -> int:
        """Read `count` bytes at the present offset into the buffer; how many there were."""
        if len(self._buffer) < count + PADDING_BYTES:
            self._buffer = np.empty(count + PADDING_BYTES, np.uint8)
        done = self._source.read_into(self._offset, self._buffer[:count].data)
        if not self._offset:
            self._head = self._buffer[: min(done, _HEAD_BYTES)].tobytes()
        return done


def sound_records(buffer: Bytes, at: int, end: int, chain: LengthChain) -> tuple[Ints, Ints, int, Losses]:
    """Offsets and payload lengths of the sound records in `buffer[at:end]`, the position to go on from, the losses."""
    offsets, lengths, stop = chain.follow(buffer, at, end)
    unsound = unsound_regions(buffer, offsets, lengths)
    count = unsound[0][0] if unsound else len(offsets)
    if unsound:
        stop = int(offsets[count])
    elif end - stop < HEADER_BYTES or header_length(buffer, stop) is not None:
        return offsets, lengths, stop, Losses()
    rest = walk(buffer, stop, end)
    offsets = np.concatenate([offsets[:count], np.array(rest.offsets, np.int64)])
    lengths = np.concatenate([lengths[:count], np.array(rest.lengths, np.int64)])
    return offsets, lengths, rest.stop, Losses(bad_records=rest.bad_records, skipped_bytes=rest.skipped_bytes)
