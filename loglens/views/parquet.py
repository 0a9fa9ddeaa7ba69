"""Raw series as Parquet (with pyarrow): the columns of the CSV, names dictionary-coded, a row group a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import numpy as np

from loglens.events.errors import LogLensError
from loglens.inventory import RawRun


def write_parquet(runs: Iterable[RawRun], stream: IO[bytes]) -> None:
    """Write every point of the runs to a binary stream. Raises LogLensError when pyarrow is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra, and heavy
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise LogLensError("Parquet needs pyarrow: pip install 'loglens[parquet]'.") from error
    name = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [
            ("run", name),
            ("dir", name),
            ("tag", name),
            ("step", pa.int64()),
            ("wall_time", pa.float64()),
            ("value", pa.float64()),
        ]
    )
    with pq.ParquetWriter(stream, schema) as writer:
        for run in runs:
            writer.write_table(_table(run, schema, pa))


def _table(run: RawRun, schema: Any, pa: Any) -> Any:
    lengths = [len(series.steps) for series in run.series]
    columns = {
        "run": _repeated([run.name] * len(lengths), lengths, pa),
        "dir": _repeated([series.directory for series in run.series], lengths, pa),
        "tag": _repeated([series.tag for series in run.series], lengths, pa),
        "step": np.concatenate([series.steps for series in run.series]),
        "wall_time": np.concatenate([series.wall_times for series in run.series]),
        "value": np.concatenate([series.values for series in run.series]),
    }
    return pa.table(columns, schema=schema)


def _repeated(names: list[str], lengths: list[int], pa: Any) -> Any:
    """Each name as often as its series has points, without a string a point."""
    distinct = list(dict.fromkeys(names))
    codes = np.repeat(np.array([distinct.index(name) for name in names], np.int32), lengths)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(distinct, pa.string()))
