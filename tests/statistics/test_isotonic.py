"""Isotonic fits against a quadratic programme's conditions, a slow search over all splits, and invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression

from loglens.statistics.isotonic import valley_fit

curves = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=40).map(lambda x: np.array(x, dtype=np.float64))


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
