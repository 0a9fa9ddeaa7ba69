"""A run from arrays in memory: what a notebook or a training script holds instead of event files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from loglens.events.errors import LogLensError
from loglens.events.series import ScalarSeries
from loglens.runs.curve import Run
from loglens.runs.describe import describe_series
from loglens.runs.overrides import RunSettings
from loglens.runs.restarts import resolve_written


def run_from_arrays(curves: Mapping[str, Any], *, name: str = ".", settings: RunSettings | None = None) -> Run:
    """A run of `{tag: (steps, values) | values | pandas Series}`.

    Plain values get steps 0, 1, 2, ...; a pandas Series' index is its steps when it is integer. Values may hold NaN
    and Inf. Raises LogLensError, naming the tag, when the lengths differ, or something is not a one-dimensional
    array of numbers.
    """
    series = [resolve_written(_series(name, str(tag), data)) for tag, data in curves.items()]
    return describe_series(name, (name,), series, settings or RunSettings())


def _series(name: str, tag: str, data: Any) -> ScalarSeries:
    if isinstance(data, tuple) and len(data) == 2 and np.ndim(data[0]) == 1:
        steps, values = _steps(tag, data[0]), _numbers(tag, data[1])
    elif hasattr(data, "index") and hasattr(data, "to_numpy"):
        values = _numbers(tag, data.to_numpy())
        index = np.asarray(data.index)
        steps = index.astype(np.int64) if index.dtype.kind in "iu" else np.arange(len(values), dtype=np.int64)
    else:
        values = _numbers(tag, data)
        steps = np.arange(len(values), dtype=np.int64)
    if len(steps) != len(values):
        raise LogLensError(f"{tag!r} has {len(steps)} steps but {len(values)} values: they must pair up.")
    walls = np.zeros(len(values))
    for array in (steps, values, walls):
        array.flags.writeable = False
    return ScalarSeries(name, tag, steps, walls, values)


def _steps(tag: str, data: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    numbers = _numbers(tag, data)
    steps = numbers.astype(np.int64)
    if not np.array_equal(steps, numbers):
        raise LogLensError(f"The steps of {tag!r} must be whole numbers.")
    return steps


def _numbers(tag: str, data: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        numbers = np.array(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LogLensError(f"{tag!r} is not a list of numbers: {error}.") from error
    if numbers.ndim != 1:
        raise LogLensError(f"{tag!r} has {numbers.ndim} dimensions: give one value a step.")
    return numbers
