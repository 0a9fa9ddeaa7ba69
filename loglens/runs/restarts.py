"""Restarts resolved: what a later session wrote again replaces what it gave up, by TensorBoard's two rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loglens.events.series import EventFile, Floats, Ints, ScalarSeries
from loglens.runs.curve import Restart

SESSION_RULE = "SessionLog START"
DECREASE_RULE = "step decrease in a file older than brain.Event:2"
RESUMED_RULE = "a later file resumed at an earlier step"
SESSION_VERSION = 2  # from this file version on TensorBoard goes by SessionLog, before it by any decrease of the step


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """One tag of one directory: steps strictly increase; what was replaced and what went backwards is counted."""

    directory: str
    tag: str
    steps: Ints
    wall_times: Floats
    values: Floats
    repeated_steps: int
    backward_steps: int
    order_only: bool = False


def resolve(files: Sequence[EventFile]) -> tuple[list[Resolved], list[Restart]]:
    """The series of one directory's files, in the order they were written, with every restart resolved.

    A SessionLog START at step s (file version 2 and newer) takes away all points of all tags from s on that were
    written before it. In older files a step that goes back takes away that tag's points from there on. A later file
    that goes on from an earlier step of a tag takes away what the earlier files hold from there on: the training
    went back to a checkpoint. What repeats a step without any of these is counted, and the last written wins.
    """
    by_tag: dict[str, list[ScalarSeries | None]] = {}  # of each file in turn; a tag it does not hold is None
    for place, file in enumerate(files):
        for series in file.series:
            by_tag.setdefault(series.tag, [None] * len(files))[place] = series
    removed: dict[tuple[int, str], int] = {}
    resolved = [_resolve_tag(tag, files, own, removed) for tag, own in by_tag.items()]
    restarts = [Restart(step, count, rule) for (step, rule), count in sorted(removed.items())]
    return resolved, restarts


def resolve_written(series: ScalarSeries) -> Resolved:
    """A series that knows of no files and no restarts: one value a step, the last written wins."""
    return _last_written(series.directory, series.tag, series.steps, series.wall_times, series.values)


def _resolve_tag(
    tag: str,
    files: Sequence[EventFile],
    series_of_files: Sequence[ScalarSeries | None],
    removed: dict[tuple[int, str], int],
) -> Resolved:
    pieces: list[ScalarSeries] = []
    keeps: list[npt.NDArray[np.bool_]] = []
    version: int | None = None
    for file, series in zip(files, series_of_files, strict=True):
        version = file.file_version if file.file_version is not None else version
        if version is not None and version >= SESSION_VERSION:
            before = list(zip(pieces, keeps, strict=True))
            own = np.ones(0 if series is None else len(series.steps), dtype=bool)
            for start in file.session_starts:
                for piece, keep in before:
                    _remove(piece.steps >= start.step, keep, start.step, SESSION_RULE, removed)
                if series is not None:
                    written = np.arange(len(own)) < start.points_before.get(tag, 0)
                    _remove(written & (series.steps >= start.step), own, start.step, SESSION_RULE, removed)
        elif series is not None:
            own = np.ones(len(series.steps), dtype=bool)
            if len(own) > 1 and (back := np.diff(series.steps) < 0).any():
                begun_again = np.where(back, series.steps[1:], np.iinfo(np.int64).max)
                later = np.minimum.accumulate(begun_again[::-1])[::-1]  # the lowest step that a later decrease goes to
                given_up = np.append(series.steps[:-1] >= later, False)
                _remove(given_up, own, int(begun_again.min()), DECREASE_RULE, removed)
        if series is not None:
            if len(series.steps):
                _give_way_to_later_file(series, pieces, keeps, removed)
            pieces.append(series)
            keeps.append(own)
    directory = pieces[0].directory
    if len(pieces) == 1 and keeps[0].all():
        steps, walls, values = pieces[0].steps, pieces[0].wall_times, pieces[0].values
    else:
        steps = np.concatenate([piece.steps[keep] for piece, keep in zip(pieces, keeps, strict=True)])
        walls = np.concatenate([piece.wall_times[keep] for piece, keep in zip(pieces, keeps, strict=True)])
        values = np.concatenate([piece.values[keep] for piece, keep in zip(pieces, keeps, strict=True)])
    return _last_written(directory, tag, steps, walls, values)


def _give_way_to_later_file(
    series: ScalarSeries,
    pieces: list[ScalarSeries],
    keeps: list[npt.NDArray[np.bool_]],
    removed: dict[tuple[int, str], int],
) -> None:
    first, wall = int(series.steps[0]), float(series.wall_times[0])
    if not pieces or first <= min((int(piece.steps.min()) for piece in pieces if len(piece.steps)), default=first):
        return  # it does not go on from an earlier step: nothing says that a checkpoint was resumed
    for piece, keep in zip(pieces, keeps, strict=True):
        _remove((piece.steps >= first) & (piece.wall_times <= wall), keep, first, RESUMED_RULE, removed)


def _remove(
    which: npt.NDArray[np.bool_],
    keep: npt.NDArray[np.bool_],
    step: int,
    rule: str,
    removed: dict[tuple[int, str], int],
) -> None:
    count = int(np.count_nonzero(which & keep))
    if count:
        removed[step, rule] = removed.get((step, rule), 0) + count
        keep &= ~which


def _last_written(directory: str, tag: str, steps: Ints, walls: Floats, values: Floats) -> Resolved:
    """Sorted by step with one value a step; a tag whose steps are all zero keeps its points in order 0, 1, 2, ..."""
    change = np.diff(steps)
    backward = int(np.count_nonzero(change < 0))
    if len(steps) > 1 and not steps.any():
        return Resolved(directory, tag, np.arange(len(steps), dtype=np.int64), walls, values, 0, 0, order_only=True)
    repeated = 0
    if len(steps) > 1 and not (change > 0).all():
        order = np.argsort(steps, kind="stable")
        last = np.append(np.diff(steps[order]) > 0, True)
        repeated = len(steps) - int(np.count_nonzero(last))
        chosen = order[last]
        steps, walls, values = steps[chosen], walls[chosen], values[chosen]
        for array in (steps, walls, values):
            array.flags.writeable = False
    return Resolved(directory, tag, steps, walls, values, repeated, backward)
