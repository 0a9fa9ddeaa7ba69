"""One remote file as a source of bytes: looked at afresh, read in ranges, several at a time."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from loglens.events.remote.store import RemoteState, Store, connect
from loglens.events.remote.words import explained, in_words, is_past_the_end
from loglens.events.source import SourceState

RANGE_BYTES = 8 << 20
"""A request for part of a large file: Amazon's guide to S3 performance advises ranges of 8 or 16 MB."""

RANGES_AT_ONCE = 4
"""Ranges on their way at the same time, and so at most in memory: 32 MiB a process."""

AHEAD_FROM = 1 << 20
"""Who asks for at least this much reads on; who asks for less (the first bytes, an appended piece) gets just that."""


class RemoteFile:
    """A file behind a URL. `size` and its like are of the last `open`."""

    def __init__(self, url: str) -> None:
        self.name = url
        self._store: Store | None = None
        self._state = RemoteState(0, 0, "")
        self._size = 0
        self._held_at = 0
        self._held: list[bytes] = []
        self._spool: IO[bytes] | None = None
        self._whole_only: bool | None = None  # not known yet

    def open(self) -> SourceState:
        """Look at the file: one small request. Raises LogLensError when it is not there."""
        if self._store is None:
            self._store = connect(self.name)
        state = self._store.look()
        if state != self._state or state.version is None:
            self._drop()
        self._state = state
        if state.size is None:  # a web server that packs what it sends, or makes it up as it goes
            self._held, self._held_at = [self._whole(self._store)], 0
        self._size = len(self._held[0]) if state.size is None else state.size
        return SourceState(self._size, self.name, state.version)

    def read_into(self, offset: int, target: memoryview) -> int:
        """Read until `target` is full or the file ends; raises LogLensError when it can no longer be read."""
        done = 0
        while done < len(target):
            piece = self._piece(offset + done, len(target) - done)
            if not piece:
                break
            target[done : done + len(piece)] = piece
            done += len(piece)
        return done

    def close(self) -> None:
        """Let go of what was read ahead; connections are the library's."""
        if self._state.size is not None:
            self._held = []

    def _piece(self, at: int, count: int) -> memoryview:
        """At least one byte from `at` on, at most `count`; none at the end."""
        held = self._find(at)
        if held is None and at < self._size:
            self._fetch(at, count)
            held = self._find(at)
        return memoryview(b"") if held is None else held[:count]

    def _find(self, at: int) -> memoryview | None:
        start = self._held_at
        for part in self._held:
            if start <= at < start + len(part):
                return memoryview(part)[at - start :]
            start += len(part)
        return None

    def _fetch(self, at: int, count: int) -> None:
        """Have the bytes from `at` on in hand: just `count` when they are few, else as many as may be on their way."""
        assert self._store is not None
        if self._spooled(self._store):
            assert self._spool is not None
            self._spool.seek(at)
            self._held_at, self._held = at, [self._spool.read(RANGE_BYTES)]
            return
        end = min(self._size, at + (count if count < AHEAD_FROM else RANGE_BYTES * RANGES_AT_ONCE))
        starts = list(range(at, end, RANGE_BYTES))
        ends = [min(start + RANGE_BYTES, end) for start in starts]
        parts: list[bytes] = []
        for start, stop, part in zip(
            starts, ends, self._store.ranges([self._store.root] * len(starts), starts, ends), strict=True
        ):
            if isinstance(part, Exception):
                if is_past_the_end(part):
                    break
                raise explained(self.name, part)
            if len(part) > stop - start:  # a server without ranges sends the whole file
                self._held_at, self._held = 0, [part]
                return
            parts.append(part)
            if len(part) < stop - start:
                break  # it has shrunk since it was looked at: what follows is not where it seems to be
        self._held_at, self._held = at, parts

    def _spooled(self, store: Store) -> bool:
        """Whether the file lies on disk whole: a large one of a web server that knows no ranges."""
        if self._spool is not None:
            return True
        if not store.address.is_web or self._size <= RANGE_BYTES:
            return False
        if self._whole_only is None:
            self._whole_only = not _knows_ranges(store, self._size)
        if not self._whole_only:
            return False
        with in_words(self.name):
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115  # open until the file changes
            with store.fs.open(store.root, "rb", block_size=0) as stream:
                while piece := stream.read(RANGE_BYTES):
                    self._spool.write(piece)
        return True

    def _whole(self, store: Store) -> bytes:
        with in_words(self.name):
            whole: bytes = store.fs.cat_file(store.root)
        return whole

    def _drop(self) -> None:
        self._held = []
        if self._spool is not None:
            self._spool.close()
            self._spool = None


def _knows_ranges(store: Store, size: int) -> bool:
    """Whether the server sends a byte of the middle when asked for it."""
    try:
        with store.fs.open(store.root, "rb", block_size=RANGE_BYTES, cache_type="none", size=size) as file:
            return _byte_at(file, size // 2)
    except Exception as error:
        raise explained(store.url, error) from error


def _byte_at(file: Any, at: int) -> bool:
    try:
        file.seek(at)
        return len(file.read(1)) == 1
    except ValueError:  # fsspec's word for it
        return False
