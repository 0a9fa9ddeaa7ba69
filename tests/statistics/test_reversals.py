"""Rises counted with hysteresis: known sequences, and the slow obvious count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.reversals import count_rises

SEQUENCES = {
    "falls": ([5, 4, 3, 2], 0),
    "one valley": ([3, 1, 2, 4], 1),
    "hump before a second descent": ([5, 1, 4, 0], 1),
    "two rises": ([5, 1, 4, 0, 3], 2),
    "small ones do not count": ([5, 1, 1.9, 1, 1.9, 1], 0),
    "a rise in small steps does": ([5, 1, 1.5, 2, 2.5], 1),
    "a small fall within a rise does not end it": ([0, 1, 0.5, 2], 1),
}


@pytest.mark.parametrize("name", list(SEQUENCES))
def test_known_sequences(name: str) -> None:
    values, count = SEQUENCES[name]
    assert count_rises(np.array(values, dtype=np.float64), 1.0, 9) == count


def slow_count(values: list[float], margin: float) -> int:
    """The most rises of `margin` or more that can be picked one after the other, with falls as deep between.

    Over all pairs of a low and a later high, by dynamic programming on the place where the last fall ended.
    """
    n = len(values)
    best = [0] * (n + 1)  # best[i]: rises that can be had within values[i:], starting after a fall
    for start in range(n - 1, -1, -1):
        best[start] = best[start + 1]
        for high in range(start + 1, n):
            if max(values[high] - values[low] for low in range(start, high)) >= margin:
                after = [low for low in range(high + 1, n) if values[high] - values[low] >= margin]
                best[start] = max(best[start], 1 + (best[after[0]] if after else 0))
    return best[0]


@given(st.lists(st.integers(0, 6), max_size=12), st.integers(1, 4))
def test_is_the_most_that_can_be_had(values: list[int], margin: int) -> None:
    floats = [float(v) for v in values]
    assert count_rises(np.array(floats), float(margin), 99) == slow_count(floats, float(margin))


@given(st.lists(st.integers(0, 6), max_size=12), st.integers(1, 4), st.integers(1, 3))
def test_stops_counting_where_it_is_told(values: list[int], margin: int, most: int) -> None:
    array = np.array(values, dtype=np.float64)
    assert count_rises(array, float(margin), most) == min(count_rises(array, float(margin), 99), most)
