"""`python -m benchmarks.remote`: 500 runs on an S3 server and on disk; results.json and the table of docs/remote.md."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.command.__main__ import make_runs
from benchmarks.machine import describe_machine
from loglens.events.writer import EventFileWriter
from tests.remote.servers import S3, Request

ROOT = Path(__file__).parent.parent.parent
RESULTS = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "remote.md"
TABLE = re.compile(r"(<!-- measured: python -m benchmarks.remote -->\n).*?(<!-- end of measured -->)", re.DOTALL)
BUCKET = "s3://loglens-benchmark"
ANALYSE = """
import json, sys
from pathlib import Path
from loglens.pipeline import analyze
report = analyze(sys.argv[1], cache=sys.argv[2] == "cache").to_plain()
Path(sys.argv[3]).write_text(json.dumps(report))
"""
PUT = """
import sys
from fsspec.core import url_to_fs
fs, to = url_to_fs(sys.argv[2])
fs.put(sys.argv[1] + "/", to + "/", recursive=True)
"""
READ = "import sys, loglens; loglens.read_scalars(sys.argv[1])"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one case asked of the server, and the median of its seconds; `like` names what `ratio` is to."""

    name: str
    listings: int
    looks: int
    reads: int
    seconds: float
    ratio: float
    like: str


@dataclass(frozen=True, slots=True)
class Case:
    """A step of a round: what is run, and what the time is compared with."""

    name: str
    command: tuple[str, ...]
    like: str


def run(command: Sequence[str], environment: dict[str, str]) -> float:
    """Seconds of a Python process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", *command], env=environment, cwd=tempfile.gettempdir(), check=True)
    return time.perf_counter() - started


def put(folder: Path, url: str, environment: dict[str, str]) -> None:
    """Copy a folder to the server, in a process of its own: its connections are not those that are measured."""
    run([PUT, str(folder), url], environment)


def counted(requests: Sequence[Request]) -> tuple[int, int, int]:
    """Listings, looks at one object, reads."""
    kinds = Counter(
        "look" if request.method == "HEAD" else "list" if "list-type=2" in request.path else "read"
        for request in requests
    )
    return kinds["list"], kinds["look"], kinds["read"]


def without_place(report: Path, place: str) -> str:
    """The report with the place of the logs taken out."""
    return report.read_text().replace(place, "LOGS")


def measure(work: Path, runs: int, steps: int, rounds: int) -> list[Cost]:
    """Every case in every round, on one server; the reports from the server must be those from disk."""
    logs, big = work / "logs", work / "big"
    make_runs(logs, runs, steps)
    with EventFileWriter(big / "run", wall_time=1.7e9) as writer:
        points = np.arange(1_500_000)
        writer.add_series("loss", points, np.exp(-points / 3e5), 1.7e9 + points)
    with S3() as server:
        environment = {**os.environ, **server.environment, "PYTHONPATH": str(ROOT)}
        run(["import fsspec, sys; fsspec.filesystem('s3').mkdir(sys.argv[1])", BUCKET], environment)
        put(logs, f"{BUCKET}/logs", environment)
        put(big, f"{BUCKET}/big", environment)
        there, result = f"{BUCKET}/logs", str(work / "report.json")
        disk, first, again, grown, large = (
            f"{runs} runs on disk",
            f"{runs} runs on S3",
            "the same again, from the cache",
            "again, when one file has grown",
            f"one file of {writer.path.stat().st_size / 1e6:.0f} MB on S3",
        )
        cases = [
            Case(disk, (ANALYSE, str(logs), "", str(work / "local.json")), disk),
            Case(first, (ANALYSE, there, "cache", result), disk),
            Case(again, (ANALYSE, there, "cache", result), disk),
            Case(grown, (ANALYSE, there, "cache", result), disk),
            Case(
                f"{large.removesuffix(' on S3')} on disk", (READ, str(big)), f"{large.removesuffix(' on S3')} on disk"
            ),
            Case(large, (READ, f"{BUCKET}/big"), f"{large.removesuffix(' on S3')} on disk"),
        ]
        samples: dict[str, list[float]] = {case.name: [] for case in cases}
        asked: dict[str, tuple[int, int, int]] = {}
        for turn in range(rounds):
            environment["LOGLENS_CACHE"] = str(work / f"cache{turn}")
            for case in cases:
                if case.name == grown:
                    grow(logs, environment)
                with server.counted() as requests:
                    samples[case.name].append(run(case.command, environment))
                seen = counted(requests)
                if asked.setdefault(case.name, seen) != seen:
                    raise SystemExit(f"{case.name}: {seen} requests after {asked[case.name]}")
                if case.name in (first, again) and without_place(Path(result), there) != without_place(
                    work / "local.json", str(logs)
                ):
                    raise SystemExit(f"{case.name}: not the report of the same logs on disk")
    medians = {name: statistics.median(times) for name, times in samples.items()}
    return [
        Cost(
            case.name,
            *asked[case.name],
            round(medians[case.name], 2),
            round(medians[case.name] / medians[case.like], 2),
            case.like,
        )
        for case in cases
    ]


def grow(logs: Path, environment: dict[str, str]) -> None:
    """One more training step in one run, here and there."""
    folder = logs / "exp0" / "seed0"
    (path,) = folder.iterdir()
    with tempfile.TemporaryDirectory() as name:
        with EventFileWriter(name, file_version=None) as writer:
            writer.add_series("train/loss", np.array([10**6]), np.array([0.1]), np.array([1.8e9]))
        path.write_bytes(path.read_bytes() + writer.path.read_bytes())
    put(folder, f"{BUCKET}/logs/exp0/seed0", environment)


def table(costs: Sequence[Cost], machine: dict[str, str | int], *, times: bool = True) -> str:
    """The results as they stand in the page; those of a busy machine without the times, which then say nothing."""
    said = ", ".join(f"{key} {value}" for key, value in machine.items())
    rows = "\n".join(
        f"| {c.name} | {c.listings} | {c.looks} | {c.reads} | {c.seconds:.2f} | {c.ratio:.2f} x {c.like} |"
        for c in costs
    )
    if not times:
        rows = "\n".join(f"| {c.name} | {c.listings} | {c.looks} | {c.reads} |" for c in costs)
        return f"""
Counted by `python -m benchmarks.remote` at the server (moto's): 10 tags x 500 steps a run, 230 kB a file. The report
was the same as from disk.

| logs | listings | looks | reads |
|---|---|---|---|
{rows}

"""
    return f"""
Measured by `python -m benchmarks.remote`: 10 tags x 500 steps a run, 230 kB a file; one process; medians. The server
is moto's, in Python, on the same processors: a real store has more to give and is further away. The report was the
same as from disk. {said}.

| logs | listings | looks | reads | seconds | ratio |
|---|---|---|---|---|---|
{rows}

"""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print, write nothing")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-times", action="store_true", help="publish the requests only: the machine is busy")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        costs = measure(Path(name), arguments.runs, 500, arguments.rounds)
    machine = describe_machine(("loglens", "numpy", "fsspec", "s3fs", "aiobotocore", "moto"))
    text = table(costs, machine, times=not arguments.without_times)
    print(text)
    if arguments.dry_run:
        return
    PAGE.write_text(TABLE.sub(lambda found: found[1] + text + found[2], PAGE.read_text()))
    if not arguments.without_times:
        RESULTS.write_text(json.dumps({"machine": machine, "costs": [asdict(cost) for cost in costs]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
