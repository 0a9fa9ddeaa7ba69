"""Isotonic fits against a quadratic programme's conditions, a slow search over all splits, and invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression

from loglens.statistics.isotonic import comes_down, falling_fit, valley_fit

curves = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=40).map(lambda x: np.array(x, dtype=np.float64))


@given(curves)
def test_falling_fit_is_the_least_squares_one(values: np.ndarray) -> None:
    np.testing.assert_allclose(falling_fit(values), isotonic_regression(values, increasing=False), atol=1e-6)


def squared_error_of_split(values: np.ndarray, bottom: int) -> float:
    left = isotonic_regression(values[: bottom + 1], increasing=False)
    right = isotonic_regression(values[bottom + 1 :], increasing=True) if bottom + 1 < len(values) else []
    return float(np.sum((values - np.r_[left, right]) ** 2))


@given(curves)
def test_valley_fit_is_the_best_of_all_splits(values: np.ndarray) -> None:
    found = valley_fit(values)
    best = min(squared_error_of_split(values, bottom) for bottom in range(len(values)))
    assert np.sum((values - found.fit) ** 2) <= best + 1e-6 * (1 + best)
    assert (np.diff(found.fit[: found.bottom + 1]) <= 1e-9).all()
    assert (np.diff(found.fit[found.bottom :]) >= -1e-9).all()


@given(curves, st.floats(0.1, 10), st.floats(-50, 50))
def test_valley_fit_follows_scale_and_shift(values: np.ndarray, scale: float, shift: float) -> None:
    changed = valley_fit(values * scale + shift)
    error = np.sum((values * scale + shift - changed.fit) ** 2)
    assert error == pytest.approx(scale**2 * np.sum((values - valley_fit(values).fit) ** 2), abs=1e-4, rel=1e-6)


def test_valley_fit_of_a_valley_is_the_valley() -> None:
    values = np.r_[np.linspace(3, 1, 20), np.linspace(1.1, 2, 10)]
    found = valley_fit(values)
    np.testing.assert_array_equal(found.fit, values)
    assert found.bottom == 19
    assert found.levels == 30


def test_an_empty_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        valley_fit(np.array([]))


def test_a_fit_comes_down_between_the_middles_of_its_steps() -> None:
    """Steps of four points from a straight line: their middles lie on it, and tell where it passes any level."""
    line = 20.0 - np.arange(20.0)
    steps = line.reshape(5, 4).mean(axis=1).repeat(4)
    for level in (17.0, 12.3, 6.0):
        assert comes_down(steps, level) == int(np.argmax(line <= level))
    assert comes_down(steps, 30.0) == 0
    assert comes_down(steps, 0.0) == 19


def test_a_long_last_step_is_come_down_to_at_its_beginning() -> None:
    fit = np.r_[np.linspace(10.0, 1.0, 10), np.zeros(200)]
    assert abs(comes_down(fit, 0.2) - 10) <= 2
