"""Several trainings in one folder told apart, and the folders of one training brought together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from loglens.events.series import EventFile

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

    Within a folder a file whose steps start over begins the next training; across folders the trainings are matched
    by when they were written.
    """
    divided = {name: _divide(in_writing_order(files)) for name, files in directory.items() if files}
    most = max((len(parts) for parts in divided.values()), default=0)
    if most <= 1:
        return [{name: parts[0] for name, parts in divided.items()}] if divided else []
    guide = max(sorted(divided), key=lambda name: len(divided[name]))
    begun = [_begin(part) for part in divided[guide]]
    trainings: list[dict[str, list[EventFile]]] = [{} for _ in begun]
    for name, parts in sorted(divided.items()):
        same = len(parts) == most
        places = list(range(most)) if same else [_nearest_begin(_begin(part), begun) for part in parts]
        for place, part in zip(places, parts, strict=True):
            trainings[place].setdefault(name, []).extend(part)
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
    """Whether the tags this file shares with the earlier ones begin where those began (or before)."""
    first: dict[str, int] = {}
    for old in earlier:
        for series in old.series:
            if len(series.steps):
                low = int(series.steps.min())
                first[series.tag] = min(low, first.get(series.tag, low))
    shared = [series for series in file.series if series.tag in first and len(series.steps)]
    return bool(shared) and min(int(s.steps[0]) for s in shared) <= min(first[s.tag] for s in shared)


def _begin(files: Sequence[EventFile]) -> float:
    times = [float(s.wall_times[0]) for file in files for s in file.series if len(s.wall_times)]
    return min(times, default=0.0)


def _nearest_begin(time: float, begun: Sequence[float]) -> int:
    return min(range(len(begun)), key=lambda index: (abs(begun[index] - time), index))
