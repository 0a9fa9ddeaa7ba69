"""Damages many event files and compares what the reader says with a slow and obvious one.

    python -m benchmarks.fuzz_events [--files N] [--seed N] [--out FILE]

Each file is read whole, grown in two steps, and (in groups) joined with others; a difference, an exception, a read
beyond the time or memory stated below ends in a failure with the seed that shows it.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from loglens.events.errors import LogLensError, NotAnEventFileError
from loglens.events.follow import EventFileReader
from loglens.events.reader import read_event_files
from loglens.events.series import EventFile
from tests.events.comparison import differences
from tests.events.memory_file import MemoryFile
from tests.events.mutations import event_file, mutated
from tests.events.plain_reader import Plain, read_plainly

MOST_SECONDS = 2.0  # of CPU for a file of some kB read three times
MOST_BYTES = 16 << 20  # the reader's fixed parts (one slot table a layout) and a file of some kB
GROUP = 50  # files joined at a time
MEASURED = 100  # every so many files the memory is traced, which is slow


@dataclass
class Campaign:
    """What a run has counted so far."""

    seed: int
    files: int = 0
    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    mutations: collections.Counter[str] = field(default_factory=collections.Counter)
    failures: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    largest_bytes: int = 0

    def report(self) -> dict[str, object]:
        return {
            "files": self.files,
            "seed": self.seed,
            "mutations": dict(self.mutations),
            **self.counts,
            "slowest_file_cpu_seconds": round(self.slowest_seconds, 3),
            "largest_traced_bytes": self.largest_bytes,
            "failed": len(self.failures),
            "failures": self.failures[:20],
        }


def run(files: int, seed: int) -> Campaign:
    """Fuzz `files` files."""
    campaign = Campaign(seed)
    memory = Path("/dev/shm")  # where there is one: a hundred thousand files are not for a disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        group: list[tuple[Path, bytes, Plain]] = []
        for number in range(files):
            random = np.random.default_rng([seed, number])
            base = event_file(random)
            name, data = mutated(random, base) if number % 20 else ("none", base)
            plain = _read_one(campaign, name, data, random)
            path = Path(folder) / f"{number % GROUP}.tfevents"
            path.write_bytes(data)
            group.append((path, data, plain))
            if len(group) == GROUP or number == files - 1:
                campaign.failures += _joined(group, f"seed {seed} before {number}")
                campaign.counts["joined files"] += len(group)
                group = []
    if campaign.slowest_seconds > MOST_SECONDS:
        campaign.failures.append(f"a file took {campaign.slowest_seconds:.1f} s")
    if campaign.largest_bytes > MOST_BYTES:
        campaign.failures.append(f"a file took {campaign.largest_bytes / 2**20:.0f} MiB")
    return campaign


def _read_one(campaign: Campaign, name: str, data: bytes, random: np.random.Generator) -> Plain:
    plain = read_plainly(data)
    started = time.process_time()
    measure = campaign.files % MEASURED == 0
    if measure:
        tracemalloc.start()
    try:
        found = problems_of(data, plain, random)
    except Exception as error:  # any crash is what is looked for
        found = [f"crash: {error!r}"]
    if measure:
        campaign.largest_bytes = max(campaign.largest_bytes, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    else:
        campaign.slowest_seconds = max(campaign.slowest_seconds, time.process_time() - started)
    campaign.failures += [f"seed {campaign.seed} file {campaign.files} ({name}): {one}" for one in found]
    campaign.files += 1
    campaign.mutations.update(name.split())
    campaign.counts["records"] += plain.records
    campaign.counts["bad_records"] += plain.bad_records
    campaign.counts["files_with_losses"] += plain.end_offset < len(data) or plain.bad_records + plain.skipped_bytes > 0
    campaign.counts["points"] += sum(len(points) for points in plain.series.values())
    return plain


def problems_of(data: bytes, plain: Plain, random: np.random.Generator) -> list[str]:
    """What is wrong with how a file is read: whole, and grown from some point on."""
    source = MemoryFile(data)
    whole = _outcome(EventFileReader(source))
    source.visible = int(random.integers(0, len(data) + 1))
    grown = EventFileReader(source)
    grown.refresh()
    source.visible = len(data)
    return _compare(whole, plain, data) + [f"grown: {one}" for one in _compare(_outcome(grown), plain, data)]


def _outcome(reader: EventFileReader) -> EventFile | LogLensError:
    reader.refresh()
    try:
        return reader.contents()
    except LogLensError as error:
        return error


def _compare(outcome: EventFile | LogLensError, plain: Plain, data: bytes) -> list[str]:
    if isinstance(outcome, EventFile):
        return differences(outcome, plain, len(data))
    expected = isinstance(outcome, NotAnEventFileError) and not plain.recognised
    return [] if expected else [f"refused: {outcome}"]


def _joined(group: list[tuple[Path, bytes, Plain]], where: str) -> list[str]:
    results = read_event_files([(str(path), ".") for path, _, _ in group])
    return [
        f"{where} joined {path.name}: {one}"
        for result, (path, data, plain) in zip(results, group, strict=True)
        for one in _compare(result, plain, data)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    campaign = run(arguments.files, arguments.seed)
    text = json.dumps(campaign.report(), indent=2)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
