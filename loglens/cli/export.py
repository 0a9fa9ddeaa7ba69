"""`loglens export`: the raw series as a table, every point, to stdout or a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from loglens.cli._look import cannot_write, quiet_pipe, tell
from loglens.cli._options import format_option, logdirs_argument
from loglens.cli._progress import progress_bar
from loglens.events.errors import LogLensError

if TYPE_CHECKING:
    from loglens.inventory import RawRun
    from loglens.pipeline import Progress

FORMATS = ("csv", "jsonl", "parquet", "json")
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".json": "json"}
EPILOG = """\b
Examples:
  loglens export runs/ > scalars.csv
  loglens export runs/ --tag 'val/*' --output scalars.parquet
  loglens export runs/ --run 'resnet/*' --format jsonl | head
"""


@click.command(epilog=EPILOG)
@logdirs_argument
@format_option(FORMATS, default=None, note="Default: by the file's suffix, else csv.")
@click.option("-o", "--output", "path", metavar="PATH", type=click.Path(), help="Write to a file instead of stdout.")
@click.option("--run", "run_glob", metavar="GLOB", default="*", help="Only runs whose name matches.")
@click.option("--tag", "tag_glob", metavar="GLOB", default="*", help="Only tags that match.")
def command(*, logdirs: tuple[str, ...], form: str | None, path: str | None, run_glob: str, tag_glob: str) -> None:
    """Export the scalar series: columns run, dir, tag, step, wall_time, value.

    Every point is written as it was logged, in the order it was logged: nothing is sampled, joined or removed.
    Numbers keep their full precision. Parquet needs pyarrow (pip install 'loglens[parquet]').
    """
    form = form or SUFFIXES.get(Path(path or "").suffix, "csv")
    if form == "parquet" and path is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is binary: name a file with --output, or send stdout to one.")
    with progress_bar(quiet=path is None and sys.stdout.isatty()) as progress:
        runs = _chosen(logdirs, run_glob, tag_glob, progress)
        first = next(runs, None)  # nothing is written before something could be read
        if first is None:
            raise LogLensError(f"No series matches --run {run_glob!r} and --tag {tag_glob!r}.")
        if path is None:
            with quiet_pipe(sys.stdout):
                _write(chain([first], runs), form, sys.stdout.buffer)
            return
        try:
            with Path(path).open("wb") as stream:
                _write(chain([first], runs), form, stream)
        except OSError as error:
            raise cannot_write(path, error) from error


def _write(runs: Iterator[RawRun], form: str, stream: IO[bytes]) -> None:
    from loglens.views import parquet, series  # noqa: PLC0415  # numpy loads only now

    if form == "parquet":
        parquet.write_parquet(runs, stream)
    else:
        lines = {"csv": series.csv_lines, "jsonl": series.json_lines, "json": series.json_document}[form]
        for text in lines(runs):
            stream.write(text.encode("utf-8", "backslashreplace"))
    stream.flush()


def _chosen(
    logdirs: Sequence[str], run_glob: str, tag_glob: str, progress: Callable[[Progress], None]
) -> Iterator[RawRun]:
    """The runs and tags that match; what cannot be read is told on stderr."""
    from loglens.inventory import RawRun, raw_runs  # noqa: PLC0415
    from loglens.pipeline import nothing_read  # noqa: PLC0415  # numpy loads only now
    from loglens.runs.overrides import matches  # noqa: PLC0415

    read = False
    problems = []
    for found in raw_runs(logdirs, progress):
        if not isinstance(found, RawRun):
            problems.append(found)
            continue
        read = True
        if matches(run_glob, found.name):
            kept = tuple(series for series in found.series if matches(tag_glob, series.tag))
            if kept:
                yield RawRun(found.name, kept)
    for problem in problems if read else ():
        tell(f"{problem.path}: {problem.reason}")
    if not read:
        raise LogLensError(nothing_read(problems))
