"""One source judged and made ready to be sent: its rows, and all else packed, small enough to keep for thousands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from loglens.judge import Chunk, Judged, Plan
from loglens.later import Recent
from loglens.packed import Packed, judge_packed, pack, unpack
from loglens.runs.source import RunSource
from loglens.stamp import digest
from loglens.views.rows import run_row


@dataclass(frozen=True, slots=True)
class Prepared:
    """The runs of one source, packed in the order of `rows`. `key` tells the state of the files that were read."""

    key: str
    rows: tuple[dict[str, Any], ...]
    packed: Packed
    unreadable: tuple[dict[str, Any], ...] = ()

    def judged(self) -> Judged:
        """The runs themselves, and what could not be read."""
        return unpack(self.packed, Recent())


def prepare(key: str, judged: Judged) -> Prepared:
    """What the page and the report route will ask for."""
    return _prepared(key, judged, pack(judged))


def from_packed(key: str, packed: Packed) -> Prepared:
    """The same of what comes from a worker or the cache. Raises ValueError where that is damaged."""
    return _prepared(key, unpack(packed, Recent()), packed)


def from_cache(key: str, packed: Packed, note: bytes | None) -> Prepared:
    """The same, with the rows from the cache's note of them, if there is one; they take three times as long to make
    as all else. Raises ValueError where either is damaged."""
    return from_packed(key, packed) if note is None else Prepared(key, tuple(json.loads(note)), packed)


def note_of(prepared: Prepared) -> bytes:
    """The rows, as the cache keeps them."""
    return json.dumps(prepared.rows, separators=(",", ":")).encode()


def state_key(source: RunSource) -> str:
    """The state of a source's files: where they are, how users see them, size, time, inode or ETag."""
    return digest((source.name, [(file.path, file.directory, file.state) for file in source.files]))


@dataclass(frozen=True, slots=True)
class Work:
    """Some sources with the keys of their files' state, as they travel to a worker."""

    sources: tuple[RunSource, ...]
    keys: tuple[str, ...]
    plan: Plan


def do(work: Work) -> list[Prepared]:
    """Read, judge and prepare. Runs in a worker process or in this one."""
    packed = judge_packed(Chunk(work.sources, work.plan))
    return [from_packed(key, one) for key, one in zip(work.keys, packed, strict=True)]


def _prepared(key: str, judged: Judged, packed: Packed) -> Prepared:
    unreadable = tuple({"path": item.path, "reason": item.reason} for item in judged.unreadable)
    return Prepared(key, tuple(run_row(run) for run in judged.runs), packed, unreadable)
