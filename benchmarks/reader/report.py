"""Medians, ratios and the table of docs/speed.md from single measurements."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from statistics import median
from typing import Any

from benchmarks.machine import installed
from benchmarks.reader.shapes import GROWTH_FILES, GROWTH_SCALARS, SHAPES

Measurement = dict[str, Any]
PACKAGES = ("numpy", "google-crc32c", "tensorboard", "tensorboard-data-server", "tbparse")
OTHERS = ("rustboard", "EventAccumulator", "tbparse")


def summary(measurements: Iterable[Measurement], processors: int) -> dict[str, Any]:
    """The JSON document: for each log and reader the medians, and how many times LogLens' they are."""
    by_log: dict[str, dict[str, list[Measurement]]] = {}
    for one in measurements:
        by_log.setdefault(one["log"], {}).setdefault(one["peer"], []).append(one)
    return {
        "hardware": f"{processors} cores, {platform.machine()}",
        "python": platform.python_version(),
        "versions": installed(PACKAGES),
        "logs": {log: _log(peers) for log, peers in by_log.items()},
    }


def _log(peers: dict[str, list[Measurement]]) -> dict[str, Any]:
    medians = {peer: _medians(rounds) for peer, rounds in peers.items()}
    own = medians["loglens"]
    for peer, values in medians.items():
        if peer != "loglens":
            values["times_loglens"] = round(values["seconds"] / own["seconds"], 2)
            values["times_loglens_cpu"] = round(values["cpu_seconds"] / own["cpu_seconds"], 2)
    return medians


def _medians(rounds: list[Measurement]) -> dict[str, Any]:
    scalars = rounds[0]["scalars"]
    peak = median(one["peak_bytes"] for one in rounds)
    return {
        "rounds": len(rounds),
        "scalars": scalars,
        "seconds": round(median(one["seconds"] for one in rounds), 4),
        "cpu_seconds": round(median(one["cpu_seconds"] for one in rounds), 4),
        "nanoseconds_a_scalar": round(median(one["cpu_seconds"] for one in rounds) / scalars * 1e9, 1),
        "peak_bytes": int(peak),
        "peak_bytes_a_scalar": round(peak / scalars, 1),
    }


def table(results: dict[str, Any]) -> str:
    """docs/speed.md."""
    versions = ", ".join(f"{package} {number}" for package, number in results["versions"].items())
    lines = [
        "# Speed",
        "",
        "How many times longer other readers take than LogLens for every point of the same logs, all checksums",
        "checked (EventAccumulator and rustboard keep all points; tbparse builds on EventAccumulator). Each cell is",
        "the ratio of median wall times, in brackets of CPU times; rustboard is TensorBoard's own data server, written",
        "in Rust and using all cores, with its answer turned into arrays. The files are in the page cache, imports are",
        "not counted.",
        "",
        f"Measured on {results['hardware']}, Python {results['python']}; {versions}.",
        "Written by `python -m benchmarks.reader`; the numbers behind it are in `benchmarks/reader/results.json`.",
        "",
        "| log | scalars | LogLens ns a scalar (CPU) | bytes a scalar, peak | rustboard | EventAccumulator | tbparse |",
        "|---|---|---|---|---|---|---|",
    ]
    names = {key: f"{key}: {text}" for key, text in SHAPES.items()}
    names |= {f"scalars-{count}": f"one file, {count:,} scalars" for count in GROWTH_SCALARS}
    names |= {f"files-{count}": f"{count:,} files of 1,000 scalars" for count in GROWTH_FILES}
    lines += [_row(name, results["logs"][log]) for log, name in names.items() if log in results["logs"]]
    lines += [
        "",
        "Peak memory is that above the importing process; small logs show the fixed cost of a window and tables.",
        "",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, peers: dict[str, Any]) -> str:
    own = peers["loglens"]
    cells = [name, f"{own['scalars']:,}", f"{own['nanoseconds_a_scalar']:.0f}", f"{own['peak_bytes_a_scalar']:.0f}"]
    for peer in OTHERS:
        one = peers.get(peer)
        cells.append(f"{one['times_loglens']:.1f} ({one['times_loglens_cpu']:.1f})" if one else "not run")
    return f"| {' | '.join(cells)} |"
