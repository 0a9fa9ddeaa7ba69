"""Folders that change while they are read: between listing and reading, and at any moment by a second thread."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.damage.check import Point, Seen, plain_of, points_of, report_tells, seen_late, seen_of
from benchmarks.damage.kinds import Random, any_file

LONGEST_DELAY_SECONDS = 0.04
"""An analysis of the folder takes about this long; the change comes at any moment of it."""


def vanishes(random: Random, folder: Path) -> None:
    any_file(random, folder).unlink(missing_ok=True)


def grows(random: Random, folder: Path) -> None:
    """Its own last records again, in pieces that end anywhere, as a buffered writer appends."""
    path = any_file(random, folder)
    data = path.read_bytes()[-600:]
    with path.open("ab", buffering=0) as file:
        for at in range(0, len(data), 97):
            file.write(data[at : at + 97])
            time.sleep(0.0005)


def shrinks(random: Random, folder: Path) -> None:
    path = any_file(random, folder)
    os.truncate(path, int(random.integers(0, path.stat().st_size)))


def replaced(random: Random, folder: Path) -> None:
    """Another file under its name, as a rotation or an atomic copy leaves it."""
    path, other = any_file(random, folder), any_file(random, folder)
    fresh = path.with_name("incoming")
    fresh.write_bytes(other.read_bytes())
    fresh.replace(path)


LIVE: dict[str, Callable[[Random, Path], None]] = {
    "vanishes while read": vanishes,
    "grows while read": grows,
    "shrinks while read": shrinks,
    "replaced while read": replaced,
}


def between(change: Callable[[Random, Path], None], random: Random, folder: Path) -> tuple[Seen, list[str]]:
    """What is seen when the change comes between listing and reading; a file that is gone by then must be told."""
    names = {path.name for path in folder.rglob("*tfevents*")}
    report = seen_late(folder, lambda: change(random, folder))
    told = report_tells(report)
    gone = names - {path.name for path in folder.rglob("*tfevents*")}
    seen = Seen(frozenset(), told, report)
    return seen, [f"nothing is said of {', '.join(gone)}, listed and not read"] if gone and not told else []


def during(change: Callable[[Random, Path], None], random: Random, folder: Path) -> tuple[Seen, list[str]]:
    """What is seen while the change happens at some moment; no value may be seen that never was."""
    before = _points(folder)
    delay = float(random.random()) * LONGEST_DELAY_SECONDS

    def later() -> None:
        time.sleep(delay)
        change(random, folder)

    thread = threading.Thread(target=later)
    thread.start()
    seen = seen_of(folder)
    thread.join()
    wrong = seen.points - before - _points(folder)
    return seen, [f"{len(wrong)} points that never were, such as {min(wrong)}"] if wrong else []


def _points(folder: Path) -> set[Point]:
    files = [path for path in folder.rglob("*tfevents*") if path.is_file()]
    return {point for path in files for point in points_of(plain_of(path.read_bytes()))}
