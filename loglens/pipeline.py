"""The one pipeline from log directories to a Report: find, load, judge, put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglens import __version__
from loglens.config import Config
from loglens.display import MAX_POINTS
from loglens.engines import Cluster, cores, map_chunks
from loglens.events.errors import LogLensError
from loglens.judge import Chunk, Judged, Plan, judge, judge_chunk, make_plan
from loglens.report import Report, RunReport, Unreadable
from loglens.runs.find import find_runs
from loglens.runs.groups import group_names
from loglens.runs.memory import run_from_arrays
from loglens.runs.source import RunSource

CHUNK_BYTES = 16 << 20
"""Event file bytes a chunk: as many small files as are decoded joined in one buffer (loglens.events)."""

CHUNK_RUNS = 64
"""Runs a chunk at most, so that progress moves and a dead worker costs little."""

PARALLEL_BYTES = 24 << 20
"""Below this many bytes of event files, starting other processes costs more than they save."""

SEEN = 8
"""Runs of which every worker of a cluster is asked whether it sees their files."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an analysis is: `done` of `total` runs, and the name of the last one."""

    done: int
    total: int
    what: str


def analyze(
    logdirs: str | Sequence[str],
    *,
    config: Config | None = None,
    detectors: Sequence[str] | None = None,
    jobs: int | None = 1,
    executor: Executor | None = None,
    max_points: int = MAX_POINTS,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Judge every run under the log directories.

    `logdirs`: folders, globs, event files or `name=path`. `config` defaults to no overrides and every detector
    with its defaults; `detectors` narrows them by name. `jobs` processes share the work (None: as many as there
    are cores and the work is worth). `progress` is called after each chunk of runs.
    Raises LogLensError when nothing could be read, or for a name or a setting that does not exist.
    """
    config = config or Config()
    plan = make_plan(config, detectors, max_points)
    found = find_runs([logdirs] if isinstance(logdirs, str) else list(logdirs))
    unreadable = [Unreadable(problem.path, problem.reason) for problem in found.problems]
    runs: list[RunReport] = []
    for judged in judge_sources(found.sources, plan, jobs=jobs, executor=executor, progress=progress):
        runs.extend(judged.runs)
        unreadable.extend(judged.unreadable)
    if not runs:
        raise LogLensError(nothing_read(unreadable))
    return assemble(runs, unreadable, config)


def analyze_curves(
    curves: Mapping[str, Any],
    *,
    name: str = "run",
    config: Config | None = None,
    detectors: Sequence[str] | None = None,
    max_points: int = MAX_POINTS,
) -> RunReport:
    """Judge one run given as arrays: `{tag: (steps, values) | values | pandas Series}`.

    Raises LogLensError, naming the tag, for what is no one-dimensional array of numbers.
    """
    config = config or Config()
    plan = make_plan(config, detectors, max_points)
    report = judge(run_from_arrays(curves, name=name, settings=plan.settings), plan)
    return dataclasses.replace(report, group=group_names([name], config.seeds)[name])


def judge_sources(
    sources: Sequence[RunSource],
    plan: Plan,
    *,
    jobs: int | None = 1,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Judged]:
    """The runs of these sources, chunk by chunk as they are done; one bad run never costs another."""
    if isinstance(executor, Cluster):
        executor.ensure_seen([source.files[0].path for source in sources[:: len(sources) // SEEN + 1]])
    base = "" if executor is None else str(Path.cwd())
    chunks = [Chunk(part, plan, base) for part in chunked(sources)]
    if jobs is None:
        jobs = cores() if sum(_size(source) for source in sources) > PARALLEL_BYTES else 1
    done = 0
    for finished in map_chunks(judge_chunk, chunks, jobs=jobs, executor=executor, split=Chunk.split):
        part = finished.chunk.sources
        done += len(part)
        if progress:
            progress(Progress(done, len(sources), part[-1].name))
        if finished.result is None:
            yield Judged((), tuple(Unreadable(source.name, finished.error) for source in part))
        else:
            yield finished.result


def assemble(runs: Iterable[RunReport], unreadable: Iterable[Unreadable], config: Config) -> Report:
    """The report of these runs, in the order of their names, grouped by seed."""
    ordered = sorted(runs, key=lambda run: run.name)
    groups = group_names([run.name for run in ordered], config.seeds)
    return Report(
        loglens_version=__version__,
        config=config.to_detail(),
        runs=tuple(dataclasses.replace(run, group=groups[run.name]) for run in ordered),
        unreadable=tuple(sorted(unreadable, key=lambda item: item.path)),
    )


def chunked(sources: Sequence[RunSource]) -> Iterator[tuple[RunSource, ...]]:
    """The sources in order, cut by bytes and by number."""
    part: list[RunSource] = []
    size = 0
    for source in sources:
        if part and (len(part) == CHUNK_RUNS or size + _size(source) > CHUNK_BYTES):
            yield tuple(part)
            part, size = [], 0
        part.append(source)
        size += _size(source)
    if part:
        yield tuple(part)


def _size(source: RunSource) -> int:
    return sum(file.size for file in source.files)


def nothing_read(unreadable: Sequence[Unreadable]) -> str:
    """The message when no file gave anything: the first few with their reasons."""
    listed = "".join(f"\n  {item.path}: {item.reason.removeprefix(item.path).strip()}" for item in unreadable[:5])
    more = f"\n  and {len(unreadable) - 5} more" if len(unreadable) > 5 else ""
    return f"Nothing could be read.{listed}{more}"
