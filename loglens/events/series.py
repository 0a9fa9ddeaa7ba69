"""What one event file holds for us: scalar series with every point, restarts, notes, and what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class SeriesKey(NamedTuple):
    """Names one scalar series: the event directory, relative to LOGDIR ("." for LOGDIR itself), and the tag."""

    dir: str
    tag: str


@dataclass(frozen=True, slots=True, eq=False)
class ScalarSeries:
    """Every point of one tag in the order it was written: no sampling, no reordering, nothing removed.

    The three arrays have one length and are read-only. `wall_times` are seconds since 1970 as the writer put
    them (a few writers put seconds since start).
    """

    directory: str
    tag: str
    steps: Ints
    wall_times: Floats
    values: Floats

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(self.directory, self.tag)


@dataclass(frozen=True, slots=True)
class SessionStart:
    """A SessionLog START record: the writer resumed, and means to write again from `step` on.

    `points_before[tag]` is how many points of that tag this file held before the record; a tag that is
    missing had none. The raw points are kept: purging is a later, named stage (`loglens.runs`).
    """

    step: int
    wall_time: float
    points_before: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Note:
    """A logged value that is no scalar but says something about the run: a text, or hyper-parameters.

    `plugin` is the summary's plugin name ("text", "hparams"), `content` its plugin data, `text` the string
    tensor's elements joined by new lines, decoded as UTF-8 with replacement.
    """

    tag: str
    plugin: str
    step: int
    wall_time: float
    content: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Losses:
    """What of an event file could not be used, so that nothing is dropped in silence.

    `bad_records` were framed but failed a checksum or did not parse; `skipped_bytes` lie between records that
    were found again after broken framing; `truncated_bytes` are an incomplete last record (normal in a live
    file); `zero_bytes` a zero-filled tail; `undecodable_values` are scalars of a type no number can be read from.
    """

    bad_records: int = 0
    skipped_bytes: int = 0
    truncated_bytes: int = 0
    zero_bytes: int = 0
    undecodable_values: int = 0

    def __add__(self, other: Losses) -> Losses:
        return Losses(
            self.bad_records + other.bad_records,
            self.skipped_bytes + other.skipped_bytes,
            self.truncated_bytes + other.truncated_bytes,
            self.zero_bytes + other.zero_bytes,
            self.undecodable_values + other.undecodable_values,
        )


@dataclass(frozen=True, slots=True, eq=False)
class EventFile:
    """The contents of one event file, or of the part of it that was read.

    `series` come in order of first appearance; their `directory` is the one the caller named.
    `file_version` is the number after "brain.Event:" (None where the writer left it out).
    `end_offset` is the byte after the last complete record: where reading goes on when the file grows.
    """

    path: str
    directory: str
    file_version: int | None
    series: tuple[ScalarSeries, ...]
    session_starts: tuple[SessionStart, ...]
    notes: tuple[Note, ...]
    losses: Losses
    records: int
    end_offset: int
    other_tags: Mapping[str, str] = field(default_factory=dict)  # tag -> plugin of what is neither scalar nor note
