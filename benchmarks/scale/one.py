"""`python -m benchmarks.scale.one FOLDER COUNT`: what one run costs alone, and one task of Dask, as a line of JSON."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from loglens.config import Config
from loglens.dask_engine import dask_workers
from loglens.engines import map_chunks
from loglens.judge import Chunk, make_plan
from loglens.packed import judge_packed
from loglens.pipeline import CHUNK_RUNS, analyze
from loglens.runs.find import find_runs

WARM_UP = 5
"""Runs judged before the clock starts: imports and tables are a cost of the command, not of a run."""

TASKS = 2000


def one_run(folders: list[Path]) -> dict[str, float]:
    """Mean seconds of finding, reading and judging one run by itself, over these folders of one run each."""
    config = Config()
    for folder in folders[:WARM_UP]:
        analyze(str(folder), config=config)
    started, cpu = time.perf_counter(), time.process_time()
    for folder in folders[WARM_UP:]:
        analyze(str(folder), config=config)
    count = len(folders) - WARM_UP
    return {
        "run_seconds": (time.perf_counter() - started) / count,
        "run_cpu_seconds": (time.process_time() - cpu) / count,
    }


def one_task(folder: Path) -> dict[str, float]:
    """Seconds of an empty task through a scheduler with two workers on loopback, and what a chunk's result weighs."""
    distributed: Any = importlib.import_module("distributed")
    sources = find_runs([str(folder)]).sources[:CHUNK_RUNS]
    results = judge_packed(Chunk(sources, make_plan(Config())))
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        dask_workers(cluster.scheduler_address) as workers,
    ):
        list(map_chunks(abs, range(200), executor=workers))  # connections are made and pools filled
        started = time.perf_counter()
        done = sum(1 for _ in map_chunks(abs, range(TASKS), executor=workers))
        seconds = time.perf_counter() - started
    return {
        "task_seconds": seconds / done,
        "result_bytes": sum(len(one.head) + len(one.rest) for one in results) / len(sources),
    }


def main() -> None:
    """Print both."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    folders = sorted(place for place in folder.glob("experiment*/seed*"))[: count + WARM_UP]
    print(json.dumps({**one_run(folders), **one_task(folder)}))


if __name__ == "__main__":
    main()
