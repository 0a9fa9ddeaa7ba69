"""From files to runs: read, put together, restarts resolved, every curve with its role and its axis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loglens.events.errors import LogLensError
from loglens.events.reader import read_event_files
from loglens.events.series import EventFile, Losses
from loglens.runs.curve import Run
from loglens.runs.describe import describe
from loglens.runs.families import split_family
from loglens.runs.overrides import RunSettings
from loglens.runs.source import Problem, RunSource, SourceFile
from loglens.runs.trainings import split_trainings

__all__ = ["LoadedRuns", "RunSettings", "load_many", "put_together"]


@dataclass(frozen=True, slots=True, eq=False)
class LoadedRuns:
    """The runs of one source (several when a folder holds several trainings), and what gave nothing."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...] = ()


def load_many(sources: Sequence[RunSource], settings: RunSettings, base: str = "") -> list[LoadedRuns]:
    """Read many sources, their files in one call: small files cost less together.

    A file that cannot be read is a Problem; the others still count.

    `base` is the folder that relative paths are meant from, "" for the working directory; messages name files as
    they were given.
    """
    files = [file for source in sources for file in source.files]
    sizes = {resolve(file.path, base): file.size for file in files}
    read = read_event_files([(resolve(file.path, base), file.directory) for file in files], sizes)
    contents = iter([_as_given(content, file, base) for content, file in zip(read, files, strict=True)])
    return [put_together(source, [next(contents) for _ in source.files], settings) for source in sources]


def resolve(path: str, base: str) -> str:
    """A path meant from the folder `base` as this process opens it; URLs and absolute paths are as they are."""
    return path if not base or "://" in path or base == str(Path.cwd()) else os.path.join(base, path)  # noqa: PTH118


def _as_given(content: EventFile | LogLensError, file: SourceFile, base: str) -> EventFile | LogLensError:
    opened = resolve(file.path, base)
    if opened == file.path or not isinstance(content, LogLensError):
        return content
    return type(content)(str(content).replace(opened, file.path))


def put_together(source: RunSource, contents: Sequence[EventFile | LogLensError], settings: RunSettings) -> LoadedRuns:
    """The runs of a source from what its files hold, in the order of `source.files`; an error is a Problem."""
    problems = [
        Problem(file.path, str(content))
        for file, content in zip(source.files, contents, strict=True)
        if isinstance(content, LogLensError)
    ]
    by_directory: dict[str, list[EventFile]] = {}
    for content in contents:
        if not isinstance(content, LogLensError):
            by_directory.setdefault(content.directory, []).append(content)
    runs = []
    for family in split_family(source.name, by_directory):
        own = {directory: by_directory[directory] for directory in family.directories}
        for number, training in enumerate(split_trainings(own), start=1):
            name = family.name if number == 1 else f"{family.name}#{number}"
            run = describe(name, training, settings, family.note)
            if run.curves:
                runs.append(run)
    if not runs and not problems:
        reason = _nothing(sum((file.losses for files in by_directory.values() for file in files), Losses()))
        path = source.files[0].path
        problems.append(Problem(path if len(source.files) == 1 else os.path.dirname(path), reason))  # noqa: PTH120  (URLs)
    return LoadedRuns(tuple(runs), tuple(problems))


def _nothing(losses: Losses) -> str:
    """Why files that are event files give no run: damage, where there was any."""
    counts = {
        "damaged records": losses.bad_records,
        "bytes that are no record": losses.skipped_bytes + losses.zero_bytes,
        "bytes of an unfinished record": losses.truncated_bytes,
        "values of no readable type": losses.undecodable_values,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    if told:
        return f"holds no scalars that can be read: {told}"
    return "holds no scalars: nothing was written after the header, or only images, histograms or text"
