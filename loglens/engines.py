"""Engines: mapping the analysis of chunks of runs over processes, or over any concurrent.futures.Executor."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

MAX_ATTEMPTS = 2
"""Times a chunk is tried when its worker dies: once more than the first, alone in a fresh pool, tells a chunk that
kills workers from one that stood beside it."""


@dataclass(frozen=True, slots=True)
class Done(Generic[Chunk, Result]):
    """A chunk and its result; `error` says why there is none."""

    chunk: Chunk
    result: Result | None
    error: str = ""


def cores() -> int:
    """The processors this process may use (a container's limit included where the system tells)."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def map_chunks(
    function: Callable[[Chunk], Result],
    chunks: Sequence[Chunk],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
) -> Iterator[Done[Chunk, Result]]:
    """Results as they come. `function` must be picklable and catch what one run can do wrong by itself.

    With `executor` the chunks go there, at most a few ahead of those done; else to `jobs` processes; in this
    process when `jobs` is 1 or there is one chunk. A worker that dies costs no other chunk its result.
    """
    if executor is not None:
        yield from _through(executor, function, chunks, ahead=4 * max(jobs, cores()), broken=[])
    elif jobs <= 1 or len(chunks) <= 1:
        for chunk in chunks:
            yield Done(chunk, function(chunk))
    else:
        yield from _processes(function, chunks, min(jobs, len(chunks)))


def _processes(
    function: Callable[[Chunk], Result], chunks: Sequence[Chunk], jobs: int
) -> Iterator[Done[Chunk, Result]]:
    broken: list[Chunk] = []
    with _pool(jobs) as pool:
        yield from _through(pool, function, chunks, ahead=2 * jobs, broken=broken)
    for chunk in broken:  # alone, so that the one that kills its worker is found
        again: list[Chunk] = []
        with _pool(1) as pool:
            yield from _through(pool, function, [chunk], ahead=1, broken=again)
        for lost in again:
            yield Done(lost, None, f"its worker process died {MAX_ATTEMPTS} times (out of memory?)")


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Forks where that is safe (Linux, no other thread): no import again, and scripts need no main guard."""
    can_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_leave_interrupts_to_the_parent)


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of the terminal; only the parent's answer to it should be seen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _through(
    executor: Executor,
    function: Callable[[Chunk], Result],
    chunks: Sequence[Chunk],
    *,
    ahead: int,
    broken: list[Chunk],
) -> Iterator[Done[Chunk, Result]]:
    waiting = list(reversed(chunks))
    running: dict[Future[Result], Chunk] = {}
    while waiting or running:
        try:
            while waiting and len(running) < ahead:
                running[executor.submit(function, waiting[-1])] = waiting[-1]
                waiting.pop()
        except BrokenExecutor:
            broken.extend(reversed(waiting))
            waiting.clear()
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            chunk = running.pop(future)
            try:
                yield Done(chunk, future.result())
            except BrokenExecutor:
                broken.append(chunk)
            except GeneratorExit:  # the caller has enough: what has not begun need not begin
                executor.shutdown(wait=False, cancel_futures=True)
                raise
