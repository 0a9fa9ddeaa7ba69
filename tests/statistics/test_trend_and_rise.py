"""Slopes that outliers do not turn, and the chance of a rise in noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.memory import GRID, Memory, first_order_noise
from loglens.statistics.rise import rise_p_value, steepest_rise
from loglens.statistics.trend import theil_sen


@given(st.floats(-5, 5), st.floats(-100, 100), st.integers(2, 40))
def test_a_line_has_its_slope(slope: float, level: float, n: int) -> None:
    trend = theil_sen(level + slope * np.arange(n, dtype=np.float64), 1.0)
    assert trend.slope == pytest.approx(slope, abs=1e-9)
    assert trend.change == pytest.approx(slope * (n - 1), abs=1e-7)


def test_a_quarter_of_wild_points_does_not_turn_it() -> None:
    values = 0.5 * np.arange(20.0)
    values[[3, 9, 14, 18]] += 1000.0
    assert theil_sen(values, 1.0).slope == pytest.approx(0.5, abs=0.3)


def test_its_error_is_that_of_many_draws() -> None:
    random = np.random.default_rng(1)
    draws = random.standard_normal((800, 15))
    slopes = [theil_sen(row, 1.0).slope for row in draws]
    assert theil_sen(draws[0], 1.0).error == pytest.approx(float(np.std(slopes)), rel=0.08)


def test_memory_widens_the_error() -> None:
    values = np.arange(10.0)
    assert theil_sen(values, 1.0, 0.6).error == pytest.approx(2.0 * theil_sen(values, 1.0).error)


def known(phi: float) -> Memory:
    weights = np.where(np.isclose(GRID, phi), 1.0, 0.0)
    assert weights.sum() == 1.0
    return Memory(GRID, weights)


@pytest.mark.parametrize("phi", [0.05, 0.5, 0.8])
@pytest.mark.parametrize("n", [12, 40])
def test_flat_noise_gives_uniform_chances(phi: float, n: int) -> None:
    """Of flat curves with that memory, as many fall below a chance as it says."""
    random = np.random.default_rng(n)
    noise = first_order_noise(random.standard_normal((1500, n)), phi)
    chances = []
    for row in noise:
        rise = steepest_rise(row)
        assert rise is not None
        chances.append(rise_p_value(rise.height, n, known(phi)))
    for level in (0.05, 0.2, 0.5):
        assert float(np.mean(np.array(chances) <= level)) == pytest.approx(
            level, abs=4 * math.sqrt(level / 1500) + 0.015
        )


def test_a_clear_rise_is_found_and_reaches_back_before_its_kink() -> None:
    """The surest stretch is longer than the rise: a longer lever outweighs the flat points before it."""
    random = np.random.default_rng(3)
    values = np.maximum(np.arange(40) - 25, 0) * 0.2 + 0.05 * random.standard_normal(40)
    rise = steepest_rise(values)
    assert rise is not None
    assert 5 <= rise.start <= 25
    assert rise_p_value(rise.height, 40, known(0.05)) < 0.002


def test_a_noiseless_rise_is_infinitely_sure_and_a_noiseless_fall_none() -> None:
    rise = steepest_rise(np.arange(10.0))
    assert rise is not None
    assert math.isinf(rise.height)
    assert steepest_rise(-np.arange(10.0)) is None
    assert steepest_rise(np.arange(4.0)) is None
