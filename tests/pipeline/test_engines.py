"""Engines: every chunk gets its result, in this process, in others, and when a worker dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from loglens.engines import Done, map_chunks


def double(chunk: int) -> int:
    return 2 * chunk


def die_at_three(chunk: int) -> int:
    if chunk == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * chunk


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_chunk_once(jobs: int) -> None:
    done = list(map_chunks(double, range(20), jobs=jobs))
    assert sorted((d.chunk, d.result) for d in done) == [(n, 2 * n) for n in range(20)]


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as executor:
        done = list(map_chunks(double, range(50), executor=executor))
    assert {d.chunk: d.result for d in done} == {n: 2 * n for n in range(50)}


def test_a_dead_worker_costs_its_own_chunk_only() -> None:
    done: list[Done[int, int]] = list(map_chunks(die_at_three, range(8), jobs=2))
    assert {d.chunk: d.result for d in done} == {n: None if n == 3 else 2 * n for n in range(8)}
    (lost,) = [d for d in done if d.result is None]
    assert "died" in lost.error


def total_or_die(chunk: tuple[int, ...]) -> int:
    return sum(die_at_three(number) for number in chunk)


def test_a_lost_chunk_is_tried_again_in_pieces() -> None:
    chunks = [(0, 1), (2, 3, 4), (5,), (6, 7)]
    done = list(map_chunks(total_or_die, chunks, jobs=2, split=lambda chunk: [(number,) for number in chunk]))
    given_up = [d.chunk for d in done if d.result is None]
    assert given_up == [(3,)]
    assert sorted(number for d in done for number in d.chunk) == list(range(8))
    assert sum(d.result or 0 for d in done) == 2 * (sum(range(8)) - 3)


def test_an_executor_that_breaks_for_good_loses_nothing_in_silence() -> None:
    with ProcessPoolExecutor(1) as executor:
        done = list(map_chunks(die_at_three, range(40), executor=executor))
    assert sorted(d.chunk for d in done) == list(range(40))
    assert all(d.result == 2 * d.chunk or "died" in d.error for d in done)


def test_what_has_not_begun_is_cancelled_when_the_caller_stops() -> None:
    begun: list[int] = []

    def slowly(chunk: int) -> None:
        begun.append(chunk)
        time.sleep(0.05)

    with ThreadPoolExecutor(1) as executor, closing(map_chunks(slowly, range(500), executor=executor)) as results:
        next(results)
    assert len(begun) <= 3


PARENT = """
import os, time
from loglens.engines import map_chunks

def tell_and_stay(place):
    with open(place, "w") as file:
        file.write(str(os.getpid()))
    os.rename(place, place + ".pid")
    time.sleep(600)

if __name__ == "__main__":
    list(map_chunks(tell_and_stay, ["one", "two"], jobs=2))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("end", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_workers_end_with_their_parent(end: str, tmp_path: Path) -> None:
    """Ctrl-C goes to the whole group, as a terminal sends it; the others to the parent alone."""
    root = str(Path(__file__).parents[2])
    script = [sys.executable, "-c", PARENT]
    parent = subprocess.Popen(
        script, cwd=tmp_path, env={"PYTHONPATH": root}, stderr=subprocess.DEVNULL, start_new_session=True
    )
    places = [tmp_path / "one.pid", tmp_path / "two.pid"]
    try:
        _wait_until(lambda: all(place.exists() for place in places))
        workers = [int(place.read_text()) for place in places]
        send = os.killpg if end == "SIGINT" else os.kill
        send(parent.pid, getattr(signal, end))
        assert parent.wait(60) != 0
        _wait_until(lambda: not any(_is_running(worker) for worker in workers))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)
        parent.wait()


def _is_running(process: int) -> bool:
    """A zombie is none: who adopts orphans may take its time."""
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return bool(status.stdout.strip()) and not status.stdout.startswith("Z")


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "nothing happened in a minute"
        time.sleep(0.05)
