"""Many small remote files at a time: one request each, all on their way together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from loglens.events.errors import LogLensError
from loglens.events.listing import FoundFile
from loglens.events.remote.store import Store, connect
from loglens.events.remote.words import explained, is_past_the_end

FETCHED_BYTES = 32 << 20
"""Held at a time: a chunk of runs is 16 MiB, only a run of very many files is more."""

HEADS_KEPT = 16_384
"""First bytes remembered, 4 KiB each at most: a look at a log directory again asks only for those of new files."""


def in_batches(files: Sequence[tuple[str, int]]) -> Iterator[dict[str, bytes | LogLensError]]:
    """The contents of (URL, size) in turn, as many at a time as may be in memory; an error is that file's own."""
    batch: list[tuple[str, int]] = []
    held = 0
    for url, size in files:
        if batch and held + size > FETCHED_BYTES:
            yield fetch(batch)
            batch, held = [], 0
        batch.append((url, size))
        held += size
    if batch:
        yield fetch(batch)


def fetch(files: Sequence[tuple[str, int]]) -> dict[str, bytes | LogLensError]:
    """The first `size` bytes of each file, or why there are none."""
    found: dict[str, bytes | LogLensError] = {}
    by_system: dict[int, list[tuple[Store, int]]] = {}
    for url, size in files:
        try:
            store = connect(url)
        except LogLensError as error:
            found[url] = error
        else:
            by_system.setdefault(id(store.fs), []).append((store, size))
    for members in by_system.values():
        sizes = [size for _, size in members]
        contents = members[0][0].ranges([store.root for store, _ in members], [0] * len(sizes), sizes)
        for (store, size), content in zip(members, contents, strict=True):
            if isinstance(content, Exception):
                found[store.url] = b"" if is_past_the_end(content) else explained(store.url, content)
            else:
                found[store.url] = content[:size]  # a server without ranges sends the whole file
    return found


def first_bytes(files: Sequence[FoundFile], count: int) -> dict[str, bytes]:
    """The first bytes of each file by its URL, b"" where it cannot be read; asked for once a state of the file."""
    if not files:
        return {}

    def head(file: FoundFile) -> bytes:
        try:
            return _head(file.path, min(count, file.size), (file.size, file.mtime_ns, file.etag))
        except LogLensError:
            return b""

    return dict(zip([file.path for file in files], connect(files[0].path).each(head, files), strict=True))


@lru_cache(HEADS_KEPT)
def _head(url: str, count: int, state: object) -> bytes:
    del state  # part of the cache's key
    content = fetch([(url, count)])[url] if count else b""
    if isinstance(content, LogLensError):
        raise content
    return content
