"""The one pipeline from log directories to a Report: find, load, judge, put together."""

from __future__ import annotations

import dataclasses
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglens import __version__
from loglens.cache import Cache, is_lasting, open_cache
from loglens.config import Config
from loglens.display import MAX_POINTS
from loglens.engines import Cluster, cores, map_chunks
from loglens.events.errors import LogLensError
from loglens.judge import Chunk, Judged, Plan, judge, make_plan
from loglens.later import Recent
from loglens.packed import Packed, judge_packed, unpack
from loglens.report import Report, RunReport, Unreadable
from loglens.runs.find import find_runs
from loglens.runs.groups import group_names
from loglens.runs.memory import run_from_arrays
from loglens.runs.source import RunSource

CHUNK_BYTES = 16 << 20
"""Event file bytes a chunk: as many small files as are decoded joined in one buffer (loglens.events)."""

CHUNK_RUNS = 64
"""Runs a chunk at most, so that progress moves and a dead worker costs little."""

FEWEST_RUNS = 8
"""Runs a chunk at least, where there are as many: small files cost less to read together."""

CHUNKS_A_SLOT = 8
"""Chunks for each process that works on them, so that the last one does not keep the others waiting for long."""

CACHED_AT_ONCE = 500
"""Runs taken from the cache between two moves of the progress: some .2 s."""

PARALLEL_BYTES = 24 << 20
PARALLEL_RUNS = 64
"""Below this many bytes of event files and runs, starting other processes costs more than they save: a run takes some
10 ms to judge, two processes about 50 ms to start and be done with."""

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
    cache: bool = False,
) -> Report:
    """Judge every run under the log directories.

    `logdirs`: folders, globs, event files or `name=path`. `config` defaults to no overrides and every detector
    with its defaults; `detectors` narrows them by name. `jobs` processes share the work (None: as many as there
    are cores and the work is worth). `progress` is called after each chunk of runs. `cache` takes what was judged
    before from the user's cache and leaves there what was not, as the command line does; here it is off unless asked
    for, since in a Python session anything may be replaced at run time, which no key of a cache can see.
    Raises LogLensError when nothing could be read, or for a name or a setting that does not exist.
    """
    config = config or Config()
    plan = make_plan(config, detectors, max_points)
    listed_ns = time.time_ns()
    found = find_runs([logdirs] if isinstance(logdirs, str) else list(logdirs))
    unreadable = [Unreadable(problem.path, problem.reason) for problem in found.problems]
    runs: list[RunReport] = []
    known = open_cache(plan) if cache else None
    for _, judged in judge_sources(
        found.sources, plan, jobs=jobs, executor=executor, progress=progress, cache=known, listed_ns=listed_ns
    ):
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
    cache: Cache | None = None,
    listed_ns: int = 0,
    spare_cores: int = 0,
) -> Iterator[tuple[RunSource, Judged]]:
    """Each source with what it gave, those in the cache first, then chunk by chunk as they are done.

    One bad run never costs another. Each finished chunk goes into the cache at once, so that an analysis that is
    interrupted goes on from there; `listed_ns` is the clock before the listing (0: nothing is kept). `jobs` as for
    `analyze`; where they are None, `spare_cores` are left to others.
    """
    done = 0
    recent = Recent()

    def told(count: int, last: RunSource) -> None:
        nonlocal done
        done += count
        if progress:
            progress(Progress(done, len(sources), last.name))

    left = list(sources)
    if cache is not None:
        left = []
        for part in _batches(sources, CACHED_AT_ONCE):
            with _no_garbage_collection():
                known, unknown = _known(part, cache, recent)
            left += unknown
            if known:
                told(len(known), part[-1])
                yield from known
    if isinstance(executor, Cluster) and left:
        executor.ensure_seen([source.files[0].path for source in left[:: len(left) // SEEN + 1]])
    base = "" if executor is None else str(Path.cwd())
    if jobs is None:
        much = len(left) >= PARALLEL_RUNS or sum(_size(source) for source in left) > PARALLEL_BYTES
        jobs = max(1, cores() - spare_cores) if much else 1
    slots = executor.slots() if isinstance(executor, Cluster) else jobs if executor is None else max(jobs, cores())
    chunks = [Chunk(part, plan, base) for part in chunked(left, slots)]
    for finished in map_chunks(judge_packed, chunks, jobs=jobs, executor=executor, split=Chunk.split):
        part = finished.chunk.sources
        if finished.result is None:
            told(len(part), part[-1])
            yield from ((source, Judged((), (Unreadable(source.name, finished.error),))) for source in part)
            continue
        each = [unpack(packed, recent) for packed in finished.result]
        if cache is not None:
            _keep(cache, part, finished.result, each, listed_ns)
        told(len(part), part[-1])
        yield from zip(part, each, strict=True)


def _known(
    sources: Sequence[RunSource], cache: Cache, recent: Recent
) -> tuple[list[tuple[RunSource, Judged]], list[RunSource]]:
    """What the cache holds of these sources, and those it does not."""
    known: list[tuple[RunSource, Judged]] = []
    left: list[RunSource] = []
    for source, packed in zip(sources, cache.load(sources), strict=True):
        try:
            if packed is not None:
                known.append((source, unpack(packed, recent)))
                continue
        except ValueError:  # damaged where no sum could tell: judged again
            pass
        left.append(source)
    return known, left


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """What is made here stays, and has no cycles: looking for some in a million objects is a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _keep(
    cache: Cache, sources: Sequence[RunSource], packed: Sequence[Packed], judged: Sequence[Judged], listed_ns: int
) -> None:
    results = zip(sources, packed, judged, strict=True)
    cache.store([(source, one) for source, one, what in results if is_lasting(what)], listed_ns)


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


def chunked(sources: Sequence[RunSource], slots: int = 1) -> Iterator[tuple[RunSource, ...]]:
    """The sources in order, cut by bytes and by number, for `slots` processes that share the work."""
    most = CHUNK_RUNS if slots == 1 else min(CHUNK_RUNS, max(FEWEST_RUNS, len(sources) // (CHUNKS_A_SLOT * slots)))
    part: list[RunSource] = []
    size = 0
    for source in sources:
        if part and (len(part) == most or size + _size(source) > CHUNK_BYTES):
            yield tuple(part)
            part, size = [], 0
        part.append(source)
        size += _size(source)
    if part:
        yield tuple(part)


def _batches(sources: Sequence[RunSource], size: int) -> Iterator[Sequence[RunSource]]:
    return (sources[start : start + size] for start in range(0, len(sources), size))


def _size(source: RunSource) -> int:
    return sum(file.size for file in source.files)


def nothing_read(unreadable: Sequence[Unreadable]) -> str:
    """The message when no file gave anything: the first few with their reasons."""
    listed = "".join(f"\n  {item.path}: {item.reason.removeprefix(item.path).strip()}" for item in unreadable[:5])
    more = f"\n  and {len(unreadable) - 5} more" if len(unreadable) > 5 else ""
    return f"Nothing could be read.{listed}{more}"
