"""Runs from TensorBoard's data provider: the sampled stand-in where the log directory itself cannot be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from tensorboard.context import RequestContext
from tensorboard.plugins.scalar import metadata

from loglens.events.series import ScalarSeries
from loglens.judge import Judged, Plan, judge
from loglens.runs.describe import describe_series
from loglens.runs.folders import families
from loglens.runs.restarts import resolve_written
from loglens.runs.source import RunSource
from tensorboard_plugin_loglens.prepared import Prepared, prepare

MOST_POINTS = 1_000_000  # asked of the provider; it has at most what it kept


def sampled_runs(provider: Any, plan: Plan) -> Iterator[tuple[RunSource, Prepared]]:
    """Every run the provider holds, judged from the points it kept."""
    data = provider.read_scalars(
        RequestContext(), experiment_id="", plugin_name=metadata.PLUGIN_NAME, downsample=MOST_POINTS
    )
    grouped = families(data, _no_add_scalars)
    for name, directories in sorted(grouped.items()):
        series = [
            _series(folder, tag, points) for folder in directories for tag, points in sorted(data[folder].items())
        ]
        note = "Read from TensorBoard's sample of the points, not from the log itself."
        run = describe_series(
            name, tuple(directories), [resolve_written(s) for s in series], plan.settings, notes=(note,)
        )
        counts = repr([(s.directory, s.tag, len(s.steps), s.steps[-1:].tolist()) for s in series])
        key = hashlib.sha256(counts.encode()).hexdigest()
        yield RunSource(name, ()), prepare(key, Judged((judge(run, plan),), ()))


def _no_add_scalars(directory: str) -> bool:
    """The provider shows no file heads to tell add_scalars folders by."""
    del directory
    return False


def _series(directory: str, tag: str, points: Any) -> ScalarSeries:
    arrays = (
        np.array([point.step for point in points], dtype=np.int64),
        np.array([point.wall_time for point in points], dtype=np.float64),
        np.array([point.value for point in points], dtype=np.float64),
    )
    for array in arrays:
        array.flags.writeable = False
    return ScalarSeries(directory, tag, *arrays)
