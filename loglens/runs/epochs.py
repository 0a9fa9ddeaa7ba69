"""Steps per epoch, read from the epoch counters that frameworks log; unknown rather than wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, Ints

MOST_RELATIVE_WIDTH = 0.02
"""An interval for the steps per epoch this wide has its middle within 1 % of the truth: wider says unknown."""
INDEX_BASES = (0, 1)  # epochs counted from 0 or from 1
STEP_SHIFTS = (-1, 0, 1)  # the counter moves with the step before, with this step, or with the one after it
FEWEST_DIGITS = 2  # Hugging Face rounded to two digits, later to none: 0.5 is 0.50
MOST_DIGITS = 6  # a float32 holds no more
EVEN = 0.01  # how evenly ends of epochs must lie, as a share of their distance


@dataclass(frozen=True, slots=True)
class StepsPerEpoch:
    """Steps per epoch, and how they were found, for the user."""

    value: float
    reason: str


def from_fractions(steps: Ints, epochs: Floats) -> StepsPerEpoch | None:
    """From a float epoch logged beside the step (Hugging Face's train/epoch), printed with few digits.

    Each point bounds the steps per epoch by s/(e+d) and s/(e-d), where d is half the last printed digit; the
    bounds of all points are intersected.
    """
    usable = (steps > 0) & (epochs > 0) & np.isfinite(epochs)
    steps, epochs = steps[usable], epochs[usable]
    if len(steps) < 2 or np.all(epochs == np.round(epochs)):
        return None
    half = _half_digit(epochs)
    sure = epochs > half
    if not sure.any():
        return None
    low = float(np.max(steps[sure] / (epochs[sure] + half)))
    high = float(np.min(steps[sure] / (epochs[sure] - half)))
    if low > high:
        ratio = steps[epochs >= 1] / epochs[epochs >= 1]
        if len(ratio) and np.ptp(ratio) <= MOST_RELATIVE_WIDTH * float(np.median(ratio)):
            return StepsPerEpoch(float(np.median(ratio)), "a fractional epoch logged beside the steps")
        return None
    value = _within(low, high)
    return None if value is None else StepsPerEpoch(value, "a fractional epoch logged beside the steps")


def _half_digit(epochs: Floats) -> float:
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        scaled = epochs * 10**digits
        if np.all(np.abs(scaled - np.round(scaled)) <= 1e-6 * np.maximum(np.abs(scaled), 1) + 1e-3):
            return 0.5 * 10.0**-digits * 1.001 + float(np.max(epochs)) * 1e-7
    return float(np.max(epochs)) * 2e-7


def from_counter(
    steps: Ints, epochs: Floats, evaluated: Sequence[Ints] = (), *, starts_again: bool = False
) -> StepsPerEpoch | None:
    """From a whole epoch counter (Lightning, MMEngine): epoch k is on from step k S to (k + 1) S.

    Counters differ in where they begin and in whether the step of a boundary belongs to the epoch before it: every
    reading that fits all points is kept, and the answer must hold for all of them. `evaluated`
    are the steps of validation curves: where one evaluation ends every epoch, evenly, they give the answer exactly.
    `starts_again`: the framework is known to log every n-th step of an epoch, not of the training (MMEngine).
    """
    finite = np.isfinite(epochs)
    steps, epochs = steps[finite], epochs[finite]
    if len(steps) < 3 or np.any(epochs != np.round(epochs)) or np.any(np.diff(epochs) < 0):
        return None
    if len(np.unique(epochs)) < 2 or np.ptp(steps) <= np.ptp(epochs):
        return None
    fits = [fit for base in INDEX_BASES for shift in STEP_SHIFTS if (fit := _fit(steps + shift, epochs - base))]
    if not fits:
        return None
    low, high = min(fit[0] for fit in fits), max(fit[1] for fit in fits)
    reason = "an epoch counter logged beside the steps"
    for ends in evaluated:
        gaps = np.unique(np.diff(ends))
        if len(gaps) == 1 and low <= gaps[0] <= high and _end_every_epoch(ends, steps, epochs):
            return StepsPerEpoch(float(gaps[0]), f"{reason}, and an evaluation at the end of each")
    inner = _from_inner_interval(steps, epochs, starts_again)
    if inner is not None and low <= inner <= high:
        return StepsPerEpoch(float(inner), f"{reason}, which is written every so many steps of each epoch")
    middle = (low + high) / 2
    return StepsPerEpoch(middle, reason) if high - low <= MOST_RELATIVE_WIDTH * middle else None


def _fit(counts: Ints, epochs: Floats) -> tuple[int, int] | None:
    """The whole numbers S, from lowest to highest, with epochs == floor(counts / S) at every point."""
    if epochs[0] < 0 or np.any(counts < 0) or not np.any(epochs > 0):
        return None
    low = math.floor(float(np.max(counts / (epochs + 1))) + 1e-9) + 1
    later = epochs > 0
    high = math.floor(float(np.min(counts[later] / epochs[later])) + 1e-9)
    return (low, high) if low <= high else None


def _from_inner_interval(steps: Ints, epochs: Floats, starts_again: bool) -> int | None:
    """S where the log is written every n-th step of an epoch and n starts again with it (MMEngine): epoch k begins n
    steps before its first point. None unless every epoch gives the same whole number; and unless the interval does
    break somewhere, or is known to start again."""
    interval, starts = int(steps[0]), np.flatnonzero(np.diff(epochs) > 0) + 1
    passed = epochs[starts] - epochs[0]
    within = np.delete(np.diff(steps), starts - 1)
    if len(starts) < 1 or np.any(within != interval) or (np.all(np.diff(steps) == interval) and not starts_again):
        return None
    each = (steps[starts] - interval) / passed
    return int(each[0]) if np.all(each == each[0]) and each[0] == int(each[0]) else None


def _end_every_epoch(ends: Ints, steps: Ints, epochs: Floats) -> bool:
    """Whether each epoch of the counter holds exactly one of these steps, and nothing was logged after it in it."""
    if len(ends) < 2:
        return False
    last = np.searchsorted(steps, ends, side="right") - 1
    if np.any(last < 0):
        return False
    held = epochs[last]
    return bool(np.all(np.diff(held) == 1) and np.all(np.append(epochs, np.inf)[last + 1] > held))


def _within(low: float, high: float) -> float | None:
    """The one whole number in [low, high], else the middle when that is within 1 % of both ends, else None."""
    whole = math.ceil(low - 1e-9)
    if whole <= high + 1e-9 and whole + 1 > high + 1e-9:
        return float(whole) if high - low < 1 or high - low <= MOST_RELATIVE_WIDTH * low else None
    middle = (low + high) / 2
    return middle if high - low <= MOST_RELATIVE_WIDTH * middle else None


def from_epoch_ends(steps: Ints) -> StepsPerEpoch | None:
    """From steps that mark the ends of epochs (fairseq's train points): they lie evenly from the first on."""
    if len(steps) < 3:
        return None
    gaps = np.diff(steps)
    gap = float(np.median(gaps))
    if gap < 1 or np.max(np.abs(gaps - gap)) > max(EVEN * gap, 0) or abs(steps[0] + 1 - gap) > EVEN * gap + 1:
        return None
    return StepsPerEpoch(gap, "the steps at which epochs end")


def from_twin_axes(epochs: Ints, steps: Ints) -> StepsPerEpoch | None:
    """From one evaluation an epoch logged twice, by epoch and by iteration (Keras), point by point."""
    if len(epochs) < 1 or len(epochs) != len(steps) or np.any(epochs != np.arange(len(epochs)) + epochs[0]):
        return None
    passed = epochs + (1 if epochs[0] == 0 else 0)
    each = steps / passed
    value = float(np.median(each))
    if value < 1 or np.max(np.abs(each - value)) > EVEN * value / 2:
        return None
    return StepsPerEpoch(value, "evaluations logged both by epoch and by iteration")


def from_batch_in_epoch(values: Floats) -> StepsPerEpoch | None:
    """From the number of the batch within its epoch (Composer), which starts again at zero."""
    resets = np.flatnonzero(np.diff(values) < 0)
    if len(resets) < 2:
        return None
    ends = values[resets[1:]] if len(resets) > 2 else values[resets]
    last = float(np.max(ends))
    stride = float(np.median(np.abs(np.diff(values))))
    if stride > max(1, EVEN * (last + 1)):
        return None
    return StepsPerEpoch(last + 1, "the batch's number within its epoch")
