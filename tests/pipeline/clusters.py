"""A Dask scheduler and its workers on loopback, each in a process of its own, as `dask scheduler` starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loglens.judge import Chunk
from loglens.packed import Packed, judge_packed

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class Cluster:
    """A scheduler and the processes of its workers; `folder` is where they stand."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        note = folder / "scheduler.json"
        self.scheduler = self._start(
            "distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(note), "--no-dashboard"
        )
        until(lambda: _is_whole(note))
        self.address: str = json.loads(note.read_text())["address"]

    def add_worker(self, *options: str, path: Path = ROOT) -> subprocess.Popen[bytes]:
        """One more worker of one thread, without a nanny unless the options say so; `path` is where LogLens lies."""
        given = ("--nthreads", "1", "--no-dashboard", *(options or ("--no-nanny",)))
        worker = self._start("distributed.cli.dask_worker", self.address, *given, path=path)
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """Ends every process that was started here."""
        for process in (*self.workers, self.scheduler):
            process.terminate()
        for process in (*self.workers, self.scheduler):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, module: str, *arguments: str, path: Path = ROOT) -> subprocess.Popen[bytes]:
        settings = {"DASK_DISTRIBUTED__WORKER__DAEMON": "False", "OPENBLAS_NUM_THREADS": "1"}
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, "--host", "127.0.0.1", *arguments],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(path), **settings},
                stdout=log,
                stderr=log,
            )


@contextmanager
def cluster(folder: Path, workers: int = 0, *options: str) -> Iterator[Cluster]:
    """A cluster for the time of the block."""
    made = Cluster(folder)
    try:
        for _ in range(workers):
            made.add_worker(*options)
        yield made
    finally:
        made.close()


def _is_whole(note: Path) -> bool:
    """Whether the scheduler has written its note; the file is there a moment before what it says."""
    try:
        json.loads(note.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return True


def until(met: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Waits until the function `met` says yes; fails when it does not."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def judge_or_die(chunk: Chunk) -> tuple[Packed, ...]:
    """What a worker does, except that a run named `killer` takes the process with it, as one out of memory does."""
    if any(source.name == "killer" for source in chunk.sources):
        os.kill(os.getpid(), signal.SIGKILL)
    return judge_packed(chunk)


def judge_slowly(chunk: Chunk) -> tuple[Packed, ...]:
    """What a worker does, after a while, leaving a file behind in the folder of the log directory."""
    (Path(chunk.base) / f"begun-{chunk.sources[0].name}").touch()
    time.sleep(0.2)
    return judge_packed(chunk)
