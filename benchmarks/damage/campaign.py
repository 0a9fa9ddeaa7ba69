"""Thousands of damaged folders, in worker processes that may be killed, hang or run out of memory alone."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType

import numpy as np

from benchmarks.damage import check, corpus
from benchmarks.damage.kinds import BYTES, FILES
from benchmarks.damage.live import LIVE, between, during
from loglens.report import Report

KINDS = (*BYTES, *FILES, *LIVE)
MOST_SECONDS = 20.0
"""On the clock for one folder of some 30 kB, several hundred times what it needs: beyond it, it hangs."""

FULLY_JUDGED = 0.2
QUICK = ("non-finite", "divergence")
"""Every fifth folder is judged by all detectors, the others by two: damage is read before it is judged, and what a
detector makes of odd values is asked by the tests of all detectors together."""

NOBODY = 65534


class HungError(BaseException):
    """Raised by the alarm; no Exception, so that nothing on the way takes it for bad input."""


@dataclass(slots=True)
class Tally:
    """What was counted of one kind of damage."""

    inputs: int = 0
    told: int = 0
    refused: int = 0
    slowest_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.inputs += other.inputs
        self.told += other.told
        self.refused += other.refused
        self.slowest_seconds = max(self.slowest_seconds, other.slowest_seconds)
        self.problems += other.problems


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker found: a tally a kind, and by how many bytes its memory grew."""

    tallies: dict[str, Tally]
    grown_bytes: int


def part(seed: int, numbers: Sequence[int]) -> Part:
    """Damage and read the inputs of these numbers. Runs in a process of its own, without a superuser's rights."""
    tallies = {kind: Tally() for kind in KINDS}
    signal.signal(signal.SIGALRM, _hung)
    with tempfile.TemporaryDirectory(dir=_memory(), ignore_cleanup_errors=True) as name:
        for number in range(2 * len(KINDS)):  # what is loaded and kept on first use is not growth
            _one(Path(name), seed, number, Tally())
        if os.geteuid() == 0:  # for whom no file is unreadable
            os.chown(name, NOBODY, NOBODY)
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in numbers:
            _one(Path(name), seed, number, tallies[KINDS[number % len(KINDS)]])
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began)
    return Part(tallies, grown)


def _one(work: Path, seed: int, number: int, tally: Tally) -> None:
    random = np.random.default_rng([seed, number])
    kind = KINDS[number % len(KINDS)]
    folder = work / "logs"
    template = int(random.integers(0, corpus.TEMPLATES))
    corpus.write(folder, corpus.template(template))
    detectors = None if random.random() < FULLY_JUDGED else QUICK
    began = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        seen, found = _read(kind, random, folder, template, detectors)
        tally.told += seen.told
        tally.refused += seen.report is None
        found += failures(seen.report)
    except HungError:
        found = [f"still at work after {MOST_SECONDS:.0f} s"]
    except Exception as error:  # whatever it is, it is what is looked for
        found = [f"crash: {type(error).__name__}: {error}"]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    tally.inputs += 1
    tally.slowest_seconds = max(tally.slowest_seconds, time.perf_counter() - began)
    tally.problems += [f"input {number}: {one}" for one in found]
    _remove(folder)


def _read(
    kind: str, random: np.random.Generator, folder: Path, template: int, detectors: tuple[str, ...] | None
) -> tuple[check.Seen, list[str]]:
    if kind in LIVE:
        seen, found = (during if random.random() < 0.5 else between)(LIVE[kind], random, folder)
        if any(folder.rglob("*tfevents*")):  # a second look at what is there now must be right
            later = check.seen_of(folder, detectors)
            found += [f"at the second look: {one}" for one in check.problems(check.truth_of(folder), later)]
        return seen, found
    sound = _sound(template, detectors)
    before_files = _states(folder)
    (BYTES | FILES)[kind](random, folder)
    seen = check.seen_of(folder, detectors)
    found = check.problems(check.truth_of(folder), seen)
    if sound is not None and kind in BYTES:
        touched = _runs_of(before_files, _states(folder), sound)
        found += check.untouched(sound, seen.report, touched)
    return seen, found


@cache
def _sound(template: int, detectors: tuple[str, ...] | None) -> Report | None:
    """What is said of a template before any damage; the same wherever it lies."""
    with tempfile.TemporaryDirectory(dir=_memory()) as name:
        corpus.write(Path(name), corpus.template(template))
        return check.seen_of(Path(name), detectors).report


def failures(report: Report | None) -> list[str]:
    """What LogLens itself admits to have failed at: an error of a detector, an exception that was caught."""
    if report is None:
        return []
    found = [f"caught: {one.path}: {one.reason}" for one in report.unreadable if "LogLens failed" in one.reason]
    return found + [
        f"{verdict.detector} failed: {verdict.summary}"
        for run in report.runs
        for verdict in run.verdicts
        if verdict.status == "error"
    ]


def _states(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _runs_of(before: dict[str, bytes], after: dict[str, bytes], report: Report) -> set[str]:
    """The runs whose folders hold a file that is not as it was."""
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return {run.name for run in report.runs if any(name.startswith(f"{run.name}/") for name in changed)}


def _remove(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    for path in folder.rglob("*"):  # folders behind those that could not be opened a moment ago
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


def _memory() -> str | None:
    """A file system in memory where there is one: ten thousand folders are not for a disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _hung(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise HungError
