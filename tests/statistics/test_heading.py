"""What a course is heading for: the closed form of exponentials, and 1 for what has arrived."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.heading import MOST, heading


@pytest.mark.parametrize("time", [0.1, 0.3, 0.5, 1.0])
def test_of_an_exponential_is_the_whole_fall_over_that_so_far(time: float) -> None:
    t = np.linspace(0, 1, 400)
    course = np.exp(-t / time)
    whole = 1.0 / (1.0 - np.exp(-1.0 / time))
    assert heading(course, course, 1.0) == pytest.approx(whole, rel=0.06)


def test_never_looks_further_than_it_can_see() -> None:
    line = np.linspace(1, 0.5, 50)
    assert heading(line, line, 1.0) == MOST
    assert heading(np.r_[np.full(40, 1.0), np.zeros(40)], np.r_[np.full(40, 1.0), np.zeros(40)], 1.0) <= MOST


def test_of_a_flat_or_rising_end_is_one() -> None:
    t = np.arange(40.0)
    for course in (np.maximum(1 - t / 10, 0), np.abs(t - 15) / 15, np.full(40, 2.0)):
        assert heading(course, course, float(course[0])) == 1.0


def test_does_not_change_with_unit_or_offset() -> None:
    t = np.linspace(0, 1, 60)
    course = np.exp(-t / 0.6) + 0.02 * np.sin(40 * t)
    assert heading(7 * course + 3, 7 * course + 3, 10.0) == pytest.approx(heading(course, course, 1.0))
