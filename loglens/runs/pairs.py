"""Which train curve belongs to which validation curve: one quantity under the same words, on one axis and scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, SeriesKey
from loglens.runs.curve import Curve, Quantity, Role
from loglens.runs.phases import Twin, twin_of
from loglens.runs.roles import Seen
from loglens.runs.tokens import read_tag

COMPARED: frozenset[Quantity] = frozenset(
    {"loss", "loss-part", "accuracy", "error-rate", "metric", "perplexity", "reward"}
)
MOST_RATIO = 30.0
"""A pair this far apart at every point is on two scales: a sum over a set beside a mean, percent beside a share.

Overfitting too drives the two apart, but they start together; 30 is below the 100 of percent, and above what a mean
over classes or over tokens differs by."""
FEWEST_RATIOS = 3
"""With fewer common points a ratio may be the overfitting itself."""
FEWEST_POINTS = 2
"""A train series of one point is a summary of the run (Hugging Face's train/train_loss), no curve to compare with."""
HELD_OUT = (
    "No validation curve: the test curve stands in for it; a checkpoint chosen by it makes its own score too good."
)
EPOCH_WORDS = frozenset({"epoch", "epochs"})
MEAN_WORDS = frozenset({"avg", "mean", "average", "tot", "total", "running", "smoothed", "ema"})
EXTREMA = frozenset({"max", "min"})
RAW_WORDS = frozenset({"step", "batch", "iter", "iteration", "current", "inner", "batches"})


@dataclass(frozen=True, slots=True)
class Pairing:
    """The partner of each curve, in their order (None for those without), and sentences on what was refused."""

    partners: tuple[SeriesKey | None, ...]
    notes: tuple[str, ...]


def pair_up(curves: Sequence[Curve], seen: Sequence[Seen]) -> Pairing:
    """Pair each validation curve (test curves where a run has no validation) with the train curve it is judged by."""
    twins = [_twin(curve.role, one) for curve, one in zip(curves, seen, strict=True)]
    held = "validation" if any(curve.role.phase == "validation" for curve in curves) else "test"
    partners: list[SeriesKey | None] = [None] * len(curves)
    notes: list[str] = []
    for index, curve in enumerate(curves):
        if curve.role.phase != held or curve.role.quantity not in COMPARED:
            continue
        options = [
            other
            for other, train in enumerate(curves)
            if train.role.phase == "train" and twins[other] == twins[index] and len(train.steps) >= FEWEST_POINTS
        ]
        options = options or _whole_loss(index, curves, twins)
        refused = {other: _refusal(curve, curves[other]) for other in options}
        fitting = [other for other in options if refused[other] is None]
        if fitting:
            best = max(fitting, key=lambda other: _preference(curve, seen[index], curves[other], seen[other], -other))
            partners[index] = curves[best].key
            if partners[best] is None:
                partners[best] = curve.key
        elif options:
            first = options[0]
            notes.append(f"{curve.key.tag} is not compared with {curves[first].key.tag}: {refused[first]}.")
    if held == "test" and any(partner is not None for partner in partners):
        notes.append(HELD_OUT)
    return Pairing(tuple(partners), tuple(notes))


def _twin(role: Role, one: Seen) -> Twin | None:
    twin = twin_of(one.tag)
    return None if role.quantity not in COMPARED else (twin[0], role.quantity, *twin[2:])


def _whole_loss(index: int, curves: Sequence[Curve], twins: Sequence[Twin | None]) -> list[int]:
    """For the validation loss itself, the train loss itself, under whatever other name (lm loss, cross entropy)."""
    own = twins[index]
    if own is None or curves[index].role.quantity != "loss":
        return []
    whole = [
        other
        for other, curve in enumerate(curves)
        if curve.role.phase == "train" and curve.role.quantity == "loss" and len(curve.steps) >= FEWEST_POINTS
    ]
    bare = [other for other in whole if not (twins[other] or ((),))[0]]
    return whole if len(whole) == 1 else (bare if len({twins[other] for other in bare}) == 1 else [])


def _refusal(curve: Curve, train: Curve) -> str | None:
    """Why two curves cannot be compared, or None."""
    if curve.x_unit != train.x_unit and (curve.epochs is None or train.epochs is None):
        return f"one counts {curve.x_unit}s, the other {train.x_unit}s, and the log does not say how many make an epoch"
    if curve.x_unit == "unknown" and len(np.intersect1d(curve.steps, train.steps)) < min(len(curve.steps), 2):
        return "their steps are counted separately, and the log does not say how"
    ratios = _ratios(curve, train)
    if len(ratios) >= FEWEST_RATIOS and (ratios.min() > MOST_RATIO or ratios.max() < 1 / MOST_RATIO):
        return f"their scales differ: one is at least {max(ratios.min(), 1 / ratios.max()):.3g} times the other"
    return None


def _ratios(curve: Curve, train: Curve) -> Floats:
    """|validation / train| at the validation's points, the train curve interpolated, where both are sound."""
    same = curve.x_unit == train.x_unit
    at, by = (curve.steps, train.steps) if same else (curve.epochs, train.epochs)
    sound, known = np.isfinite(curve.values), np.isfinite(train.values)
    if at is None or by is None or not sound.any() or not known.any():
        return np.zeros(0)
    there = np.abs(np.interp(at[sound], by[known], train.values[known]))
    here = np.abs(curve.values[sound])
    both = (there > 0) & (here > 0)
    with np.errstate(over="ignore"):
        ratios = here[both] / there[both]
    bounded: Floats = np.clip(ratios, 1e-300, 1e300)  # the inverse is a number, too
    return bounded


def _extrema(one: Seen) -> frozenset[str]:
    return frozenset(read_tag(one.tag).tokens) & EXTREMA


def _preference(curve: Curve, one: Seen, train: Curve, other: Seen, order: int) -> tuple[int, ...]:
    words = set(read_tag(other.tag).tokens) | set(read_tag(other.folder).tokens)
    reduction = 3 if words & EPOCH_WORDS else 1 if words & RAW_WORDS else 2
    smoother = int(bool(words & MEAN_WORDS))
    return (
        int(curve.x_unit == train.x_unit),
        int(one.tag == other.tag),
        int(_extrema(one) == _extrema(other)),
        reduction,
        smoother,
        int(curve.key.dir == train.key.dir),
        order,
    )
