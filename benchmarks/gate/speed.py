"""Speed: `loglens check` on 200 runs x 20 rules, beside Python with numpy alone, in interleaved rounds."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loglens.events.writer import EventFileWriter

ROOT = Path(__file__).parents[2]
RUNS, TAGS, POINTS, ROUNDS = 200, 10, 100, 7


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds on the clock (the fastest round: what else the machine did only adds), and the median of processor
    seconds with children."""

    command: str
    wall_seconds: float
    cpu_seconds: float


def make_project(folder: Path) -> None:
    """200 runs (20 groups of 10 seeds) of 10 tags x 100 points, twice, and a config of 20 rules."""
    steps = np.arange(POINTS)
    for side in range(2):
        for run in range(RUNS):
            random = np.random.default_rng([side, run])
            with EventFileWriter(folder / f"side{side}/group{run // 10}/seed{run % 10}", wall_time=1.7e9) as writer:
                for tag in range(TAGS):
                    values = np.exp(-steps / 20) + 0.3 + random.normal(0, 0.01) + random.normal(0, 0.002, POINTS)
                    writer.add_series(f"val/loss_{tag}", steps, values, 1.7e9 + steps)
    rules = [
        f'[[check]]\ntag = "val/loss_{tag}"\nstatistic = "{statistic}"\nrel_tol = 0.05\nmax = 99'
        for tag in range(TAGS)
        for statistic in ("best", "final")
    ]
    (folder / "loglens.toml").write_text("\n".join(rules))


def measure_speed() -> list[Speed]:
    """The gate against a baseline file, the gate without one, and what any numpy program costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder)
        loglens = [sys.executable, "-m", "loglens"]
        _timed([*loglens, "baseline", "save", "side0", "-o", "b.json"], folder)
        commands = {
            "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
            "loglens check, 200 runs x 20 rules": [*loglens, "check", "side1", "--quiet"],
            "the same with a baseline": [*loglens, "check", "side1", "--baseline", "b.json", "--quiet"],
        }
        found: dict[str, list[tuple[float, float]]] = {command: [] for command in commands}
        for _ in range(ROUNDS):
            for command, arguments in commands.items():
                found[command].append(_timed(arguments, folder))
    return [
        Speed(command, min(w for w, _ in times), statistics.median(c for _, c in times))
        for command, times in found.items()
    ]


def _timed(arguments: list[str], folder: Path) -> tuple[float, float]:
    started = time.perf_counter()
    process = subprocess.Popen(
        arguments, cwd=folder, env=dict(os.environ, PYTHONPATH=str(ROOT)), stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) == 2:
        raise RuntimeError(f"{' '.join(arguments)} failed")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime
