"""Curves that were logged twice under two tags or on two axes: one of them is judged."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Role

FEWEST_POINTS = 3
"""Two points agree too easily (two accuracies of 0 and 1) to call a curve another one's copy."""


def copies(curves: Sequence[Curve]) -> list[SeriesKey | None]:
    """For each curve the one whose very values it repeats (Keras logs evaluations by epoch and by iteration).

    The values must be equal bit by bit, and phase, quantity and direction the same. The original is one whose
    role is trusted, and of these the one on the same axis as its pair, else the first.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for index, curve in enumerate(curves):
        if len(curve.values) >= FEWEST_POINTS and not _constant(curve):
            alike.setdefault((*_meaning(curve.role), curve.values.tobytes()), []).append(index)
    found: list[SeriesKey | None] = [None] * len(curves)
    for indices in alike.values():
        original = min(
            indices,
            key=lambda index: (not curves[index].trusted, not _shares_axis_with_pair(curves[index], curves), index),
        )
        for index in indices:
            if index != original:
                found[index] = curves[original].key
    return found


def _meaning(role: Role) -> tuple[str, str, str]:
    return role.phase, role.quantity, role.direction


def _constant(curve: Curve) -> bool:
    """A curve that never changes says nothing of whether it is another's copy."""
    return bool((curve.values == curve.values[0]).all())


def _shares_axis_with_pair(curve: Curve, curves: Sequence[Curve]) -> bool:
    pair = next((other for other in curves if other.key == curve.pair), None)
    return pair is not None and pair.x_unit == curve.x_unit
