"""Spikes where they were put, few where none are, on long and on short curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.statistics.spikes import long_spikes, short_spikes


def course(n: int) -> np.ndarray:
    return 2.5 * (1 + np.arange(n) / (0.02 * n)) ** -0.35 + 0.8


def noise(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "t4":
        return np.asarray(rng.standard_t(4, n) / np.sqrt(2))
    if kind == "log-normal":
        return np.asarray((np.exp(0.5 * rng.standard_normal(n)) - np.exp(0.125)) / 0.6)
    return rng.standard_normal(n)


@pytest.mark.parametrize("kind", ["normal", "t4", "log-normal"])
def test_few_false_events_on_noise(kind: str) -> None:
    rng = np.random.default_rng(11)
    runs = 150
    events = sum(len(long_spikes(course(2000) * (1 + 0.06 * noise(kind, 2000, rng)), 0.04)) for _ in range(runs))
    assert events <= 0.1 * runs + 1.65 * np.sqrt(0.1 * runs)  # the bar is .1 a run, with its Poisson error


@pytest.mark.parametrize("length", [1, 5, 20, 80])
def test_a_tall_spike_is_found_where_it_is(length: int) -> None:
    rng = np.random.default_rng(length)
    for _ in range(10):
        values = course(4000) * (1 + 0.06 * rng.standard_normal(4000))
        at = int(rng.integers(800, 3000))
        values[at:] += 20 * 0.06 * values[at] * np.exp(-np.arange(4000 - at) / max(0.7 * length, 0.3))
        (found,) = long_spikes(values, 0.04)
        assert abs(found.start - at) <= 2
        assert at <= found.peak <= at + length
        assert found.height == pytest.approx(20 * 0.06 * course(4000)[at], rel=0.35)
        assert found.end <= at + 4 * length + 2


@given(st.integers(0, 1000), st.floats(0.01, 100))
@settings(max_examples=15)
def test_long_spikes_follow_the_scale(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    values = course(600) * (1 + 0.06 * rng.standard_normal(600))
    values[300] *= 3
    one, two = long_spikes(values, 0.04), long_spikes(scale * values, 0.04)
    assert [(s.start, s.end, s.peak) for s in one] == [(s.start, s.end, s.peak) for s in two]
    assert [s.height * scale for s in one] == pytest.approx([s.height for s in two])


def test_negative_losses_are_judged_without_a_logarithm() -> None:
    rng = np.random.default_rng(5)
    values = course(1000) - 5 + 0.05 * rng.standard_normal(1000)
    values[700] += 3
    (found,) = long_spikes(values, 0.04)
    assert found.peak == 700


def test_a_long_curve_of_equal_values_has_none() -> None:
    assert long_spikes(np.full(400, 0.7), 0.04) == ()


@pytest.mark.parametrize("n", [20, 50, 120])
def test_short_curves(n: int) -> None:
    rng = np.random.default_rng(n)
    falling = np.exp(-np.arange(n) / (0.15 * n))
    false = found = 0
    for _ in range(200):
        values = falling + 0.01 * rng.standard_normal(n)
        false += len(short_spikes(values, 0.1, as_ratio=False))
        at = int(rng.integers(n // 5, n - 1))
        values[at] += 0.4
        spikes = short_spikes(values, 0.1, as_ratio=False)
        found += [s.peak for s in spikes] == [at]
    assert false <= 0.02 * 200
    assert found >= 0.9 * 200


def test_what_repeats_is_no_spike() -> None:
    values = np.exp(-np.arange(40) / 6.0)
    values[5::4] += 0.5
    assert short_spikes(values, 0.1, as_ratio=False) == ()


def test_too_few_points() -> None:
    assert short_spikes(np.arange(7.0), 0.1, as_ratio=False) == ()


def test_the_scatter_of_single_batches_is_no_spike() -> None:
    """Log-normal scatter around a falling course, as losses of small batches have it: no point is out of its order."""
    false = found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = np.exp(-np.arange(130) / 30) * np.exp(0.45 * rng.normal(size=130)) + 0.01
        false += len(short_spikes(values, 0.1, as_ratio=True))
        values[90] = 40 * values[90] + 1
        found += any(spike.peak == 90 for spike in short_spikes(values, 0.1, as_ratio=True))
    assert false <= 3
    assert found >= 54


def test_a_noisy_stretch_before_a_drop_holds_no_spike() -> None:
    """The noise before a drop of the rate is thirty times that after: told by calm points only, half would warn."""
    found = 0
    for seed in range(200):
        noise = np.random.default_rng(seed).standard_normal(40)
        values = 2.0 + np.where(np.arange(40) < 16, 0.5 + 0.15 * noise, 0.005 * noise)
        found += bool(short_spikes(values, 0.05, as_ratio=False))
    assert found <= 30
