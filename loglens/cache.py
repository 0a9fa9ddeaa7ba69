"""What was judged before, in the user's cache folder: one database for the command line and the panel alike."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TypeVar

from loglens.events.errors import LogLensError
from loglens.judge import Judged, Plan
from loglens.packed import Packed
from loglens.runs.source import RunSource
from loglens.stamp import digest, stamp_of

MAX_BYTES = 2 << 30
"""The least recently used results beyond this are deleted: some 100,000 runs of seven curves (benchmarks/scale)."""

FILE_NAME = "verdicts-1.sqlite"
"""The number is that of the tables below."""

GRANULARITY_NS = 2_000_000_000
"""A file touched this shortly before it was listed may change again and keep its size and its time: FAT counts time
in steps of two seconds, the coarsest there is (git knows the same race: git/Documentation/technical/racy-git)."""

_PATIENCE_SECONDS = 2.0  # for another process that is just writing; then this one goes on without
_USED_EVERY_SECONDS = 86_400  # how exactly the last use is kept: reading is then mostly that, no write
_AT_ONCE = 500  # entries asked for in one query: SQLite takes at least 999 parameters

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (key BLOB PRIMARY KEY, used INTEGER, bytes INTEGER, sum INTEGER, head BLOB, rest BLOB);
CREATE TABLE IF NOT EXISTS notes (key BLOB PRIMARY KEY, sum INTEGER, note BLOB);
CREATE INDEX IF NOT EXISTS by_use ON runs (used, bytes);
"""


Found = TypeVar("Found", dict[bytes, Packed], dict[bytes, bytes])


class Cache:
    """Results under one plan. Whatever goes wrong with the database costs time, never a result.

    SQLite sees to torn writes and to several processes at once; a sum over each entry to the rest. Every call opens
    the database for itself, so that threads and forked processes share nothing.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._path = folder / FILE_NAME
        self._stamp = stamp_of(plan)
        self._stored = 0

    def load(self, sources: Sequence[RunSource]) -> Iterator[Packed | None]:
        """For each source what was judged of it in the state it has now, or None."""
        for keys, found in self._found(sources, "SELECT key, used, sum, head, rest FROM runs WHERE key IN", _runs):
            yield from (found.get(key) for key in keys)

    def notes(self, sources: Sequence[RunSource]) -> Iterator[bytes | None]:
        """For each source what a face noted beside it, or None."""
        for keys, found in self._found(sources, "SELECT key, sum, note FROM notes WHERE key IN", _notes):
            yield from (found.get(key) for key in keys)

    def store(self, results: Sequence[tuple[RunSource, Packed]], listed_ns: int) -> bool:
        """Keep these, each for the state its files had when they were listed; whether that could be done.

        `listed_ns`: the clock just before the listing. What is not settled by then is left out.
        """
        if self._stored > MAX_BYTES:  # more would only push out what this analysis stored
            return False
        rows = []
        for source, packed in results:
            if is_settled(source, listed_ns):
                key, size = self._key(source), len(packed.head) + len(packed.rest)
                rows.append(
                    (key, int(time.time()), size, _sum(key, packed.head, packed.rest), packed.head, packed.rest)
                )
        if not self._write("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?)", rows):
            return False
        self._stored += sum(row[2] for row in rows)
        return True

    def note(self, notes: Sequence[tuple[RunSource, bytes]]) -> bool:
        """Keep something that a face made of what is stored, and would be long in making again."""
        keyed = [(self._key(source), note) for source, note in notes]
        rows = [(key, _sum(key, note), note) for key, note in keyed]
        return self._write("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", rows)

    def _found(
        self,
        sources: Sequence[RunSource],
        query: str,
        select: Callable[[sqlite3.Connection, str, Sequence[bytes]], Found],
    ) -> Iterator[tuple[Sequence[bytes], Found]]:
        for start in range(0, len(sources), _AT_ONCE):
            keys = [self._key(source) for source in sources[start : start + _AT_ONCE]]
            found: Found = {}
            if self._stamp is not None and self._path.exists():
                with contextlib.suppress(sqlite3.Error), self._opened() as database:
                    found = select(database, f"{query} ({','.join('?' * len(keys))})", keys)
            yield keys, found

    def _write(self, statement: str, rows: Sequence[Sequence[object]]) -> bool:
        if self._stamp is None:
            return False
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._opened() as database, database:
                database.executescript("BEGIN IMMEDIATE;" + _TABLES)
                if not self._stored:
                    _prune(database)
                database.executemany(statement, rows)
        except (OSError, sqlite3.Error):
            return False
        return True

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The database; one that is damaged is deleted, and the next analysis begins another."""
        database = sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS)
        try:
            database.execute("PRAGMA synchronous = NORMAL")
            yield database
        except sqlite3.DatabaseError as error:
            if type(error) is sqlite3.DatabaseError:  # "malformed", "not a database"; a busy one is a subclass
                with contextlib.suppress(OSError):
                    self._path.unlink()
            raise
        finally:
            database.close()

    def _key(self, source: RunSource) -> bytes:
        files = tuple((_absolute(file.path), file.directory, file.state) for file in source.files)
        return bytes.fromhex(digest((self._stamp, source.name, files)))


@dataclass(frozen=True, slots=True)
class Contents:
    """What a cache holds: `runs` as found in log directories, under any name and plan; `size` in bytes on disk."""

    path: Path
    runs: int
    size: int

    def clear(self) -> None:
        """Delete it. Raises LogLensError where that is not allowed."""
        try:
            for path in (self.path, self.path.with_name(self.path.name + "-journal")):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise LogLensError(f"Cannot delete {self.path}: {error.strerror or error}.") from error


def contents(folder: Path) -> Contents:
    """What the cache in this folder holds; 0 runs where there is none, or one that cannot be read."""
    path = folder / FILE_NAME
    if not path.is_file():
        return Contents(path, 0, 0)
    runs = 0
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as database:
        (runs,) = database.execute("SELECT count(*) FROM runs").fetchone()
    return Contents(path, runs, path.stat().st_size)


def is_settled(source: RunSource, listed_ns: int) -> bool:
    """Whether any later change of its files will show in their state; `listed_ns` is the clock before the listing.

    Never for a server that tells neither an ETag nor a time.
    """
    return all(file.etag or 0 < file.mtime_ns < listed_ns - GRANULARITY_NS for file in source.files)


def is_lasting(judged: Judged) -> bool:
    """Whether the same files give the same again: a file that could not be read, or a detector that failed (out of
    memory?), may do better next time."""
    return not judged.unreadable and all(v.status != "error" for run in judged.runs for v in run.verdicts)


def open_cache(plan: Plan) -> Cache | None:
    """The user's cache; None where there is no place for one."""
    folder = default_folder()
    return None if folder is None else Cache(folder, plan)


def default_folder() -> Path | None:
    """$LOGLENS_CACHE, else the platform's place for caches; None for a user without a home."""
    if named := os.environ.get("LOGLENS_CACHE"):
        return Path(named)
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "loglens" / "cache"
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "loglens"
    try:
        return Path.home() / ".cache" / "loglens"
    except RuntimeError:
        return None


def _runs(database: sqlite3.Connection, query: str, keys: Sequence[bytes]) -> dict[bytes, Packed]:
    found, long_ago = {}, []
    now = int(time.time())
    for key, used, checked, head, rest in database.execute(query, keys):
        if checked == _sum(key, head, rest):
            found[key] = Packed(head, rest)
            if used < now - _USED_EVERY_SECONDS:
                long_ago.append((now, key))
    if long_ago:
        with contextlib.suppress(sqlite3.OperationalError), database:  # another process writes: the next time then
            database.executemany("UPDATE runs SET used = ? WHERE key = ?", long_ago)
    return found


def _notes(database: sqlite3.Connection, query: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    return {key: note for key, checked, note in database.execute(query, keys) if checked == _sum(key, note)}


def _prune(database: sqlite3.Connection) -> None:
    (held,) = database.execute("SELECT total(bytes) FROM runs").fetchone()
    if held <= MAX_BYTES:
        return
    for key, size in database.execute("SELECT key, bytes FROM runs ORDER BY used").fetchall():
        database.execute("DELETE FROM runs WHERE key = ?", (key,))
        database.execute("DELETE FROM notes WHERE key = ?", (key,))
        held -= size
        if held <= MAX_BYTES * 3 // 4:  # room for the next analyses
            break


def _sum(key: bytes, *parts: bytes) -> int:
    return reduce(lambda total, part: zlib.crc32(part, total), parts, zlib.crc32(key))


def _absolute(path: str) -> str:
    return path if "://" in path else os.path.abspath(path)  # noqa: PTH100  (10,000 files: pathlib is slow)
