"""One training's files as a Run: restarts resolved, then roles, pairs and axes decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from loglens.events.series import EventFile, Losses, SeriesKey
from loglens.runs.axes import axis_of, with_epochs, x_units
from loglens.runs.copies import copies
from loglens.runs.curve import Curve, Restart, Role, Run
from loglens.runs.doubts import doubted
from loglens.runs.families import key_of_add_scalars, within
from loglens.runs.hyperparameters import Hyperparameters, hyperparameters_of
from loglens.runs.names import folder_names
from loglens.runs.overrides import RoleOverride, RunSettings, first_match, matches
from loglens.runs.pairs import pair_up
from loglens.runs.restarts import Resolved, resolve
from loglens.runs.roles import Seen, assign_roles

NO_LOSSES = Losses()
NOTHING_STATED = Hyperparameters()


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
    return describe_series(
        name,
        tuple(training),
        series,
        settings,
        losses=losses,
        restarts=tuple(restarts),
        stated=hyperparameters_of(note for files in training.values() for file in files for note in file.notes),
        notes=(note,) if note else (),
    )


def describe_series(
    name: str,
    directories: tuple[str, ...],
    series: Sequence[Resolved],
    settings: RunSettings,
    *,
    losses: Losses = NO_LOSSES,
    restarts: tuple[Restart, ...] = (),
    stated: Hyperparameters = NOTHING_STATED,
    notes: tuple[str, ...] = (),
) -> Run:
    """The run of these series, whatever they were read from."""
    ordered = sorted(series, key=lambda one: (one.directory, one.tag))
    overrides = [first_match(settings.overrides, name, SeriesKey(one.directory, one.tag)) for one in ordered]
    kept = [(one, by) for one, by in zip(ordered, overrides, strict=True) if by is None or not by.ignore]
    seen = [_seen(one, name) for one, _ in kept]
    roles, framework = assign_roles(seen)
    curves = [
        Curve(
            SeriesKey(one.directory, one.tag),
            _overridden(doubted(role, one.steps, one.values), by),
            "step",
            one.steps,
            one.wall_times,
            one.values,
            repeated_steps=one.repeated_steps,
        )
        for (one, by), role in zip(kept, roles, strict=True)
    ]
    units = x_units(curves, seen, framework)
    ordered_only = [one.order_only for one, _ in kept]
    curves = [
        replace(curve, x_unit=(by.x_unit if by is not None else None) or ("order" if timeless else unit))
        for curve, unit, timeless, (_, by) in zip(curves, units, ordered_only, kept, strict=True)
    ]
    axis = axis_of(curves, framework, stated)
    curves = with_epochs(curves, axis)
    pairing = pair_up(curves, seen)
    partners = _overridden_pairs(curves, pairing.partners, [by for _, by in kept])
    curves = [replace(curve, pair=partner) for curve, partner in zip(curves, partners, strict=True)]
    same, folders = copies(curves), folder_names([curve.key for curve in curves])
    return Run(
        name,
        directories,
        tuple(
            replace(curve, same_as=original, folder_name=folder)
            for curve, original, folder in zip(curves, same, folders, strict=True)
        ),
        framework,
        axis.steps_per_epoch,
        axis.batch_size,
        axis.training_samples,
        stated.classes,
        losses,
        restarts,
        (*notes, *_backward_note(kept), *_timeless_note(kept), *axis.notes, *pairing.notes),
        stated.learning_rate,
    )


def _backward_note(kept: Sequence[tuple[Resolved, RoleOverride | None]]) -> tuple[str, ...]:
    curves = _counted(sum(one.backward_steps > 0 for one, _ in kept))
    if not curves:
        return ()
    return (f"Steps went backwards in {curves} without a restart on record: points are in the order of steps.",)


def _timeless_note(kept: Sequence[tuple[Resolved, RoleOverride | None]]) -> tuple[str, ...]:
    curves = _counted(sum(one.order_only for one, _ in kept))
    if not curves:
        return ()
    return (f"Every step of {curves} is 0: what is called a step there is the place of a point, counted from 0.",)


def _counted(curves: int) -> str:
    """ "1 curve", "3 curves", and nothing of none."""
    return f"{curves} curve{'' if curves == 1 else 's'}" if curves else ""


def _overridden_pairs(
    curves: Sequence[Curve], partners: Sequence[SeriesKey | None], overrides: Sequence[RoleOverride | None]
) -> list[SeriesKey | None]:
    """The pairs as the config has them: `pair` names the other's tag, and holds both ways."""
    done = list(partners)
    for index, (curve, by) in enumerate(zip(curves, overrides, strict=True)):
        if by is None or by.pair is None:
            continue
        other = next(
            (
                place
                for place, one in enumerate(curves)
                if one.key != curve.key and by.pair and matches(by.pair, one.key.tag)
            ),
            None,
        )
        done = [None if partner == curve.key else partner for partner in done]
        done[index] = None if other is None else curves[other].key
        if other is not None:
            done[other] = curve.key
    return done


def _seen(one: Resolved, name: str) -> Seen:
    folder = within(one.directory, name)
    key = key_of_add_scalars(folder, one.tag)
    if key is not None:
        return Seen("", f"{one.tag}/{key}")
    return Seen(folder, one.tag)


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
