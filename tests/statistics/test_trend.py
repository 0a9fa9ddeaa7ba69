"""Slopes that outliers do not turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
