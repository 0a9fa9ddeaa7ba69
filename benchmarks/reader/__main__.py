"""Times LogLens and its peers on the same logs in one run: python -m benchmarks.reader [--rounds N] [--logs NAME...]

Peers take turns within each round, each in a fresh process, so that a busy machine weighs on all alike. Writes
benchmarks/reader/results.json and docs/speed.md; the logs (1.2 GB) are kept in --folder for the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.reader.report import Measurement, summary, table
from benchmarks.reader.shapes import GROWTH_FILES, GROWTH_SCALARS, SHAPES, make

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
SLOW_PEERS_BELOW = 1_000_001  # scalars of a growth log up to which rustboard is run in every round
PYTHON_SHAPES = {"EventAccumulator": "aef", "tbparse": "e"}  # the others take them minutes each


def scalars_in(log: str) -> int:
    """How many scalars a growth log holds; 0 for a shape."""
    kind, _, count = log.partition("-")
    return int(count or 0) * (1_000 if kind == "files" else 1)


def peers_of(log: str, round_number: int, slow_rounds: int) -> list[str]:
    """Who reads a log in a round: who takes minutes only in the first, and not the longest logs."""
    size = scalars_in(log)
    peers = ["loglens"]
    if size < SLOW_PEERS_BELOW or round_number == 0:
        peers.append("rustboard")
    few = 0 < size <= 100_000
    if round_number < (slow_rounds if few else min(slow_rounds, 1)):
        peers += [peer for peer, shapes in PYTHON_SHAPES.items() if few or log in shapes]
    return peers if round_number % 2 else peers[::-1]


def measure(peer: str, log: str, folder: Path) -> Measurement:
    """One reading in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.reader.peers", peer, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return {"log": log, **result}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--slow-rounds", type=int, default=3, help="rounds of the Python readers; 0 leaves them out")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "loglens-benchmark-logs")
    growth = [f"scalars-{count}" for count in GROWTH_SCALARS] + [f"files-{count}" for count in GROWTH_FILES]
    parser.add_argument("--logs", nargs="*", default=[*SHAPES, *growth])
    parser.add_argument("--dry", action="store_true", help="print only, write nothing")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    measurements: list[Measurement] = []
    for round_number in range(arguments.rounds):
        for log in arguments.logs:
            folder = make(log, arguments.folder)
            for peer in peers_of(log, round_number, arguments.slow_rounds):
                measurements.append(measure(peer, log, folder))
                print(round_number, json.dumps(measurements[-1]), file=sys.stderr, flush=True)
        results = summary(measurements, os.cpu_count() or 0)
        if not arguments.dry:  # after each round: a run that is stopped leaves what it has
            RESULTS.write_text(json.dumps(results, indent=2) + "\n")
            PAGE.parent.mkdir(exist_ok=True)
            PAGE.write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
