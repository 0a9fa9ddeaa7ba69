"""Fluctuation around a falling-then-rising course: sizes that are known, spikes, drops, long curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.fluctuation import crossings, fluctuation, trend_of


def falling(n: int) -> np.ndarray:
    return np.exp(-np.arange(n) / (0.1 * n))


@pytest.mark.parametrize("n", [40, 120, 1000])
def test_size_of_an_alternation(n: int) -> None:
    found = fluctuation(falling(n) + 0.2 * (-1.0) ** np.arange(n), spike_floor=0.1, level=0.9)
    assert found is not None
    # the degrees of freedom are right for independent noise; strict alternation pools in pairs and reads higher
    assert 0.2 < found.sd < 0.33
    assert found.lower < found.sd
    assert found.crossings >= 0.7 * n


def test_size_of_white_noise_is_unbiased_enough() -> None:
    rng = np.random.default_rng(4)
    sizes = [
        found.sd
        for _ in range(300)
        if (found := fluctuation(falling(40) + 0.05 * rng.standard_normal(40), spike_floor=0.1, level=0.9)) is not None
    ]
    assert np.mean(sizes) == pytest.approx(0.05, rel=0.15)


@pytest.mark.parametrize("course", ["drops", "valley", "plateau then drop"])
def test_a_course_without_fluctuation_has_none(course: str) -> None:
    t = np.arange(60.0)
    values = {
        "drops": np.where(t < 30, 1.0, np.where(t < 45, 0.5, 0.2)),
        "valley": (t - 25) ** 2,
        "plateau then drop": np.where(t < 40, 1.0, np.exp(-(t - 40))),
    }[course]
    found = fluctuation(values, spike_floor=0.1 * float(np.ptp(values)), level=0.9)
    assert found is not None
    assert found.sd <= 1e-9 * np.ptp(values)


def test_one_spike_is_left_out_and_many_peaks_are_not() -> None:
    rng = np.random.default_rng(0)
    values = falling(50) + 0.01 * rng.standard_normal(50)
    spiked = values.copy()
    spiked[30] += 0.6
    found = fluctuation(spiked, spike_floor=0.1, level=0.9)
    assert found is not None
    assert np.flatnonzero(found.spikes).tolist() == [30]
    assert found.sd < 0.02
    spiked[12:50:4] += 0.6
    found = fluctuation(spiked, spike_floor=0.1, level=0.9)
    assert found is not None
    assert not found.spikes.any()
    assert found.sd > 0.15


def test_too_few_points() -> None:
    assert fluctuation(np.arange(7.0), spike_floor=0.1, level=0.9) is None


@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-100, 100), st.integers(8, 260))
def test_follows_scale_and_shift(seed: int, scale: float, shift: float, n: int) -> None:
    values = falling(n) + 0.1 * np.random.default_rng(seed).standard_normal(n)
    one = fluctuation(values, spike_floor=0.1, level=0.9)
    two = fluctuation(scale * values + shift, spike_floor=0.1 * scale, level=0.9)
    assert one is not None
    assert two is not None
    assert two.sd == pytest.approx(scale * one.sd, rel=1e-6, abs=1e-9 * (1 + abs(shift)))
    assert two.lower <= two.sd


def test_trend_of_a_long_curve_is_that_of_its_blocks() -> None:
    t = np.linspace(0, 1, 50_000)
    trend, _ = trend_of(np.exp(-5 * t) + 0.1 * np.sin(t * 1e5))
    assert np.max(np.abs(trend[500:-500] - np.exp(-5 * t)[500:-500])) < 0.03


def test_crossings_need_both_sides() -> None:
    assert crossings(np.array([0, 1, 0, 1, 0]), 0.5) == 0
    assert crossings(np.array([1, 0, -1, 0.1, -1, 1]), 0.5) == 2
    assert crossings(np.array([1, -0.4, 1]), 0.5) == 0
