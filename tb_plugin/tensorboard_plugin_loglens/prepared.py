"""One source judged and made ready to be sent: rows, reports and payloads, small enough to keep for thousands."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loglens.judge import Chunk, Judged, Plan, judge_chunk
from loglens.runs.source import RunSource
from loglens.views.page import run_payload
from loglens.views.rows import run_row


@dataclass(frozen=True, slots=True)
class Prepared:
    """The runs of one source. `reports` and `payloads` are compressed JSON lists, in the order of `rows`.

    `key` tells the state of the files that were read; `payloads` are None where they were left on disk.
    """

    key: str
    rows: tuple[dict[str, Any], ...]
    reports: bytes
    unreadable: tuple[dict[str, Any], ...]
    payloads: bytes | None


def prepare(key: str, judged: Judged) -> Prepared:
    """What the page and the report route will ask for, made once."""
    return Prepared(
        key,
        tuple(run_row(run) for run in judged.runs),
        pack([run.to_plain() for run in judged.runs]),
        tuple({"path": item.path, "reason": item.reason} for item in judged.unreadable),
        pack([run_payload(run) for run in judged.runs]),
    )


@dataclass(frozen=True, slots=True)
class Work:
    """Some sources with the keys of their files' state, as they travel to a worker."""

    sources: tuple[RunSource, ...]
    keys: tuple[str, ...]
    plan: Plan


def do(work: Work) -> list[Prepared]:
    """Read, judge and prepare. Runs in a worker process or in this one."""
    return [
        prepare(key, judge_chunk(Chunk((source,), work.plan)))
        for source, key in zip(work.sources, work.keys, strict=True)
    ]


def pack(value: Sequence[Any]) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":"), allow_nan=False).encode(), 1)


def unpack(packed: bytes) -> list[Any]:
    value: list[Any] = json.loads(zlib.decompress(packed))
    return value
