"""One training's files as a Run: restarts resolved, then roles, pairs and axes decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loglens.events.series import EventFile, Losses, SeriesKey
from loglens.runs.curve import Curve, Restart, Run
from loglens.runs.overrides import RunSettings
from loglens.runs.restarts import Resolved, resolve
from loglens.runs.roles import role_of

NO_LOSSES = Losses()


def describe(name: str, training: Mapping[str, Sequence[EventFile]], settings: RunSettings) -> Run:
    """The run of one training. `training` holds each event directory's files in the order they were written."""
    series: list[Resolved] = []
    restarts: list[Restart] = []
    losses = Losses()
    for files in training.values():
        found, resolved_restarts = resolve(files)
        series += found
        restarts += resolved_restarts
        for file in files:
            losses = losses + file.losses
    return describe_series(name, tuple(training), series, settings, losses=losses, restarts=tuple(restarts))


def describe_series(
    name: str,
    directories: tuple[str, ...],
    series: Sequence[Resolved],
    settings: RunSettings,
    *,
    losses: Losses = NO_LOSSES,
    restarts: tuple[Restart, ...] = (),
) -> Run:
    """The run of these series, whatever they were read from."""
    del settings
    curves = []
    for one in series:
        folder = one.directory.removeprefix(name).strip("/")
        role = role_of(folder, one.tag)
        key = SeriesKey(one.directory, one.tag)
        curves.append(
            Curve(key, role, "step", one.steps, one.wall_times, one.values, repeated_steps=one.repeated_steps)
        )
    return Run(name, directories, tuple(curves), losses=losses, restarts=restarts)
