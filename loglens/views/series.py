"""Raw series as CSV and JSON lines: columns run, dir, tag, step, wall_time, value; every point, full precision."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator

from loglens.events.series import ScalarSeries
from loglens.inventory import RawRun

COLUMNS = ("run", "dir", "tag", "step", "wall_time", "value")
SCHEMA = "loglens.scalars/1"
BLOCK_POINTS = 1 << 15


def csv_lines(runs: Iterable[RawRun]) -> Iterator[str]:
    """CSV (RFC 4180 quoting, "\\n" at line ends), a block of points at a time; non-finite values as nan, inf, -inf."""
    yield ",".join(COLUMNS) + "\n"
    for run in runs:
        for series in run.series:
            names = _csv_fields(run.name, series.directory, series.tag)
            for block in _blocks(series):
                yield "".join([f"{names},{step},{wall_time!r},{value!r}\n" for step, wall_time, value in block])


def json_lines(runs: Iterable[RawRun]) -> Iterator[str]:
    """One JSON object a point; non-finite values are null."""
    for run in runs:
        for series in run.series:
            names = json.dumps({"run": run.name, "dir": series.directory, "tag": series.tag})[:-1]
            for block in _blocks(series):
                yield "".join(
                    [f'{names}, "step": {s}, "wall_time": {_number(w)}, "value": {_number(v)}}}\n' for s, w, v in block]
                )


def json_document(runs: Iterable[RawRun]) -> Iterator[str]:
    """One JSON object with a schema key, columns per series; written as it goes."""
    yield f'{{"schema": "{SCHEMA}", "series": ['
    separator = "\n"
    for run in runs:
        for series in run.series:
            yield separator + json.dumps(_columns(run.name, series), allow_nan=False)
            separator = ",\n"
    yield "\n]}\n"


def _blocks(series: ScalarSeries) -> Iterator[Iterator[tuple[int, float, float]]]:
    """The points as Python numbers, a bounded number at a time: as such they take ten times the memory."""
    for start in range(0, len(series.steps), BLOCK_POINTS):
        part = slice(start, start + BLOCK_POINTS)
        columns = (series.steps[part], series.wall_times[part], series.values[part])
        yield zip(*(column.tolist() for column in columns), strict=True)


def _columns(run: str, series: ScalarSeries) -> dict[str, object]:
    return {
        "run": run,
        "dir": series.directory,
        "tag": series.tag,
        "steps": series.steps.tolist(),
        "wall_times": [value if math.isfinite(value) else None for value in series.wall_times.tolist()],
        "values": [value if math.isfinite(value) else None for value in series.values.tolist()],
    }


def _csv_fields(*names: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(names)  # characters of the line end are what gets quoted
    return out.getvalue().removesuffix("\r\n")


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else "null"
