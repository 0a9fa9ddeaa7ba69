"""What lies in the log directories, without judging it: runs with every decision about them, and raw series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loglens.analyze import chunked
from loglens.config import Config
from loglens.events.errors import LogLensError
from loglens.events.reader import read_event_files
from loglens.events.series import EventFile, ScalarSeries
from loglens.report import Unreadable
from loglens.runs.curve import Run
from loglens.runs.find import find_runs
from loglens.runs.load import load_many
from loglens.runs.source import RunSource
from loglens.runs.trainings import split_trainings


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some of the runs, as they were understood, and what of their files gave nothing."""

    runs: tuple[Run, ...]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RawRun:
    """Every point of one run's scalar series in the order they were written; nothing is resolved or removed."""

    name: str
    series: tuple[ScalarSeries, ...]


def describe_runs(logdirs: Sequence[str], config: Config) -> Iterator[Part]:
    """The runs under the log directories, with roles, pairs and axes decided, a bounded part at a time.

    Raises LogLensError when there is nothing to read.
    """
    found = find_runs(list(logdirs))
    if found.problems:
        yield Part((), tuple(Unreadable(problem.path, problem.reason) for problem in found.problems))
    for sources in chunked(found.sources):
        loaded = load_many(list(sources), config.run_settings)
        yield Part(
            tuple(run for one in loaded for run in one.runs),
            tuple(Unreadable(problem.path, problem.reason) for one in loaded for problem in one.problems),
        )


def raw_runs(logdirs: Sequence[str]) -> Iterator[RawRun | Unreadable]:
    """The raw series of every run, one run in memory at a time; a file that gives nothing comes as Unreadable.

    Raises LogLensError when there is nothing to read.
    """
    for source in find_runs(list(logdirs)).sources:
        yield from _raw(source)


def _raw(source: RunSource) -> Iterator[RawRun | Unreadable]:
    by_directory: dict[str, list[EventFile]] = {}
    contents = read_event_files([(file.path, file.directory) for file in source.files])
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
