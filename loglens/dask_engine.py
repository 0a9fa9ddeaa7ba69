"""The Dask engine: the workers of a running `dask scheduler` as an executor of chunks of runs."""

from __future__ import annotations

import importlib
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import Any

from loglens import __version__
from loglens.events.errors import LogLensError

CONNECT_SECONDS = 5.0
"""A scheduler on the same network answers within milliseconds; a wrong address should not cost a coffee."""

WORKER_SECONDS = 30.0
"""How long the first worker may take to appear, and all of them may stay away: a killed one is back in seconds."""

COUNT_SECONDS = 10.0
"""How long a count of the workers' threads is good for: a cluster may grow while it works."""

HEAD_BYTES = 64
"""Of a file, to tell whether a worker sees the same one: an event file begins with the time it was opened."""


@contextmanager
def dask_workers(address: str) -> Iterator[DaskWorkers]:
    """The workers of the scheduler at `address`; what is queued there is cancelled at the end.

    Raises LogLensError when distributed is not installed, no scheduler answers, it has no workers, LogLens is not
    the same there, or when the connection is lost in the middle.
    """
    try:
        distributed: Any = importlib.import_module("distributed")  # an extra, slow to import, typed in parts
    except ImportError as error:
        raise LogLensError("The Dask engine needs distributed. Install it with: pip install 'loglens[dask]'") from error
    with _silent("distributed", "distributed.client"), warnings.catch_warnings():
        warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)  # asked of the workers below
        try:
            client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="loglens")
        except (OSError, TimeoutError, ValueError) as error:
            raise LogLensError(
                f"No Dask scheduler answers at {address}. Is it running (`dask scheduler`), and are host and port as "
                "it printed them, like tcp://10.0.0.5:8786?"
            ) from error
        try:
            workers = DaskWorkers(client, address)
            workers.ensure_same_loglens()
            yield workers
        except CancelledError as error:
            raise LogLensError(f"The Dask scheduler at {address} went away in the middle of the analysis.") from error
        except ImportError as error:
            raise LogLensError(f"A Dask worker cannot import what the analysis needs: {error}.") from error
        finally:
            client.close(timeout=CONNECT_SECONDS)


@contextmanager
def _silent(*names: str) -> Iterator[None]:
    """No tracebacks of these loggers on stderr: what goes wrong is told once, in our words."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class DaskWorkers(Executor):
    """An executor over a Dask client that also answers what `loglens.engines.Cluster` asks."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._executor = client.get_executor(pure=False)  # a task is never taken for another with equal arguments
        self._slots = 0
        self._counted = -COUNT_SECONDS
        self._alone_since: float | None = None

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = self._executor.submit(function, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Cancels what has not begun; the client is closed by the one who opened it."""
        del cancel_futures
        self._executor.shutdown(wait=wait)

    def slots(self) -> int:
        """The threads of all workers, counted again every few seconds; at least one."""
        if time.monotonic() - self._counted > COUNT_SECONDS:
            self._slots = sum(self.threads().values())
            self._counted = time.monotonic()
        return max(self._slots, 1)

    def threads(self) -> dict[str, int]:
        """Threads by worker, as the scheduler knows them now."""
        return dict(self._client.nthreads())

    def ensure_alive(self) -> None:
        """Raises LogLensError when the connection is lost, or when there has been no worker for too long."""
        if self._client.status != "running":
            raise LogLensError(f"The connection to the Dask scheduler at {self._address} is lost.")
        if self.threads():
            self._alone_since = None
            return
        now = time.monotonic()
        self._alone_since = self._alone_since or now
        if now - self._alone_since > WORKER_SECONDS:
            raise LogLensError(
                f"The Dask scheduler at {self._address} has had no worker for {WORKER_SECONDS:.0f} seconds: they may "
                "have run out of memory. Start new ones with `dask worker`, then try again."
            )

    def ensure_same_loglens(self) -> None:
        """Raises LogLensError when there is no worker, or one has no LogLens or another version of it."""
        try:
            self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError as error:
            raise LogLensError(
                f"The Dask scheduler at {self._address} has no workers. Start some: dask worker {self._address}"
            ) from error
        for worker, answer in self._ask_all(eval, "__import__('loglens').__version__").items():
            if isinstance(answer, ImportError):
                raise LogLensError(
                    f"The Dask worker {worker} has no LogLens: install it there too "
                    f"(pip install loglens=={__version__})."
                )
            if answer != __version__:
                raise LogLensError(
                    f"The Dask worker {worker} has LogLens {answer}, here it is {__version__}: the results would "
                    f"differ. Install the same there (pip install loglens=={__version__})."
                )

    def ensure_seen(self, paths: Sequence[str]) -> None:
        """Raises LogLensError when a worker cannot read the beginning of these files as it is read here."""
        local = [os.path.abspath(path) for path in paths if "://" not in path]  # noqa: PTH100  # as it was given
        here = [head(path) for path in local]
        known = [(path, start) for path, start in zip(local, here, strict=True) if start]
        for worker, answer in self._ask_all(heads, [path for path, _ in known]).items():
            if isinstance(answer, Exception):
                raise LogLensError(f"The Dask worker {worker} cannot be asked for its files: {answer}.")
            for (path, start), there in zip(known, answer, strict=True):
                if there != start and head(path) == start:
                    what = "sees another file at" if there else "cannot read"
                    raise LogLensError(
                        f"The Dask worker {worker} {what} {path}. Logs must lie where every worker finds them under "
                        "the same path: a shared file system, or a URL such as s3://bucket/runs."
                    )

    def _ask_all(self, function: Callable[..., Any], *args: Any) -> dict[str, Any]:
        """What every worker answers; an exception where it raised one."""
        answers: dict[str, Any] = self._client.run(function, *args, on_error="return")
        return answers


def heads(paths: Sequence[str]) -> list[bytes]:
    """The first bytes of each file as this process sees it."""
    return [head(path) for path in paths]


def head(path: str) -> bytes:
    """The first bytes of the file, b"" when it cannot be read."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  # a path as it was given, not made anew
            return stream.read(HEAD_BYTES)
    except OSError:
        return b""
