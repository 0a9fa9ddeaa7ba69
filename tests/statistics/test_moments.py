"""Mean and standard deviation are numpy's but for the last digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.moments import mean, sd


@given(st.lists(st.floats(min_value=-1e100, max_value=1e100), min_size=1, max_size=60))
def test_numpys_numbers(values: list[float]) -> None:
    array, size = np.array(values), max(map(abs, values))
    assert mean(array) == pytest.approx(float(np.mean(array)), rel=1e-12, abs=1e-12 * size)
    assert sd(array) == pytest.approx(float(np.std(array)), rel=1e-9, abs=1e-12 * size)
