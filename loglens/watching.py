"""A watch over log directories: each look finds what is new, has grown or is gone, and says what changed."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loglens.cache import open_cache
from loglens.changes import Change, End, Ending, Event, Standing
from loglens.config import Config
from loglens.display import thin_curve
from loglens.following import GrowingFiles
from loglens.health import health_of, severity
from loglens.judge import Judged, make_plan
from loglens.pipeline import Progress, judge_sources
from loglens.report import RunReport
from loglens.runs.find import find_runs
from loglens.runs.groups import group_names
from loglens.runs.source import RunSource

DISPLAY_POINTS = 48
"""Points kept of each curve, for a line of 16 characters; the verdicts rest on all of them."""

GONE_LOOKS = 3
"""Looks at which a run is missing before it is called gone: a file that is being replaced, or a network drive that
does not answer, is back at the next."""

QUIET_SECONDS = 60.0
"""A run that has not grown for so long, and for three times the longest pause it made before, waits for no more points:
what changed at its end is told."""


@dataclass(slots=True)
class Watched:
    """A source as it was last judged; `grown` is when it last grew, `pause` the longest time between two such moments
    since it is watched (`since`), `alive` whether it grew or appeared meanwhile, `missed` at how many looks in a row it
    was not there, `unreadable` path and reason."""

    source: RunSource
    since: float
    grown: float
    runs: tuple[RunReport, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    pause: float = 0.0
    alive: bool = False
    missed: int = 0

    def is_quiet(self, now: float) -> bool:
        return now - max(self.grown, self.since) > max(QUIET_SECONDS, 3 * self.pause)


@dataclass(frozen=True, slots=True)
class Live:
    """A run as it stands, and the seconds since its log last grew."""

    run: RunReport
    quiet: float


class Watch:
    """Looks at log directories whenever asked to; never at the same bytes twice. Not for several threads."""

    def __init__(
        self,
        logdirs: Sequence[str],
        config: Config | None = None,
        *,
        cache: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`cache` as for `analyze`. Raises LogLensError for a detector or a parameter that does not exist."""
        self._logdirs = list(logdirs)
        self._config = config or Config()
        self._plan = make_plan(self._config)
        self._cache = open_cache(self._plan) if cache else None
        self._clock = clock
        self._growing = GrowingFiles()
        self._watched: dict[str, Watched] = {}
        self._standings: dict[str, Standing] = {}
        self._problems: dict[str, str] = {}
        self.looks = self.judged = 0
        self._began = self._last_growth = clock()

    def look(self, progress: Callable[[Progress], None] | None = None) -> list[Change]:
        """What changed since the last look; at the first, what there is. Raises LogLensError for two equal names."""
        listed_ns = time.time_ns()
        found = find_runs(self._logdirs, waiting=True)
        now = self._clock()
        self.looks += 1
        self._problems = {problem.path: problem.reason for problem in found.problems}
        present = {source.name: source for source in found.sources}
        changes = [change for name in list(self._watched) if name not in present for change in self._missing(name, now)]
        new = [source for source in found.sources if source.name not in self._watched]
        judged_anew = judge_sources(  # one core is left to the training
            new, self._plan, jobs=None, progress=progress, cache=self._cache, listed_ns=listed_ns, spare_cores=1
        )
        for source, judged in judged_anew:
            changes += self._take(source, judged, now, started_over=False)
        for source in found.sources:
            known = self._watched.get(source.name)
            if known is not None and (known.source != source or known.missed):
                grown = self._growing.judge(source, self._plan)
                over = grown.started_over or _replaced(known.source, source)
                changes += self._take(source, grown.judged, now, started_over=over)
        for known in self._watched.values():
            if known.is_quiet(now):
                changes += self._told(known.runs, now, final=True)
        return changes

    def close(self) -> list[Change]:
        """The changes that were still waiting for more points."""
        now = self._clock()
        return [change for known in self._watched.values() for change in self._told(known.runs, now, last=True)]

    @property
    def live(self) -> list[Live]:
        """Every run, the worst first."""
        now = self._clock()
        lives = [Live(run, now - known.grown) for known in self._watched.values() for run in known.runs]
        return sorted(lives, key=lambda one: severity(one.run))

    @property
    def runs(self) -> tuple[RunReport, ...]:
        """The runs as `analyze` says them, without evidence and with short display curves, in the order of names."""
        runs = sorted((run for known in self._watched.values() for run in known.runs), key=lambda run: run.name)
        groups = group_names([run.name for run in runs], self._config.seeds)
        return tuple(dataclasses.replace(run, group=groups[run.name]) for run in runs)

    @property
    def idle_seconds(self) -> float:
        """Since when nothing was written, or since the watch began."""
        return self._clock() - self._last_growth

    @property
    def findings(self) -> list[Change]:
        """What stands as told of the runs that are alive: those that grew or appeared since the watch began."""
        alive = [run.name for known in self._watched.values() if known.alive for run in known.runs]
        return [change for name in alive if name in self._standings for change in self._standings[name].findings]

    def end(self, reason: Ending, finding: Change | None = None) -> End:
        """The last line: how the runs stand, and which finding ended the watch."""
        now = self._clock()
        counts = Counter(health_of(run) for known in self._watched.values() for run in known.runs)
        return End(
            reason,
            _utc(now),
            round(now - self._began, 3),
            self.looks,
            self.judged,
            fail=counts["fail"],
            warn=counts["warn"],
            not_judged=counts["not-judged"],
            healthy=counts["healthy"],
            run=finding.run if finding else None,
            detector=finding.detector if finding else None,
            status=finding.status if finding else None,
        )

    @property
    def problems(self) -> dict[str, str]:
        """What could not be read, by its path, and why; a file that has just been begun is none yet."""
        now = self._clock()
        quiet = [known for known in self._watched.values() if known.unreadable and known.is_quiet(now)]
        return self._problems | dict(item for known in quiet for item in known.unreadable)

    def _take(self, source: RunSource, judged: Judged, now: float, *, started_over: bool) -> list[Change]:
        """Note what a source is now; the changes to tell."""
        self.judged += 1
        changes: list[Change] = []
        known = self._watched.get(source.name)
        if known is None:
            written = max(file.mtime_ns for file in source.files) / 1e9
            known = self._watched[source.name] = Watched(source, now, min(written, now) if written else now)
        known.unreadable = tuple((item.path, item.reason) for item in judged.unreadable)
        lost = {run.name for run in known.runs} - {run.name for run in judged.runs}
        if lost and judged.unreadable and known.missed < GONE_LOOKS:  # an error of the disk, it seems: look again
            known.missed += 1
            return []
        changes += [self._forgotten(name, now) for name in sorted(lost)]
        if _grown(known.source, source):
            known.pause = max(known.pause, now - max(known.grown, known.since))
            known.grown = self._last_growth = now
            known.alive = True
        known.source, known.missed = source, 0
        known.runs = _slimmed(judged).runs
        for run in known.runs:
            if started_over and run.name in self._standings:
                del self._standings[run.name]
                changes.append(_event("started-over", run.name, now))
            elif run.name not in self._standings and self.looks > 1:
                changes.append(_event("new-run", run.name, now))
                self._last_growth = now
                known.alive = True
        return changes + self._told(known.runs, now)

    def _told(self, runs: Sequence[RunReport], now: float, *, final: bool = False, last: bool = False) -> list[Change]:
        changes: list[Change] = []
        for run in runs:
            standing = self._standings.setdefault(run.name, Standing())
            if not (final or last) or standing.waits:
                changes += standing.changes(run, _utc(now), final=final or last, settled=not last)
        return changes

    def _missing(self, name: str, now: float) -> list[Change]:
        """A source that is not there at this look."""
        known = self._watched[name]
        known.missed += 1
        if known.missed < GONE_LOOKS:
            return []
        del self._watched[name]
        self._growing.forget(known.source.files)
        return [self._forgotten(run.name, now) for run in known.runs]

    def _forgotten(self, run: str, now: float) -> Change:
        self._standings.pop(run, None)
        return _event("gone-run", run, now)


def _slimmed(judged: Judged) -> Judged:
    """Without evidence and measurements, which a watch never shows, and with short display curves: thousands of runs
    are kept for days."""
    runs = (
        dataclasses.replace(
            run,
            measurements=(),
            verdicts=tuple(dataclasses.replace(verdict, evidence=()) for verdict in run.verdicts),
            display=tuple(thin_curve(curve, DISPLAY_POINTS) for curve in run.display),
        )
        for run in judged.runs
    )
    return dataclasses.replace(judged, runs=tuple(runs))


def _replaced(before: RunSource, now: RunSource) -> bool:
    """Whether a file is gone, has become smaller, or another stands in its place."""
    files = {file.path: file for file in now.files}
    for old in before.files:
        new = files.get(old.path)
        if new is None or new.size < old.size or new.inode != old.inode:
            return True
    return False


def _grown(before: RunSource, now: RunSource) -> bool:
    """Whether anything was written; a later time alone is none (network drives set it late)."""
    return {(file.path, file.size) for file in before.files} != {(file.path, file.size) for file in now.files}


def _event(event: Event, run: str, now: float) -> Change:
    return Change(event, _utc(now), run)


def _utc(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
