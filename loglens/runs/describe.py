"""One training's files as a Run: restarts resolved, then roles, pairs and axes decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loglens.events.series import EventFile, Losses, SeriesKey
from loglens.runs.curve import Curve, Restart, Role, Run
from loglens.runs.families import key_of_add_scalars, within
from loglens.runs.overrides import RoleOverride, RunSettings, first_match
from loglens.runs.restarts import Resolved, resolve
from loglens.runs.roles import Seen, assign_roles

NO_LOSSES = Losses()


def describe(name: str, training: Mapping[str, Sequence[EventFile]], settings: RunSettings, note: str = "") -> Run:
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
    notes = (note,) if note else ()
    return describe_series(
        name, tuple(training), series, settings, losses=losses, restarts=tuple(restarts), notes=notes
    )


def describe_series(
    name: str,
    directories: tuple[str, ...],
    series: Sequence[Resolved],
    settings: RunSettings,
    *,
    losses: Losses = NO_LOSSES,
    restarts: tuple[Restart, ...] = (),
    notes: tuple[str, ...] = (),
) -> Run:
    """The run of these series, whatever they were read from."""
    ordered = sorted(series, key=lambda one: (one.directory, one.tag))
    overrides = [first_match(settings.overrides, name, SeriesKey(one.directory, one.tag)) for one in ordered]
    kept = [(one, by) for one, by in zip(ordered, overrides, strict=True) if by is None or not by.ignore]
    roles, framework = assign_roles([_seen(one, name) for one, _ in kept])
    curves = [
        Curve(
            SeriesKey(one.directory, one.tag),
            _overridden(role, by),
            (by.x_unit if by is not None else None) or "step",
            one.steps,
            one.wall_times,
            one.values,
            repeated_steps=one.repeated_steps,
        )
        for (one, by), role in zip(kept, roles, strict=True)
    ]
    return Run(name, directories, tuple(curves), framework, losses=losses, restarts=restarts, notes=notes)


def _seen(one: Resolved, name: str) -> Seen:
    folder = within(one.directory, name)
    key = key_of_add_scalars(folder, one.tag)
    if key is not None:
        return Seen("", f"{one.tag}/{key}", len(one.steps))
    return Seen(folder, one.tag, len(one.steps))


def _overridden(role: Role, by: RoleOverride | None) -> Role:
    """The role as the config has it, which always wins; what it leaves open stays as inferred."""
    if by is None or not (by.phase or by.quantity or by.direction):
        return role
    direction = by.direction or (role.direction if by.quantity in (None, role.quantity) else "none")
    given = [f"{key} {value}" for key, value in (("phase", by.phase), ("quantity", by.quantity)) if value]
    given += [f"direction {by.direction}"] if by.direction else []
    sure = 1.0 if by.phase and by.quantity and by.direction else max(role.confidence, 0.9)
    return Role(
        by.phase or role.phase,
        by.quantity or role.quantity,
        role.name,
        direction,
        sure,
        f"set in the config: {', '.join(given)}",
    )
