"""What short runs cost: `python -m benchmarks.short [--peers PEERS/bin/python] [--write]`; docs/speed-short.md.

Processor time of all detectors on each of 300 runs, `loglens analyze` on all of them beside the peers that answer for
every run (benchmarks/accuracy/peers.py says how to install them), one run with two curves of 100,000 points, and how
the cost of every detector grows with the length of a curve. Five minutes, most of it the peers'.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.peers import WORKER, installed, write_log
from benchmarks.machine import describe_machine
from benchmarks.short.corpus import EVALUATIONS, long_run, short_runs, write_long_run
from loglens.config import Config
from loglens.detector import judge_run
from loglens.judge import make_plan
from loglens.runs.curve import Run

ROOT = Path(__file__).parents[2]
RUNS = 300
WARM_UP = 30
"""Runs judged before the clock starts: a thousand runs pay for imports and tables once."""
ROUNDS = 3
LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
PEERS = ("trainspotter", "runmedic", "trainproof")
"""Those that read logs; sk-autod gets lists of numbers."""
FIRST = """
import sys, time
from loglens.config import Config
from loglens.judge import make_plan
from loglens.pipeline import analyze
make_plan(Config())
began = time.process_time()
analyze(sys.argv[1])
print(time.process_time() - began)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Median of the rounds: seconds on the clock, and of processors, children included."""

    name: str
    seconds: float
    cpu_seconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=sys.executable, help="interpreter of the environment that has the peers")
    parser.add_argument("--write", action="store_true", help="write results.json and docs/speed-short.md")
    given = parser.parse_args(arguments)
    results = measure(given.peers)
    text = page(results)
    print(text)
    if given.write:
        Path(__file__).with_name("results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (ROOT / "docs/speed-short.md").write_text(text, encoding="utf-8")


def measure(python: str) -> dict[str, Any]:
    """All figures of the page."""
    runs = list(short_runs(RUNS + WARM_UP))
    versions = {name: version for name, version in installed(python).items() if name in PEERS}
    with tempfile.TemporaryDirectory() as name:
        folder, long = Path(name) / "short", Path(name) / "long"
        for number, run in enumerate(runs[WARM_UP:]):
            write_log(run, folder / f"run{number:04d}")
        (folder / "beside.json").write_text(json.dumps({f"run{number:04d}": [] for number in range(RUNS)}))
        write_long_run(long)
        return {
            "machine": {**describe_machine(("numpy", "scipy")), **versions},
            "run_ms": [round(1000 * seconds, 3) for seconds in judged(runs)],
            "commands": [asdict(cost) for cost in beside_peers(folder, python, tuple(versions))],
            "long_seconds": round(statistics.median(first_analysis(long) for _ in range(ROUNDS)), 3),
            "seconds_by_length": {str(points): by_detector(long_run(points)) for points in LENGTHS},
        }


def judged(runs: Sequence[Run]) -> list[float]:
    """Processor seconds of all detectors on each run, in this process, those to warm up left out."""
    detectors = make_plan(Config()).detectors
    costs = []
    for run in runs:
        began = time.process_time()
        judge_run(run, detectors)
        costs.append(time.process_time() - began)
    return costs[WARM_UP:]


def by_detector(run: Run) -> dict[str, float]:
    """Processor seconds of each detector alone on one run, the shortest of the rounds; "all" of them together."""
    every = make_plan(Config()).detectors
    costs = {}
    for name, detectors in (*((one.name, (one,)) for one in every), ("all", every)):
        rounds = []
        for _ in range(ROUNDS):
            began = time.process_time()
            judge_run(run, detectors)
            rounds.append(time.process_time() - began)
        costs[name] = round(min(rounds), 5)
    return costs


def beside_peers(folder: Path, python: str, peers: Sequence[str]) -> list[Cost]:
    """The command and the peers on the same folder, in interleaved rounds."""
    loglens = (sys.executable, "-m", "loglens", "analyze", str(folder), "--no-cache")
    commands = {"loglens analyze": loglens, "loglens analyze --jobs 1": (*loglens, "--jobs", "1")}
    commands |= {f"{peer}, run by run": (python, str(WORKER), str(folder), peer) for peer in peers}
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            samples[name].append(timed(command))
    return [
        Cost(name, *(round(statistics.median(c), 2) for c in zip(*rows, strict=True))) for name, rows in samples.items()
    ]


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds on the clock and of processors. Raises CalledProcessError when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return seconds, usage.ru_utime + usage.ru_stime


def first_analysis(folder: Path) -> float:
    """Processor seconds of the first analysis in a new process, its imports left out."""
    command = [sys.executable, "-c", FIRST, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return float(done.stdout)


def environment() -> dict[str, str]:
    """One thread for linear algebra, as the command line sets it."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "OPENBLAS_NUM_THREADS": "1"}


def page(results: dict[str, Any]) -> str:
    """The page of docs/speed-short.md."""
    machine = ", ".join(f"{key} {value}" for key, value in results["machine"].items())
    costs = sorted(results["run_ms"])
    middle, high = statistics.median(costs), costs[int(0.9 * len(costs))]
    commands = results["commands"]
    by_length = results["seconds_by_length"]
    by_length = results["seconds_by_length"]
    tenths = (None, *by_length.values())
    lengths = "\n".join(
        _length_row(points, costs, tenth) for (points, costs), tenth in zip(by_length.items(), tenths, strict=False)
    )
    rows = "\n".join(f"| {one['name']} | {one['seconds']:.2f} | {one['cpu_seconds']:.2f} |" for one in commands)
    return f"""# What short runs cost

Generated by `python -m benchmarks.short --peers PEERS/bin/python --write`. {machine}.

{RUNS} synthetic trainings of every family of the accuracy page: train and validation loss, accuracy and learning rate,
{EVALUATIONS[0]} to {EVALUATIONS[-1]} evaluations, up to 2,000 train steps. All detectors take **{middle:.1f} ms** of a
processor for one run at the median, {high:.1f} ms at the 90th percentile.

The same runs as a folder of logs, with no cache. The peers are those that read logs, each asked for every run in one
process of its own; medians of {ROUNDS} interleaved rounds, start included.

| | seconds | processor seconds |
|---|---|---|
{rows}

One run with two curves of 100,000 points takes {results["long_seconds"]:.2f} s of a processor to read and judge, when
the program has started.

Two losses of so many points, judged in memory: processor seconds of all detectors together, how many times those of
a tenth of the points, and of the slowest detector alone.

| points a curve | all detectors | times a tenth | the slowest |
|---|---|---|---|
{lengths}
"""


def _length_row(points: str, costs: Mapping[str, float], tenth: Mapping[str, float] | None) -> str:
    name, seconds = max(((name, one) for name, one in costs.items() if name != "all"), key=lambda pair: pair[1])
    times = "" if tenth is None else f"{costs['all'] / tenth['all']:.1f}"
    return f"| {int(points):,} | {costs['all']:.4f} | {times} | {name} {seconds:.4f} |"


if __name__ == "__main__":
    main()
