"""The median is numpy's, bit for bit, and so is a quantile but for the last one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.median import SORTED, median, quantile


@given(st.lists(st.floats(width=64, allow_nan=False, min_value=-1e300, max_value=1e300), min_size=1, max_size=60))
def test_numpys_number(values: list[float]) -> None:
    assert median(np.array(values)) == float(np.median(values))


@pytest.mark.parametrize("n", [SORTED, SORTED + 1, SORTED + 2])
def test_numpys_number_of_many(n: int) -> None:
    values = np.random.default_rng(n).standard_normal(n)
    assert median(values) == float(np.median(values))
    values[n // 3] = np.nan
    assert np.isnan(median(values))


def test_of_nothing_there_is_none() -> None:
    assert np.isnan(median(np.empty(0)))


@given(
    st.lists(st.floats(min_value=-1e100, max_value=1e100), min_size=1, max_size=60),
    st.floats(min_value=0.0, max_value=1.0),
)
def test_numpys_quantile(values: list[float], share: float) -> None:
    found, size = quantile(np.array(values), share), max(map(abs, values))
    assert found == pytest.approx(float(np.quantile(values, share)), rel=1e-12, abs=1e-12 * size)
