"""Noise from differences: blind to trends, right for white noise, hardly moved by wild points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.noise import difference_sd, robust_difference_sd, second_differences


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.integers(3, 50))
def test_a_straight_line_has_no_noise(level: float, slope: float, n: int) -> None:
    line = level + slope * np.arange(n, dtype=np.float64)
    assert difference_sd(line) == pytest.approx(0.0, abs=1e-9 * (abs(level) + n * abs(slope) + 1))


def test_pseudo_residuals_by_hand() -> None:
    # half of 1, minus 4, plus half of 3: -2; times the square root of 2/3
    assert second_differences(np.array([1.0, 4.0, 3.0])) == pytest.approx([-2.0 * (2 / 3) ** 0.5])


@pytest.mark.parametrize("estimate", [difference_sd, robust_difference_sd])
def test_white_noise_on_a_trend(estimate) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(3)
    values = 0.3 * random.standard_normal(20_000) + np.linspace(5, 0, 20_000)
    assert estimate(values) == pytest.approx(0.3, rel=0.03)


def test_wild_points_leave_the_robust_estimate_alone() -> None:
    random = np.random.default_rng(4)
    values = random.standard_normal(2_000)
    values[::20] += 100.0
    assert robust_difference_sd(values) == pytest.approx(1.0, rel=0.25)
    assert difference_sd(values) > 10


@given(st.lists(st.floats(-1e3, 1e3), max_size=2))
def test_too_few_points_show_none(values: list[float]) -> None:
    assert difference_sd(np.array(values)) == 0.0
    assert robust_difference_sd(np.array(values)) == 0.0
