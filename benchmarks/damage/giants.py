"""One monster met in a process of its own: how long it took, what memory, what the report says."""

from __future__ import annotations

import multiprocessing
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.damage.campaign import failures
from benchmarks.damage.monsters import MONSTERS
from loglens.events.errors import LogLensError
from loglens.pipeline import analyze

FIXED_BYTES = 200 << 20
PER_BYTE = 6
PER_TAG_BYTES = 12 << 10
MOST_SECONDS = 120.0
"""Of processor time. The limit that is stated: the fixed parts of reader and statistics; a file's columns, at most 49
bytes a scalar of some 15 on disk, and its window; a curve's report with its role and its points for display."""

PER_BYTE_OF_ONE_EVENT = {"a million values of one tag in one event": 60}
"""No writer makes such an event, and the general parser that takes it keeps its values as objects."""

PATIENCE_SECONDS = 600.0
"""On the clock, on a machine that may be busy."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one monster; `problem` is empty when all was well."""

    megabytes: float
    seconds: float
    peak_megabytes: float
    said: str
    problem: str


def meet(name: str) -> Outcome:
    """Make it, analyse it, take it away."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
        folder = Path(place) / "logs"
        MONSTERS[name](folder)
        size = _size(folder)
        ours, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(target=_analyse, args=(str(folder), theirs))
        process.start()
        answered = ours.poll(PATIENCE_SECONDS)
        seconds, peak, tags, said, problem = ours.recv() if answered else (PATIENCE_SECONDS, 0, 0, "", "it hangs")
        process.kill()
        process.join()
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    if not problem and seconds > MOST_SECONDS:
        problem = f"{seconds:.0f} s is beyond the limit"
    per_byte = PER_BYTE_OF_ONE_EVENT.get(name, PER_BYTE)
    if not problem and peak > FIXED_BYTES + per_byte * size + PER_TAG_BYTES * tags:
        problem = f"{peak / 2**20:.0f} MiB is beyond the limit"
    return Outcome(round(size / 1e6, 1), round(seconds, 1), round(peak / 1e6), said, problem)


def _analyse(folder: str, answer: Connection) -> None:
    """In the child: the analysis with its cost; sends what is to be known."""
    import loglens.detectors  # noqa: F401, PLC0415  # the program itself is not counted

    before = _peak_bytes()
    began = time.process_time()
    tags, problem = 0, ""
    try:
        report = analyze(folder)
        tags = sum(len(run.curves) for run in report.runs)
        said = f"{len(report.runs):,} runs, {tags:,} curves"
        lost = [str(run.lost) for run in report.runs if run.lost.bad_records or run.lost.skipped_bytes]
        said += f"; lost: {lost[0]}" if lost else ""
        said += f"; {report.unreadable[0].reason}" if report.unreadable else ""
        problem = "; ".join(failures(report))
    except LogLensError as error:
        said = " ".join(str(error).split())
    except Exception as error:  # whatever it is, it is what is looked for
        said, problem = "", f"crash: {type(error).__name__}: {error}"
    said = said.replace(folder, "LOGDIR")
    said = said if len(said) <= 160 else said[:157] + "..."
    peak = _peak_bytes() - before
    answer.send((time.process_time() - began, peak, tags, said.replace("|", "\\|"), problem))


def _peak_bytes() -> int:
    """The most memory this program held since it began; getrusage would count what its parent held before exec."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _size(folder: Path) -> int:
    """Bytes of event files, for folders of any depth: `find` knows no limit of them."""
    sizes = subprocess.run(["find", str(folder), "-type", "f", "-printf", "%s\n"], capture_output=True, check=True)
    return sum(int(size) for size in sizes.stdout.split())
