"""A departure from a level: where it begins, how far it goes, and what is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.departure import departure


def test_a_rise_that_stays() -> None:
    values = np.r_[np.linspace(2, 1, 20), np.linspace(1.05, 3, 20)]
    found = departure(values, best=1.0, margin=0.1)
    assert found is not None
    assert values[found.index - 1] <= 1.1 < values[found.index]
    assert found.rise == pytest.approx(float(np.median(values[-4:])) - 1.0)
    assert found.lowest == pytest.approx(values[-4] - 1.0)


@pytest.mark.parametrize("end", [[1.0, 5.0], [5.0, 1.0], [5.0, 1.05, 1.0]])
def test_a_last_point_alone_is_no_departure(end: list[float]) -> None:
    assert departure(np.r_[np.linspace(2, 1, 20), end], best=1.0, margin=0.1) is None


def test_sureness_counts_the_noise_before() -> None:
    rng = np.random.default_rng(0)
    jump = np.where(np.arange(100) < 60, 0.0, 1.0)

    def sureness(sd: float) -> float:
        found = [departure(jump + sd * rng.standard_normal(100), 0.0, 0.1) for _ in range(100)]
        return float(np.median([one.sureness for one in found if one is not None]))

    assert sureness(0.01) == pytest.approx(100, rel=0.15)
    assert sureness(0.1) == pytest.approx(10, rel=0.15)
    still = departure(jump, 0.0, 0.1)
    assert still is not None
    assert still.sureness == math.inf


@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-10, 10))
def test_follows_scale_and_shift(seed: int, scale: float, shift: float) -> None:
    values = np.cumsum(np.random.default_rng(seed).standard_normal(30))
    one = departure(values, float(values.min()), 0.5)
    two = departure(scale * values + shift, float((scale * values + shift).min()), 0.5 * scale)
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one.index == two.index
        assert two.rise == pytest.approx(scale * one.rise)


def test_too_few_points() -> None:
    assert departure(np.array([1.0, 2.0, 3.0, 4.0]), 1.0, 0.1) is None
