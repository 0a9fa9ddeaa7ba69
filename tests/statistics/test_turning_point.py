"""Where a falling course turns to rise."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.local_regression import local_regression
from loglens.statistics.turning_point import turning_point


@pytest.mark.parametrize("kink", [8, 15, 22])
def test_without_noise_it_is_the_minimum(kink: int) -> None:
    t = np.linspace(0.0, 1.0, 30)
    course = np.exp(-8.0 * t) - 0.2 * t + np.maximum(t - t[kink], 0.0)
    assert turning_point(course) == int(np.argmin(course))


def test_it_is_nearer_to_a_sharp_turn_than_a_smoother() -> None:
    """150 draws of a straight fall and a straight rise: the smoother flattens the turn and is off by more."""
    random = np.random.default_rng(4)
    t = np.linspace(0.0, 1.0, 40)
    errors, smoothed = [], []
    for _ in range(150):
        kink = int(random.integers(10, 28))
        values = -t + 1.6 * np.maximum(t - t[kink], 0.0) + 0.03 * random.standard_normal(40)
        errors.append(abs(turning_point(values) - kink))
        smoothed.append(abs(int(np.argmin(local_regression(t, values).fit)) - kink))
    assert float(np.mean(errors)) < 0.9 * float(np.mean(smoothed))


def test_too_few_points_and_a_fall_to_the_end_are_their_lowest_value() -> None:
    assert turning_point(np.array([3.0, 1.0, 2.0])) == 1
    assert turning_point(np.array([2.0])) == 0
    assert turning_point(np.exp(-3.0 * np.linspace(0.0, 1.0, 25))) == 24
    assert turning_point(np.ones(20)) in range(20)
