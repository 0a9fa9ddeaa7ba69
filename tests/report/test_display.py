"""Thinning for display: bounded, in order, and nothing visible is lost."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loglens.display import thin

values_of_any_kind = st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=1, max_size=2000)


@given(values_of_any_kind, st.integers(5, 400))
def test_thinning_keeps_ends_and_extremes(values: list[float], limit: int) -> None:
    array = np.array(values)
    keep = thin(array, limit)
    assert len(keep) <= limit
    assert keep[0] == 0
    assert keep[-1] == len(array) - 1
    assert (np.diff(keep) > 0).all()
    finite = array[np.isfinite(array)]
    if len(finite):
        kept = array[keep]
        assert np.nanmin(kept[np.isfinite(kept)]) == finite.min()
        assert np.nanmax(kept[np.isfinite(kept)]) == finite.max()


def test_a_single_nan_stays_visible() -> None:
    array = np.linspace(0, 1, 100_000)
    array[54_321] = math.nan
    assert 54_321 in thin(array, 500)


def test_a_short_curve_is_left_alone() -> None:
    np.testing.assert_array_equal(thin(np.zeros(7), 500), np.arange(7))
