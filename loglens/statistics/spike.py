"""A spike: where a curve stands out upwards, and how stretches of points become spikes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Spike:
    """Indices `start` to `end` (inclusive) that stand out upwards, the index and height of its `peak`.

    `height` is in the unit of the values, above the level before; `strength` is the evidence as a multiple of what a
    spike needs.
    """

    start: int
    end: int
    peak: int
    height: float
    strength: float


def runs(flags: npt.NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """First and last index of every run of true `flags` bool[n], runs at most `gap` apart joined."""
    at = np.flatnonzero(flags)
    if not len(at):
        return []
    cuts = np.flatnonzero(np.diff(at) > gap)
    return list(
        zip(
            at[np.concatenate(([0], cuts + 1))].tolist(),
            at[np.concatenate((cuts, [len(at) - 1]))].tolist(),
            strict=True,
        )
    )


def merged(spans: Iterable[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Stretches (first and last index, in any order) in order, those at most `gap` apart joined."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first - joined[-1][1] <= gap:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined
