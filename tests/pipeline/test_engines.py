"""Engines: every chunk gets its result, in this process, in others, and when a worker dies."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

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
