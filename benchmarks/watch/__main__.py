"""Follows a training through many appended updates with the real command; memory and time as a table.

    python -m benchmarks.watch [--updates 10000] [--write]

A process appends an update (five tags) ten times a second, as a training does, whether `loglens watch` is ready or not;
beside it, runs appear and go. Memory, open files and processor time are those that the system counts. Linux only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.watch.process import bytes_read, cpu_seconds, resources
from loglens.events.writer import EventFileWriter

ROOT = Path(__file__).parents[2]
ROWS = 10
FLEETING_EVERY = 100
"""Updates after which a short run appears, and the one before it is deleted."""
PACE_SECONDS = 0.1
"""From one update to the next."""
LONGEST_WAIT_SECONDS = 120.0


@click.command()
@click.option("--updates", default=10_000, show_default=True)
@click.option("--write", is_flag=True, help="Write benchmarks/watch/results.json and docs/watch-numbers.md.")
def main(updates: int, write: bool) -> None:
    """Measure, print the page, and write it if asked."""
    results = measure(updates)
    text = page(results)
    sys.stdout.write(text)
    if write:
        (ROOT / "benchmarks/watch/results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (ROOT / "docs/watch-numbers.md").write_text(text, encoding="utf-8")


def measure(updates: int) -> dict[str, Any]:
    """What the command used after each tenth of the updates, and what its last line said."""
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        logs = Path(name) / "logs"
        writer = EventFileWriter(logs / "run")
        _update(writer, 0)
        command = [sys.executable, "-m", "loglens", "watch", str(logs), "--format", "json", "--all"]
        told = Path(name) / "told.jsonl"
        with told.open("wb") as stream:
            process = subprocess.Popen([*command, "--interval", "0.01"], stdout=stream, cwd=ROOT)
        while not told.stat().st_size and process.poll() is None:  # it has begun when it has told something
            time.sleep(0.05)
        began = time.perf_counter()
        try:
            for number in range(1, updates + 1):
                time.sleep(max(began + number * PACE_SECONDS - time.perf_counter(), 0.0))
                before = bytes_read(process.pid)
                _update(writer, number)
                if number == updates:
                    _wait_until_read(process, before)
                if number % FLEETING_EVERY == 0:
                    _fleeting(logs, number)
                if number % max(updates // ROWS, 1) == 0:
                    rows.append(_row(process.pid, number, time.perf_counter() - began))
            process.terminate()
            process.wait(LONGEST_WAIT_SECONDS)
        finally:
            process.kill()
        size = writer.path.stat().st_size
        lines = told.read_text(encoding="utf-8").splitlines()
    end = json.loads(lines[-1])
    return {
        "machine": describe_machine(["numpy", "scipy"]),
        "load": round(os.getloadavg()[2], 1),
        "updates": updates,
        "log_bytes": size,
        "lines": len(lines),
        "looks": end["looks"],
        "judged": end["judged"],
        "rows": rows,
    }


def _update(writer: EventFileWriter, number: int) -> None:
    """One step of a training that goes well: five tags in one event."""
    noise = np.random.default_rng(number).normal(0, 0.01, 4)
    course = float(np.exp(-number / 800))
    values = {
        "train/loss": course + noise[0],
        "val/loss": course + 0.1 + noise[1],
        "val/accuracy": 0.9 - 0.8 * course + noise[2],
        "grad_norm": 1.0 + noise[3],
        "lr": 1e-3,
    }
    writer.add_scalars(values, number)
    writer.flush()


def _wait_until_read(process: subprocess.Popen[bytes], before: int) -> None:
    """Until the process has read something since."""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while bytes_read(process.pid) <= before:
        if process.poll() is not None or time.monotonic() > until:
            raise click.ClickException("loglens watch ended, or does not read on.")
        time.sleep(0.001)


def _fleeting(logs: Path, number: int) -> None:
    """A run that appears, and the end of the one before it."""
    for old in logs.glob("fleeting-*"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    with EventFileWriter(logs / f"fleeting-{number}") as other:
        other.add_series("loss", np.arange(20), np.exp(-np.arange(20) / 5))


def _row(process: int, number: int, seconds: float) -> dict[str, float]:
    memory, files = resources(process)
    return {
        "updates": number,
        "seconds": round(seconds, 1),
        "memory_mb": round(memory / 1e6, 1),
        "open_files": files,
        "cpu_seconds": round(cpu_seconds(process), 2),
    }


def page(results: dict[str, Any]) -> str:
    """The page of docs/watch-numbers.md."""
    machine = ", ".join(f"{key} {value}" for key, value in results["machine"].items())
    lines = [
        "<!-- written by python -m benchmarks.watch --write -->",
        "",
        "# What watching costs",
        "",
        f"`loglens watch` beside a run that gets {results['updates']:,} updates of five tags, ten a second;",
        f"every {FLEETING_EVERY} updates another run appears and the one before it is deleted. The log is",
        f"{results['log_bytes'] / 1e6:.1f} MB at the end; {results['looks']:,} looks, {results['judged']:,}",
        f"judgements, {results['lines']:,} lines told. Measured on: {machine};",
        f"load average {results['load']:.1f} at the end, of which the command made little.",
        "",
        "| updates | memory, MB | open files | CPU, ms an update |",
        "|---|---|---|---|",
    ]
    before, cpu = 0.0, 0.0
    for row in results["rows"]:
        each = 1000 * (row["cpu_seconds"] - cpu) / (row["updates"] - before)
        lines.append(f"| {row['updates']:,} | {row['memory_mb']:.0f} | {row['open_files']} | {each:.1f} |")
        before, cpu = row["updates"], row["cpu_seconds"]
    lines += [
        "",
        "The points themselves take 24 bytes each. What the detectors keep for the next look is bounded: matrices for",
        "the 200 block means that a long curve is judged on. They come to their full size as the calm part of the run",
        "comes to be nearly all of it.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
