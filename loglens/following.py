"""The files of trainings that are running: each look reads only what was appended since the last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglens.events.errors import LogLensError
from loglens.events.follow import EventFileReader
from loglens.events.series import EventFile
from loglens.events.source import source_of
from loglens.judge import Chunk, Judged, Plan, judge_each, judge_loaded
from loglens.runs.load import put_together
from loglens.runs.source import RunSource, SourceFile

MOST_FILES = 256
"""Files held for more, with all they held so far; those that grew longest ago give way and are read anew."""

MOST_POINTS = 20_000_000
"""Scalars held in all of them, at 24 bytes each: half a gigabyte. One source may hold more, since a run is judged as
a whole; then it is the only one that is held."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A source as it is now, and whether one of its files was begun anew (replaced, truncated, rewritten)."""

    judged: Judged
    started_over: bool = False


@dataclass(slots=True)
class _Held:
    reader: EventFileReader
    points: int = 0
    started_over: bool = False


class GrowingFiles:
    """One reader a file, used by one thread. What it says of a source is what judging it afresh says."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}  # latest last

    def judge(self, source: RunSource, plan: Plan) -> Grown:
        """The source as it is now; the bytes that were taken in before are not read again."""
        try:
            contents = [self._contents(file) for file in source.files]
            judged = judge_loaded([put_together(source, contents, plan.settings)], plan)
            return Grown(judged, any(self._held[file.path].started_over for file in source.files))
        except Exception:  # judged again from the start: if that fails too, it is the source's own `Unreadable`
            self._held.clear()
            (judged,) = judge_each(Chunk((source,), plan))
            return Grown(judged)
        finally:
            self._give_way(len(source.files))

    def forget(self, files: Iterable[SourceFile]) -> None:
        """Let go of files that are gone."""
        for file in files:
            self._held.pop(file.path, None)

    def _contents(self, file: SourceFile) -> EventFile | LogLensError:
        held = self._held.pop(file.path, None) or _Held(EventFileReader(source_of(file.path), file.directory))
        self._held[file.path] = held
        held.started_over = False
        try:
            held.started_over = bool(held.reader.refresh().started_over)
            contents = held.reader.contents()
        except LogLensError as error:
            return error
        held.points = sum(len(series.steps) for series in contents.series)
        return contents

    def _give_way(self, latest: int) -> None:
        """Those that grew longest ago, until the bounds are kept; never the `latest` ones, if they alone exceed one."""
        points = sum(held.points for held in self._held.values())
        while len(self._held) > max(latest, 1) and (len(self._held) > MOST_FILES or points > MOST_POINTS):
            points -= self._held.pop(next(iter(self._held))).points
