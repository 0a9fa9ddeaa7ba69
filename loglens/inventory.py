"""What lies in the log directories, without judging it: runs with every decision about them, and raw series."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from loglens.config import Config
from loglens.events.errors import LogLensError
from loglens.events.reader import read_event_files
from loglens.events.series import EventFile, ScalarSeries
from loglens.pipeline import Progress, chunked
from loglens.report import Unreadable
from loglens.runs.curve import Curve, Run
from loglens.runs.find import find_runs
from loglens.runs.load import load_many
from loglens.runs.overrides import RoleOverride
from loglens.runs.source import RunSource
from loglens.runs.trainings import split_trainings

NO_STEPS = np.empty(0, np.int64)
NO_VALUES = np.empty(0, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What was decided about one curve: the curve without its points, how many there were and from where to where."""

    curve: Curve
    points: int
    first_step: int | None
    last_step: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A run as it was understood: the run without its curves, and what was decided about each of them."""

    run: Run
    curves: tuple[Decided, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some of the runs, as they were understood, and what of their files gave nothing."""

    runs: tuple[Described, ...]
    unreadable: tuple[Unreadable, ...] = ()


def idle_overrides(overrides: Iterable[RoleOverride], parts: Sequence[Part]) -> Iterator[str]:
    """A sentence for each override that speaks of no curve of these runs: a slip, or meant for other logs.

    One that leaves curves out cannot be told from one that matches nothing, and is not told.
    """
    curves = [(one.run.name, each.curve.key) for part in parts for one in part.runs for each in one.curves]
    for override in overrides:
        if override.ignore or any(override.matches(run, key) for run, key in curves):
            continue
        known = difflib.get_close_matches(override.tag, {key.tag for _, key in curves}, n=1)
        guess = f"; did you mean {known[0]!r}?" if known and known[0] != override.tag else "."
        of_runs = "" if override.run == "*" else f" in runs {override.run!r}"
        yield f"The [[role]] of tag {override.tag!r}{of_runs} matches nothing here{guess}"


@dataclass(frozen=True, slots=True, eq=False)
class RawRun:
    """Every point of one run's scalar series in the order they were written; nothing is resolved or removed."""

    name: str
    series: tuple[ScalarSeries, ...]


def describe_runs(
    logdirs: Sequence[str], config: Config, progress: Callable[[Progress], None] | None = None
) -> Iterator[Part]:
    """The runs under the log directories, with roles, pairs and axes decided, a bounded part at a time.

    Raises LogLensError when there is nothing to read.
    """
    done = 0
    found = find_runs(list(logdirs))
    if found.problems:
        yield Part((), tuple(Unreadable(problem.path, problem.reason) for problem in found.problems))
    for sources in chunked(found.sources):
        loaded = load_many(list(sources), config.run_settings)
        done += len(sources)
        if progress:
            progress(Progress(done, len(found.sources), sources[-1].name))
        yield Part(
            tuple(describe(run) for one in loaded for run in one.runs),
            tuple(Unreadable(problem.path, problem.reason) for one in loaded for problem in one.problems),
        )


def describe(run: Run) -> Described:
    """The run without its points, which may be many and which no decision needs any more."""
    decided = tuple(
        Decided(
            dataclasses.replace(
                curve,
                steps=NO_STEPS,
                wall_times=NO_VALUES,
                values=NO_VALUES,
                epochs=None,
            ),
            points=len(curve.steps),
            first_step=int(curve.steps[0]) if len(curve.steps) else None,
            last_step=int(curve.steps[-1]) if len(curve.steps) else None,
        )
        for curve in run.curves
    )
    return Described(dataclasses.replace(run, curves=()), decided)


def raw_runs(
    logdirs: Sequence[str], progress: Callable[[Progress], None] | None = None
) -> Iterator[RawRun | Unreadable]:
    """The raw series of every run, a bounded part in memory at a time; a file that gives nothing comes as Unreadable.

    Raises LogLensError when there is nothing to read.
    """
    sources = find_runs(list(logdirs)).sources
    done = 0
    for part in chunked(sources):
        files = [file for source in part for file in source.files]
        sizes = {file.path: file.size for file in files}
        contents = iter(read_event_files([(file.path, file.directory) for file in files], sizes))
        for source in part:
            yield from _raw(source, [next(contents) for _ in source.files])
            done += 1
            if progress:
                progress(Progress(done, len(sources), source.name))


def _raw(source: RunSource, contents: Sequence[EventFile | LogLensError]) -> Iterator[RawRun | Unreadable]:
    by_directory: dict[str, list[EventFile]] = {}
    for file, content in zip(source.files, contents, strict=True):
        if isinstance(content, LogLensError):
            yield Unreadable(file.path, str(content))
        else:
            by_directory.setdefault(content.directory, []).append(content)
    for number, training in enumerate(split_trainings(by_directory), start=1):
        name = source.name if number == 1 else f"{source.name}#{number}"
        series = tuple(one for files in training.values() for file in files for one in file.series)
        if series:
            yield RawRun(name, series)
