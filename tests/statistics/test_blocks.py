"""Block means and medians against the obvious loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.blocks import block_means, block_medians


@given(st.integers(1, 700), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_medians_are_those_of_each_block(points: int, count: int, seed: int) -> None:
    count = min(count, points)
    values = np.random.default_rng(seed).normal(size=points)
    centres, medians = block_medians(values, count)
    parts = np.split(np.arange(points), [index * points // count for index in range(1, count)])
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    np.testing.assert_array_equal(medians, [np.median(values[part]) for part in parts])
    np.testing.assert_allclose(centres, [part.mean() for part in parts])


@given(st.integers(1, 700), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_means_are_those_of_each_block(points: int, most: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.sort(rng.uniform(size=points)), rng.normal(size=points)
    blocks = block_means(x, y, most)
    assert len(blocks.y) == min(points, most)
    for place, (start, stop) in enumerate(zip(blocks.starts[:-1], blocks.starts[1:], strict=True)):
        assert blocks.y[place] == pytest.approx(y[start:stop].mean())
        assert blocks.x[place] == pytest.approx(x[start:stop].mean())
        assert start <= blocks.middle[place] < stop
