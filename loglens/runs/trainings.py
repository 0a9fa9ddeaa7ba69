"""Several trainings in one folder told apart, and the folders of one training brought together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from loglens.events.series import EventFile, Ints

Files = Mapping[str, Sequence[EventFile]]
"""The files of each event directory, in the order they were written."""


def in_writing_order(files: Sequence[EventFile]) -> list[EventFile]:
    """By the time in the name (events.out.tfevents.<time>...), then by name with numbers compared as numbers."""
    return sorted(files, key=_written)


def _written(file: EventFile) -> tuple[float, list[tuple[int, int | str]]]:
    name = re.split(r"[/\\]", file.path)[-1]
    stamp = re.search(r"tfevents\.(\d+)", name)
    parts = [part for part in re.split(r"(\d+)", name) if part]
    natural: list[tuple[int, int | str]] = [(0, int(part)) if part.isdigit() else (1, part) for part in parts]
    return (float(stamp.group(1)) if stamp else 0.0, natural)


def split_trainings(directory: Files) -> list[dict[str, list[EventFile]]]:
    """The files of a run, folder by folder, as trainings in the order they were begun.

    Within a folder a file whose steps start over begins the next training. Folders with as many trainings as the one
    that has most go by their order; those with fewer (a phase was not reached, or not kept) by when they were written.
    """
    divided = {name: _divide(in_writing_order(files)) for name, files in sorted(directory.items()) if files}
    if not divided:
        return []
    guide = max(divided, key=lambda name: len(divided[name]))
    spans = [_span(part) for part in divided[guide]]
    trainings: list[dict[str, list[EventFile]]] = [{guide: part} for part in divided[guide]]
    for name, parts in divided.items():
        if name == guide:
            continue
        places = list(range(len(parts))) if len(parts) == len(spans) else _nearest([_span(p) for p in parts], spans)
        for place, part in zip(places, parts, strict=True):
            trainings[place][name] = part
    return trainings


def _divide(files: Sequence[EventFile]) -> list[list[EventFile]]:
    parts: list[list[EventFile]] = []
    for file in files:
        if not parts or (any(len(s.steps) for s in file.series) and _starts_over(file, parts[-1])):
            parts.append([file])
        else:
            parts[-1].append(file)
    return parts


def _starts_over(file: EventFile, earlier: Sequence[EventFile]) -> bool:
    """Whether most of the tags this file shares with the earlier ones start over.

    Tags of a single point (Lightning's hp_metric, which every file of a training holds) say nothing beside others.
    """
    steps: dict[str, list[Ints]] = {}
    for old in earlier:
        for series in old.series:
            if len(series.steps):
                steps.setdefault(series.tag, []).append(series.steps)
    shared = [series for series in file.series if series.tag in steps and len(series.steps)]
    telling = [series for series in shared if sum(map(len, steps[series.tag])) > 1] or shared
    over = sum(_tag_starts_over(series.steps, steps[series.tag]) for series in telling)
    return over > 0 and 2 * over >= len(telling)


def _tag_starts_over(steps: Ints, earlier: Sequence[Ints]) -> bool:
    """Whether a tag begins where it began before; or, logged at another interval, one interval from zero."""
    first, last = min(int(old.min()) for old in earlier), max(int(old.max()) for old in earlier)
    if steps[0] <= first:
        return True
    every, before = _interval(steps), _interval(max(earlier, key=len))
    return bool(steps[0] <= last and every != before and steps[0] <= every)


def _interval(steps: Ints) -> float:
    return float(np.median(np.diff(steps))) if len(steps) > 1 else 0.0


Span = tuple[float, float]


def _span(files: Sequence[EventFile]) -> Span:
    """When a training's scalars were written, from the first to the last."""
    series = [s for file in files for s in file.series if len(s.wall_times)]
    begin = min((float(s.wall_times.min()) for s in series), default=0.0)
    return begin, max((float(s.wall_times.max()) for s in series), default=0.0)


def _nearest(spans: Sequence[Span], among: Sequence[Span]) -> list[int]:
    """For each span another one of `among`: those that overlap first, then the least gap, then the nearest begin."""
    offers = sorted(
        (max(a[0] - b[1], b[0] - a[1], 0.0), abs(a[0] - b[0]), index, place)
        for index, a in enumerate(spans)
        for place, b in enumerate(among)
    )
    chosen: dict[int, int] = {}
    for _, _, index, place in offers:
        if index not in chosen and place not in chosen.values():
            chosen[index] = place
    return [chosen[index] for index in range(len(spans))]
