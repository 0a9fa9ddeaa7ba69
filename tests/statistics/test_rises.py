"""Rises of a stretch: where two were put, one where one was, and what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.events.series import Floats
from loglens.statistics.rises import rises

HEIGHTS = st.lists(st.floats(-20, 60), min_size=1, max_size=80)


def decay(left: float) -> Floats:
    """Forty points from 1, of each of which that share is `left` at the next."""
    return np.asarray(np.power(left, np.arange(40.0)), dtype=np.float64)


def test_a_decay_is_one_rise() -> None:
    (found,) = rises(20 * decay(0.9), 4.0)
    assert (found.start, found.end, found.peak, found.base) == (0, 39, 0, 0.0)


def test_a_rise_upon_a_decay_starts_from_what_was_left() -> None:
    first = 16 * decay(0.8)
    both = first.copy()
    both[14:] += 12 * decay(0.5)[:26]
    one, two = rises(both, 4.0)
    assert (one.start, one.peak, one.end) == (0, 0, 13)
    assert (two.start, two.peak, two.end) == (14, 14, 39)
    assert one.base == 0.0
    assert two.base == pytest.approx(first[11])  # the middle one of five before it


def test_a_climb_is_one_rise_with_its_peak_at_the_top() -> None:
    """Shoulders that come back by less than what stands out belong to the rise."""
    heights = np.array([5.0, 4, 4, 4, 9, 8, 8, 8, 14, 13, 6, 2])
    (found,) = rises(heights, 6.0)
    assert found.peak == 8


def test_a_higher_neighbour_two_points_on_is_the_same_rise() -> None:
    (found,) = rises(np.array([10.0, 0, 0, 20, 0, 0]), 4.0)
    assert found.peak == 3


@given(HEIGHTS, st.floats(0.5, 10))
def test_rises_follow_one_another_and_each_stands_out(heights: list[float], least: float) -> None:
    values = np.array(heights)
    found = rises(values, least)
    assert [r.start for r in found] == [0, *(r.end + 1 for r in found[:-1])]
    assert found[-1].end == len(values) - 1
    for rise in found:
        assert rise.start <= rise.peak <= rise.end
        assert rise.base >= 0.0
        if len(found) > 1:
            assert values[rise.peak] - rise.base > least


@given(HEIGHTS, st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_does_not_matter(heights: list[float], factor: float) -> None:
    one, two = rises(np.array(heights), 4.0), rises(factor * np.array(heights), factor * 4.0)
    assert [(r.start, r.end, r.peak) for r in one] == [(r.start, r.end, r.peak) for r in two]
    assert [factor * r.base for r in one] == [r.base for r in two]
