"""The median is numpy's, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.median import SORTED, median


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
