"""Reversals: how often a curve rises and falls again by more than a margin."""

from __future__ import annotations

from loglens.events.series import Floats


def count_rises(values: Floats, margin: float, most: int) -> int:
    """How often `values` float64[n] rise by at least `margin` > 0, with falls of `margin` between; counts to `most`.

    The hysteresis filter by which load cycles are counted before fatigue is reckoned (ASTM E1049, 5.4.4): what goes
    up and down by less than the margin is no reversal. A course that falls and then rises counts one.
    """
    count, lowest, highest, rising = 0, float("inf"), float("-inf"), False
    for value in values.tolist():
        if rising:
            highest = max(highest, value)
            if highest - value >= margin:
                rising, lowest = False, value
        else:
            lowest = min(lowest, value)
            if value - lowest >= margin:
                rising, highest = True, value
                count += 1
                if count == most:
                    break
    return count
