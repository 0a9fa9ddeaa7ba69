"""The shortest range: against trying every range."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.shortest_range import shortest_range


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any), st.sampled_from((0.5, 0.9, 1.0)))
def test_no_shorter_range_holds_the_share(weights: list[int], share: float) -> None:
    first, last = shortest_range(np.array(weights, dtype=np.float64), share)
    n, wanted = len(weights), share * sum(weights)
    held = sum(weights[first : last + 1])
    assert held >= wanted - 1e-9
    ranges = [(j - i + 1, -sum(weights[i : j + 1])) for i in range(n) for j in range(i, n)]
    assert (last - first + 1, -held) == min(r for r in ranges if -r[1] >= wanted - 1e-9)


def test_all_weight_on_one_is_that_one() -> None:
    assert shortest_range(np.array([0.0, 0.0, 1.0, 0.0]), 0.9) == (2, 2)
