"""The work of a measurement cut into jobs, done by several processes, each job's result kept in case of a stop."""

from __future__ import annotations

import hashlib
import pickle
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TELL_EVERY = 20.0
"""Seconds between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: `work` called with `arguments`; `group` names whose results belong together."""

    group: tuple[str, str]
    work: Callable[..., list[Any]]
    arguments: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The same for the same work, in every process and on every day."""
        words = f"{self.work.__module__}.{self.work.__qualname__}{self.arguments!r}"
        return hashlib.sha256(words.encode()).hexdigest()[:24]


def carry_out(jobs: Sequence[Job], processes: int, folder: Path) -> dict[tuple[str, str], list[Any]]:
    """The results of all jobs, by group, in the order of the jobs.

    Finished jobs are kept in `folder`, under a name made of the program's own text: a run that was stopped goes on
    where it was, and a changed program begins anew.
    """
    kept = folder / program()
    kept.mkdir(parents=True, exist_ok=True)
    missing = [job for job in jobs if not (kept / job.name).exists()]
    if len(missing) < len(jobs):
        _tell(f"{len(jobs) - len(missing)} of {len(jobs)} jobs were done before ({kept})")
    began = told = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        waiting = {pool.submit(_done, job, kept): job for job in missing}
        for number, future in enumerate(as_completed(waiting), 1):
            try:
                future.result()
            except Exception as error:
                pool.shutdown(cancel_futures=True)
                job = waiting[future]
                raise RuntimeError(f"{job.group} {job.arguments!r} failed: {error}") from error
            now = time.monotonic()
            if now - told > TELL_EVERY or number == len(missing):
                told = now
                left = (now - began) / number * (len(missing) - number)
                minutes = f"{(now - began) / 60:.1f} minutes, about {left / 60:.0f} to go"
                _tell(f"{number} of {len(missing)} jobs, {minutes}")
    results: dict[tuple[str, str], list[Any]] = {}
    for job in jobs:
        results.setdefault(job.group, []).extend(pickle.loads((kept / job.name).read_bytes()))
    return results


def program() -> str:
    """A name for the text of the detectors and of this benchmark as they stand."""
    text = hashlib.sha256()
    for place in ("loglens", "benchmarks/accuracy"):
        for path in sorted((ROOT / place).rglob("*.py")):
            text.update(path.read_bytes())
    return text.hexdigest()[:16]


def _done(job: Job, kept: Path) -> None:
    result = job.work(*job.arguments)
    half = kept / f"{job.name}.half"  # a killed process leaves no half result under the job's own name
    half.write_bytes(pickle.dumps(result))
    half.rename(kept / job.name)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
