"""Engines: mapping the analysis of chunks of runs over processes, or over any concurrent.futures.Executor."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from loglens.exit_codes import INTERRUPTED

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

LOST = "its worker process died every time it was tried (out of memory?)"
"""Why a chunk has no result: the same words on every engine, since the report must be the same."""

ORPHAN_SECONDS = 1.0
"""How often a worker looks whether its parent is still there."""

CHECK_SECONDS = 5.0
"""After this long without a result a cluster is asked whether it is still there."""


@dataclass(frozen=True, slots=True)
class Done(Generic[Chunk, Result]):
    """A chunk and its result; `error` says why there is none."""

    chunk: Chunk
    result: Result | None
    error: str = ""


@runtime_checkable
class Cluster(Protocol):
    """An executor on other machines, which may change in size, differ from this one, and go away."""

    def slots(self) -> int:
        """How many tasks run at a time now."""
        ...

    def ensure_alive(self) -> None:
        """Raises LogLensError when no result can come any more."""
        ...

    def ensure_seen(self, paths: Sequence[str]) -> None:
        """Raises LogLensError when a worker does not see these files as this process does."""
        ...


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
    split: Callable[[Chunk], Sequence[Chunk]] | None = None,
) -> Generator[Done[Chunk, Result]]:
    """Results as they come. `function` must be picklable and catch what one run can do wrong by itself.

    With `executor` the chunks go there, at most a few ahead of those done; else to `jobs` processes; in this
    process when `jobs` is 1 or there is one chunk. A chunk whose worker dies is tried again when the others are
    done, in the pieces that `split` cuts it into, one at a time: only the piece that kills its worker again is
    given up, with an `error`. When the caller stops early, what has not begun is cancelled.
    """
    waiting = list(reversed(chunks))
    lost: list[Chunk] = []
    if executor is not None:
        ahead = executor.slots if isinstance(executor, Cluster) else lambda: 2 * max(jobs, cores())
        yield from _through(executor, function, waiting, lambda: 2 * ahead(), lost)
        yield from _alone(lambda: nullcontext(executor), function, lost, split)
        yield from (Done(chunk, None, LOST) for chunk in waiting)  # the caller's executor broke for good
    elif jobs <= 1 or len(chunks) <= 1:
        for chunk in chunks:
            yield Done(chunk, function(chunk))
    else:
        jobs = min(jobs, len(chunks))
        while waiting:  # a worker that dies takes its pool with it: what was not in it goes on in a new one
            with _pool(jobs) as pool:
                yield from _through(pool, function, waiting, lambda: 2 * jobs, lost)
        yield from _alone(lambda: _pool(1), function, lost, split)


def _alone(
    pool: Callable[[], AbstractContextManager[Executor]],
    function: Callable[[Chunk], Result],
    lost: Sequence[Chunk],
    split: Callable[[Chunk], Sequence[Chunk]] | None,
) -> Iterator[Done[Chunk, Result]]:
    """The lost chunks' pieces, one at a time, so that the one that kills its worker is found."""
    for piece in [piece for chunk in lost for piece in (split(chunk) if split else (chunk,))]:
        waiting = [piece]
        again: list[Chunk] = []
        with pool() as executor:
            yield from _through(executor, function, waiting, lambda: 1, again)
        if again or waiting:
            yield Done(piece, None, LOST)


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Forks where that is safe (Linux, no other thread): no import again, and scripts need no main guard."""
    can_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_stay_with, initargs=(os.getpid(),))


def _stay_with(parent: int) -> None:
    """A worker ends with its parent, without a word and without finishing its chunk.

    Ctrl-C reaches every process of the terminal, and only the parent's answer to it should be seen. A parent that was
    killed says nothing to its workers, who would wait for ever.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(INTERRUPTED)


def _through(
    executor: Executor,
    function: Callable[[Chunk], Result],
    waiting: list[Chunk],
    ahead: Callable[[], int],
    lost: list[Chunk],
) -> Iterator[Done[Chunk, Result]]:
    """Results of the chunks taken from the end of `waiting`, until none is left or the executor is broken.

    Chunks whose worker died are added to `lost`. O(1) a chunk, however many are ahead.
    """
    running: dict[Future[Result], Chunk] = {}
    finished: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
    try:
        while True:
            try:
                while waiting and len(running) < ahead():
                    future = executor.submit(function, waiting[-1])
                    running[future] = waiting.pop()
                    future.add_done_callback(finished.put)
            except BrokenExecutor:
                if not running:
                    return
            if not running:
                return
            future = _next(finished, executor)
            chunk = running.pop(future)
            error = future.exception()
            if error is None:
                yield Done(chunk, future.result())
            elif _died(error):
                lost.append(chunk)
            else:
                raise error
    finally:
        for future in running:
            future.cancel()


def _next(finished: queue.SimpleQueue[Future[Result]], executor: Executor) -> Future[Result]:
    """The next future that is done. Raises LogLensError when the cluster that should do it is gone."""
    while True:
        try:
            return finished.get(timeout=CHECK_SECONDS)
        except queue.Empty:
            if isinstance(executor, Cluster):
                executor.ensure_alive()


def _died(error: BaseException) -> bool:
    """Whether a worker's death is to blame. Dask's error goes by its name: its package may not be installed."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"
