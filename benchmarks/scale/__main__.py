"""`python -m benchmarks.scale`: what `loglens analyze` costs from 10 to 10,000 runs; with --write, docs/scale.md.

The corpus (10,000 runs, 25 million scalars, 1.3 GB) is written to --folder once and found there later. On two quiet
cores it takes about 10 minutes for the corpus, 5 for the analyses, and 15 for the peer.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.scale.corpus import SEEDS, write_corpus
from benchmarks.scale.page import page
from benchmarks.scale.watched import ROOT, Watched, watch
from loglens.engines import cores

RESULTS = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "scale.md"
FEW = 1000
"""Up to so many runs an analysis is timed three times, and the median kept."""
ALONE = 300
"""Runs that are judged one by one, for the cost of one."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # as the command line sets them


def sizes(runs: int) -> list[int]:
    """10, 100, 1,000... and `runs` itself."""
    found = [SEEDS]
    while found[-1] * 10 < runs:
        found.append(found[-1] * 10)
    return sorted({*found, runs})


def part_of(folder: Path, runs: int, place: Path) -> Path:
    """A folder under `place` with the corpus' first `runs` runs, as links to its experiments."""
    part = place / str(runs)
    part.mkdir(parents=True)
    for experiment in sorted(folder.glob("experiment*"))[: runs // SEEDS]:
        (part / experiment.name).mkdir()
        for run in experiment.iterdir():
            target = part / experiment.name / run.name
            target.mkdir()
            for file in run.iterdir():
                os.link(file, target / file.name)
    return part


def analyse(part: Path, runs: int) -> dict[str, Any]:
    """The first analysis of a folder, the second, one more as JSON; each the median of three where that is quick."""
    samples: list[tuple[Watched, Watched, Watched]] = []
    for _ in range(3 if runs <= FEW else 1):
        with tempfile.TemporaryDirectory() as cache:
            place = {"LOGLENS_CACHE": cache}
            command = ["-m", "loglens", "analyze", str(part)]
            samples.append((watch(command, place), watch(command, place), watch([*command, "--format", "json"], place)))
    middle: Callable[[Watched], float] = lambda one: one.seconds  # noqa: E731
    first, again, as_json = (sorted(several, key=middle)[len(samples) // 2] for several in zip(*samples, strict=True))
    return {
        "runs": runs,
        **asdict(first),
        "again_seconds": again.seconds,
        "again_mb": again.total_mb,
        "json_seconds": as_json.seconds,
        "json_mb": as_json.total_mb,
    }


def peer(part: Path) -> dict[str, float]:
    """EventAccumulator's time to only read these files."""
    command = [sys.executable, "-m", "benchmarks.reader.peers", "EventAccumulator", str(part)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def alone(folder: Path, runs: int) -> dict[str, float]:
    """What one run costs by itself, and one task of Dask: the middle of three processes."""
    command = [sys.executable, "-m", "benchmarks.scale.one", str(folder), str(min(ALONE, runs - SEEDS))]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
    found: list[dict[str, float]] = []
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
        found.append(json.loads(done.stdout))
    return {key: statistics.median(one[key] for one in found) for key in found[0]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the corpus is, or is to be written")
    parser.add_argument("--runs", type=int, default=10_000, help="runs of the largest corpus, a multiple of 10")
    parser.add_argument("--peer-runs", type=int, default=1_000, help="runs that EventAccumulator reads; 0: none")
    parser.add_argument("--note", default="", help="a sentence for the head of the page, where a reader must know it")
    parser.add_argument("--write", action="store_true", help="write results.json and docs/scale.md")
    given = parser.parse_args(arguments)
    if given.runs < 100 or given.runs % SEEDS:
        parser.error("--runs must be a multiple of 10, and 100 at least")
    size = write_corpus(given.folder, given.runs)
    results: dict[str, Any] = {
        "note": given.note,
        "machine": describe_machine(("numpy", "distributed", "tensorboard")),
        "cores": cores(),
        "bytes": size,
        "alone": alone(given.folder, given.runs),
        "analyses": [],
    }
    links = Path(tempfile.mkdtemp(dir=given.folder.parent))  # on the corpus' own disk, for links to its files
    try:
        for runs in sizes(given.runs):
            results["analyses"].append(analyse(part_of(given.folder, runs, links), runs))
            print(json.dumps(results["analyses"][-1]), flush=True)
        if given.peer_runs:
            part = part_of(given.folder, min(given.peer_runs, given.runs), links / "peer")
            results["peer"] = {"runs": min(given.peer_runs, given.runs), **peer(part)}
    finally:
        shutil.rmtree(links)
    text = page(results)
    print(text)
    if given.write:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
