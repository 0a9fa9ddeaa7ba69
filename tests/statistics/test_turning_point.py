"""Where a falling course turns to rise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.local_regression import local_regression
from loglens.statistics.turning_point import turning_point


@pytest.mark.parametrize("kink", [8, 15, 22])
def test_without_noise_it_is_the_minimum(kink: int) -> None:
    t = np.linspace(0.0, 1.0, 30)
    course = np.exp(-8.0 * t) - 0.2 * t + np.maximum(t - t[kink], 0.0)
    assert turning_point(course).bottom == int(np.argmin(course))


def test_it_is_nearer_to_a_sharp_turn_than_a_smoother() -> None:
    """150 draws of a straight fall and a straight rise: the smoother flattens the turn and is off by more."""
    random = np.random.default_rng(4)
    t = np.linspace(0.0, 1.0, 40)
    errors, smoothed = [], []
    for _ in range(150):
        kink = int(random.integers(10, 28))
        values = -t + 1.6 * np.maximum(t - t[kink], 0.0) + 0.03 * random.standard_normal(40)
        errors.append(abs(turning_point(values).bottom - kink))
        smoothed.append(abs(int(np.argmin(local_regression(t, values).fit)) - kink))
    assert float(np.mean(errors)) < 0.9 * float(np.mean(smoothed))


def test_too_few_points_and_a_fall_to_the_end_are_their_lowest_value() -> None:
    assert turning_point(np.array([3.0, 1.0, 2.0])).bottom == 1
    assert turning_point(np.array([2.0])).bottom == 0
    falling = turning_point(np.exp(-3.0 * np.linspace(0.0, 1.0, 25)))
    assert (falling.bottom, falling.rise) == (24, 0.0)
    assert turning_point(np.ones(20)).rise == pytest.approx(0.0, abs=1e-12)


def test_a_sharp_turn_has_its_rise_and_the_noise_around_it() -> None:
    random = np.random.default_rng(7)
    t = np.linspace(0.0, 1.0, 60)
    course = -t + 1.6 * np.maximum(t - t[30], 0.0)
    turns = [turning_point(course + 0.03 * random.standard_normal(60)) for _ in range(100)]
    assert np.mean([turn.rise for turn in turns]) == pytest.approx(
        course[-1] - course.min(), rel=0.1
    )  # the average rounds it
    assert np.mean([turn.sd for turn in turns]) == pytest.approx(0.03, rel=0.1)


@given(st.integers(0, 1000), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_scale_and_level_do_not_matter(seed: int, scale: float, level: float) -> None:
    values = np.random.default_rng(seed).standard_normal(20)
    one, other = turning_point(values), turning_point(scale * (values + level))
    assert other.course == pytest.approx(scale * (one.course + level), rel=1e-6, abs=1e-6 * scale * (1 + abs(level)))
    assert other.rise == pytest.approx(scale * one.rise, rel=1e-6, abs=1e-9 * scale * (1 + abs(level)))
    assert other.sd == pytest.approx(scale * one.sd, rel=1e-6)


@pytest.mark.parametrize("place", [0.3, 0.5, 0.7])
def test_a_long_quiet_curve_turns_where_it_turns_whatever_its_fall(place: float) -> None:
    """Two hundred points of a fall at a rate that no term has, flat for long, with a kink and little noise."""
    t = np.linspace(0.0, 1.0, 200)
    course = np.exp(-12.0 * t) + np.maximum(t - place, 0.0)
    turn = turning_point(course + 0.002 * np.random.default_rng(8).standard_normal(200))
    assert abs(turn.bottom - int(np.argmin(course))) <= 4
    assert turn.rise == pytest.approx(course[-1] - course.min(), rel=0.03)
