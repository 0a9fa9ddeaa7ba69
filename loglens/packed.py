"""The finished part of a report in bytes: as it comes back from a worker, and as it rests in the cache."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from loglens.judge import Chunk, Judged, judge_each
from loglens.later import Later, Part, Recent
from loglens.positional import builder, dumps
from loglens.report import DisplayCurve, RunReport, Unreadable
from loglens.verdict import Evidence, Verdict

_LEVEL = 1
"""Of zlib: 6 takes four times as long for a tenth less."""

_BYTES_A_NUMBER = 8


@dataclass(frozen=True, slots=True)
class Packed:
    """One source's runs. `head` holds the verdicts and is read at once; `rest`, their evidence and the display
    curves, run after run, is read only where somebody looks."""

    head: bytes
    rest: bytes = field(repr=False)


def judge_packed(chunk: Chunk) -> tuple[Packed, ...]:
    """Judge the chunk's sources: what runs in a worker."""
    return tuple(pack(judged) for judged in judge_each(chunk))


def pack(judged: Judged) -> Packed:
    """The part in bytes."""
    parts: list[bytes] = []
    for run in judged.runs:
        parts.append(_compressed(dumps([verdict.evidence for verdict in run.verdicts])))
        parts.append(_compressed(_curves_to_bytes(run.display)))
    head = dumps([judged.runs, judged.unreadable, [len(part) for part in parts]])
    return Packed(_compressed(head), b"".join(parts))


def unpack(packed: Packed, recent: Recent) -> Judged:
    """The part again, equal to what was packed. Raises ValueError where the bytes are none of ours."""
    try:
        plain_runs, plain_unreadable, lengths = json.loads(zlib.decompress(packed.head))
        ends = np.cumsum([0, *lengths]).tolist()
        if ends[-1] != len(packed.rest) or len(lengths) != 2 * len(plain_runs):
            raise ValueError("the parts are not as long as they were")
        parts = iter([packed.rest[start:end] for start, end in pairwise(ends)])
        runs = tuple([_run(plain, next(parts), next(parts), recent) for plain in plain_runs])
        return Judged(runs, tuple([Unreadable(*plain) for plain in plain_unreadable]))
    except (zlib.error, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"nothing that was packed here: {error}") from error


def _run(plain: list[Any], evidence: bytes, curves: bytes, recent: Recent) -> RunReport:
    told = Part(evidence, _evidence, recent)
    for place, verdict in enumerate(plain[_VERDICTS]):
        length = verdict[_EVIDENCE]
        verdict[_EVIDENCE] = Later(told, place, length) if length else ()
    plain[_DISPLAY] = Later(Part(curves, _curves, recent), 0, plain[_DISPLAY])
    run: RunReport = _RUN(plain)
    return run


def _evidence(data: bytes) -> Sequence[Sequence[Evidence]]:
    told: Sequence[Sequence[Evidence]] = _TOLD(json.loads(zlib.decompress(data)))
    return told


def _curves_to_bytes(curves: Sequence[DisplayCurve]) -> bytes:
    """A line of JSON that names the curves, then their columns: exact, and half as long as the numbers in words."""
    names = [(curve.dir, curve.tag, len(curve.steps), curve.epochs is not None) for curve in curves]
    columns = [column for c in curves for column in (c.steps, c.wall_times, c.values, c.epochs) if column is not None]
    return b"".join([dumps(names), b"\n", *(_shuffled(column) for column in columns)])


def _curves(data: bytes) -> Sequence[Sequence[DisplayCurve]]:
    names, _, rest = zlib.decompress(data).partition(b"\n")
    curves: list[DisplayCurve] = []
    start = 0
    for directory, tag, length, has_epochs in json.loads(names):
        columns: list[Any] = []
        for kind in ("<i8", "<f8", "<f8", "<f8") if has_epochs else ("<i8", "<f8", "<f8"):
            end = start + length * _BYTES_A_NUMBER
            columns.append(_in_order(rest[start:end], kind))
            start = end
        curves.append(DisplayCurve(directory, tag, *columns))
    return (tuple(curves),)


def _shuffled(column: npt.NDArray[Any]) -> bytes:
    """The first byte of every number, then the second...: neighbours are alike, and zlib finds it (HDF5's shuffle)."""
    return column.astype(column.dtype.newbyteorder("<")).view(np.uint8).reshape(-1, _BYTES_A_NUMBER).T.tobytes()


def _in_order(data: bytes, kind: str) -> npt.NDArray[Any]:
    column = np.frombuffer(data, np.uint8).reshape(_BYTES_A_NUMBER, -1).T.copy().view(kind).reshape(-1)
    column = column.astype(column.dtype.newbyteorder("="), copy=False)
    column.flags.writeable = False
    return column


def _compressed(data: bytes) -> bytes:
    return zlib.compress(data, _LEVEL)


def _place(kind: type, name: str) -> int:
    return next(place for place, one in enumerate(fields(kind)) if one.name == name)


_EVIDENCE = _place(Verdict, "evidence")
_VERDICTS = _place(RunReport, "verdicts")
_DISPLAY = _place(RunReport, "display")
_RUN: Callable[[Any], Any] = builder(RunReport) or list
_TOLD: Callable[[Any], Any] = builder(tuple[tuple[Evidence, ...], ...]) or tuple
