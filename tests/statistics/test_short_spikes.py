"""Spikes of short curves: found where they were put, also beside each other, and few where none are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.statistics.short_spikes import short_spikes, surprise_needed


@pytest.mark.parametrize("n", [20, 50, 120])
def test_short_curves(n: int) -> None:
    rng = np.random.default_rng(n)
    falling = np.exp(-np.arange(n) / (0.15 * n))
    false = found = 0
    for _ in range(200):
        values = falling + 0.01 * rng.standard_normal(n)
        false += len(short_spikes(values, 0.1))
        at = int(rng.integers(n // 5, n - 1))
        values[at] += 0.4
        spikes = short_spikes(values, 0.1)
        found += [s.peak for s in spikes] == [at]
    assert false <= 0.02 * 200
    assert found >= 0.9 * 200


def test_what_repeats_is_no_spike() -> None:
    values = np.exp(-np.arange(40) / 6.0)
    values[5::4] += 0.5
    assert short_spikes(values, 0.1) == ()


def test_too_few_points() -> None:
    assert short_spikes(np.arange(7.0), 0.1) == ()


def test_the_scatter_of_single_batches_is_no_spike() -> None:
    """Log-normal scatter around a falling course, as losses of small batches have it: no point is out of its order."""
    false = found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = np.exp(-np.arange(130) / 30) * np.exp(0.45 * rng.normal(size=130)) + 0.01
        false += len(short_spikes(values, 0.1, as_ratio=True))
        values[90] = 100 * values[90] + 1
        found += any(spike.peak == 90 for spike in short_spikes(values, 0.1, as_ratio=True))
    assert false <= 3
    assert found >= 45


@pytest.mark.parametrize("drop", [12, 16])
def test_a_noisy_stretch_before_a_drop_holds_no_spike(drop: int) -> None:
    """The noise before a drop of the rate is thirty times that after: told by calm points only, half would warn."""
    found = 0
    for seed in range(200):
        noise = np.random.default_rng(seed).standard_normal(40)
        values = 2.0 + np.where(np.arange(40) < drop, 0.5 + 0.15 * noise, 0.005 * noise)
        found += bool(short_spikes(values, 0.05))
    assert found <= 40


@pytest.mark.parametrize("n", [10, 15, 30])
def test_one_clear_point_of_few_is_found(n: int) -> None:
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        values, at = np.exp(-np.arange(n) / (0.1 * n)) + 0.005 * rng.standard_normal(n), int(rng.integers(3, n - 1))
        values[at] += 0.4
        found += [s.peak for s in short_spikes(values, 0.1)] == [at]
    assert found >= 90


def test_two_curves_tell_more_than_one() -> None:
    """Five sd in twenty points: rarely enough in one curve, nearly always in both; less when the other is quiet."""
    counts = {"by itself": 0, "alone": 0, "shared": 0}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        course = np.exp(-np.arange(20) / 3.0)
        one, two = (course + 0.03 * rng.standard_normal(20) for _ in range(2))
        one[12] += 0.24
        counts["by itself"] += bool(short_spikes(one, 0.1))
        counts["alone"] += bool(short_spikes(one, 0.1, two))
        two[12] += 0.24
        counts["shared"] += bool(short_spikes(one, 0.1, two))
    assert counts["alone"] < counts["by itself"] < counts["shared"]
    assert counts["shared"] >= 160


def test_two_evaluations_in_a_row_are_one_spike() -> None:
    values = np.exp(-np.arange(40) / 8.0) + 0.003 * np.random.default_rng(0).standard_normal(40)
    values[20:22] += 0.4
    (found,) = short_spikes(values, 0.1)
    assert (found.start, found.end) == (20, 21)
    assert found.height == pytest.approx(0.4, abs=0.03)


def test_the_last_point_may_be_the_beginning_of_a_rise() -> None:
    values = np.exp(-np.arange(30) / 5.0) + 0.003 * np.random.default_rng(0).standard_normal(30)
    values[-1] += 0.5
    assert short_spikes(values, 0.1) == ()


@given(st.integers(0, 1000), st.integers(8, 200), st.floats(1e-3, 1e3))
@settings(max_examples=25)
def test_the_scale_does_not_matter(seed: int, n: int, scale: float) -> None:
    values = np.exp(-np.arange(n) / (0.2 * n)) + 0.02 * np.random.default_rng(seed).standard_t(3, n)
    values[n // 2] += 0.5
    one, two = short_spikes(values, 0.1), short_spikes(scale * values, 0.1 * scale)
    assert [(s.start, s.end, s.peak) for s in one] == [(s.start, s.end, s.peak) for s in two]


def test_more_points_need_more() -> None:
    needed = [surprise_needed(n) for n in range(8, 201)]
    assert needed == sorted(needed)
