"""A command in a process of its own, watched from outside: seconds, processor seconds, memory with its children."""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
INTERVAL_SECONDS = 0.1
"""Between two looks at the memory: a look at three processes takes about 1 ms."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a command cost. `cpu_seconds` are those of all its processes, `own_cpu_seconds` those of the first alone.

    Peak resident sizes in MB: of the first process, of the largest other, and of all at one time; a page that several
    share is counted in each, so `total_mb` is rather too high.
    """

    seconds: float
    cpu_seconds: float
    own_cpu_seconds: float
    own_mb: float
    child_mb: float
    total_mb: float


def watch(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run `python ARGUMENTS...` to its end. Raises RuntimeError with what it said when it fails."""
    psutil: Any = importlib.import_module("psutil")
    own_mb = child_mb = total_mb = own_cpu = 0.0
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(environment or {})},
        )
        seen = psutil.Process(process.pid)
        pid = 0
        while not pid:
            with contextlib.suppress(psutil.Error):
                times = seen.cpu_times()
                own_cpu = max(own_cpu, times.user + times.system)
                own = seen.memory_info().rss / 1e6
                children = [_resident(child) for child in seen.children(recursive=True)]
                own_mb, child_mb = max(own_mb, own), max(child_mb, *children, 0.0)
                total_mb = max(total_mb, own + sum(children))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not pid:
                time.sleep(INTERVAL_SECONDS)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {errors.read().decode()}")
    cpu = usage.ru_utime + usage.ru_stime
    return Watched(seconds, cpu, own_cpu, own_mb, child_mb, total_mb)


def _resident(process: Any) -> float:
    """Megabytes of a process; 0 when it has just gone."""
    try:
        return float(process.memory_info().rss) / 1e6
    except Exception:  # psutil's own errors, whose types are known only when it is there
        return 0.0
