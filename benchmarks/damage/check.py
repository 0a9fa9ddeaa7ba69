"""What must hold of every damaged folder: no crash, no wrong value, no loss in silence, no harm to other runs."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from loglens.config import Config
from loglens.events.errors import LogLensError
from loglens.events.reader import read_scalars
from loglens.judge import make_plan
from loglens.pipeline import analyze, assemble, judge_sources
from loglens.report import Report, Unreadable
from loglens.runs.find import find_runs
from tests.events.plain_reader import Plain, read_plainly

Point = tuple[str, int, float, str]  # tag, step, wall time, and the value's text, so that NaN equals itself


@dataclass(frozen=True, slots=True)
class Truth:
    """What a slow and obvious reader finds in the files that can be opened."""

    points: frozenset[Point]
    damaged: tuple[str, ...]  # files that tell of a loss, by their names
    unopened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What LogLens says of the folder: points, whether both faces told of a loss, and the report if there is one."""

    points: frozenset[Point]
    told: bool
    report: Report | None


def truth_of(folder: Path) -> Truth:
    """Every file under the folder that is called like an event file, links followed once."""
    points: set[Point] = set()
    damaged, unopened = [], []
    for path in _walk(folder, set()):
        try:
            data = path.read_bytes()
        except OSError:
            unopened.append(path.name)
            continue
        plain = plain_of(data)
        points |= points_of(plain)
        lost = plain.bad_records + plain.skipped_bytes + plain.undecodable + (len(data) - plain.end_offset)
        if lost or not plain.recognised:
            damaged.append(path.name)
    return Truth(frozenset(points), tuple(damaged), tuple(unopened))


@lru_cache(512)
def plain_of(data: bytes) -> Plain:
    """What the slow reader says of these bytes; most files of a folder are as they were in the last one."""
    return read_plainly(data)


def points_of(plain: Plain) -> set[Point]:
    """The reference reader's points as they are compared."""
    return {(tag, step, time, repr(value)) for tag, found in plain.series.items() for step, time, value in found}


def seen_of(folder: Path, detectors: Sequence[str] | None = None) -> Seen:
    """Both faces: the raw series and the report. Anything but a LogLensError goes up: that is a crash."""
    points: set[Point] = set()
    raised = False
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            for (_, tag), series in read_scalars(folder).items():
                columns = zip(series.steps.tolist(), series.wall_times.tolist(), series.values.tolist(), strict=True)
                points |= {(tag, step, time, repr(value)) for step, time, value in columns}
        except LogLensError:
            raised = True
    warned = raised or bool(said)
    try:
        report = analyze(str(folder), detectors=detectors)
    except LogLensError:
        return Seen(frozenset(points), warned, None)
    return Seen(frozenset(points), warned and report_tells(report), report)


def seen_late(folder: Path, change: Callable[[], None]) -> Report:
    """The report when the folder changes after it was listed and before it is read."""
    found = find_runs([str(folder)])
    change()
    parts = [judged for _, judged in judge_sources(found.sources, make_plan(Config()))]
    problems = [Unreadable(problem.path, problem.reason) for problem in found.problems]
    runs, bad = [run for part in parts for run in part.runs], [one for part in parts for one in part.unreadable]
    return assemble(runs, [*bad, *problems], Config())


def report_tells(report: Report) -> bool:
    """Whether the report says that something was lost or could not be read."""
    lost = any(
        run.lost.bad_records
        or run.lost.skipped_bytes
        or run.lost.truncated_bytes
        or run.lost.zero_bytes
        or run.lost.undecodable_values
        for run in report.runs
    )
    return lost or bool(report.unreadable)


def problems(truth: Truth, seen: Seen) -> list[str]:
    """What is wrong with what was seen, as sentences."""
    found = []
    if wrong := seen.points - truth.points:
        found.append(f"{len(wrong)} points that are in no file, such as {min(wrong)}")
    if missing := truth.points - seen.points:
        found.append(f"{len(missing)} points missing, such as {min(missing)}")
    if (truth.damaged or truth.unopened) and not seen.told:
        found.append(f"nothing is said of the loss in {', '.join((*truth.damaged, *truth.unopened))}")
    return found


def untouched(before: Report, after: Report | None, touched: set[str]) -> list[str]:
    """The runs that no damage came near, and of which something else is said than before."""
    if after is None:
        return []  # nothing could be read: told as an error
    now = {run.name: run for run in after.runs}
    wrong = []
    for run in before.runs:
        if run.name in touched:
            continue
        said = json.dumps(run.to_plain(), sort_keys=True)
        if run.name not in now or json.dumps(now[run.name].to_plain(), sort_keys=True) != said:
            wrong.append(f"{run.name} was not touched, and is judged otherwise")
    return wrong


def _walk(folder: Path, visited: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in visited:
            return
        visited.add((status.st_dev, status.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir():
                yield from _walk(Path(entry.path), visited)
            elif "tfevents" in entry.name and entry.is_file():
                yield Path(entry.path)
        except OSError:
            continue
