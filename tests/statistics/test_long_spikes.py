"""Spikes of long curves: where they were put, few where none are, and those that two curves share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.statistics.long_spikes import long_spikes


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
    others = 0
    for _ in range(10):
        values = course(4000) * (1 + 0.06 * rng.standard_normal(4000))
        at = int(rng.integers(800, 3000))
        values[at:] += 20 * 0.06 * values[at] * np.exp(-np.arange(4000 - at) / max(0.7 * length, 0.3))
        spikes = long_spikes(values, 0.04)
        (found,) = (s for s in spikes if abs(s.start - at) <= 2)
        others += len(spikes) - 1
        assert at <= found.peak <= at + length
        assert found.height == pytest.approx(20 * 0.06 * course(4000)[at], rel=0.35)
        assert found.end <= at + 4 * length + 2
    assert others <= 2  # .4 expected


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


def test_what_two_curves_share_is_found_sooner() -> None:
    """Ten sd in heavy-tailed noise: mostly nothing by itself among 600 points, and found when both curves have it."""
    alone = shared = false = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        one, two = (5 + 0.1 * rng.standard_t(4, 600) for _ in range(2))
        false += len(long_spikes(one, 0.1, two))
        spiked = one.copy()
        spiked[400] += 1.4
        alone += any(s.peak == 400 for s in long_spikes(spiked, 0.1, two))
        two[400] += 1.4
        shared += any(s.peak == 400 for s in long_spikes(spiked, 0.1, two))
    assert false <= 6  # .1 a curve: what a curve that grows is asked again is counted in
    assert alone <= 20
    assert shared >= 50


def test_a_smooth_hump_is_no_spike() -> None:
    """A validation loss without noise that climbs over 25 of 600 epochs: a second descent's hump, not a jump."""
    t = np.arange(600)
    values = 0.7 + 0.2 * (1 - np.exp(-t / 8)) * np.exp(-t / 400) + 0.3 * np.exp(-t / 1.5)
    assert long_spikes(values, 0.05) == ()
    values[300] += 0.2
    assert [s.peak for s in long_spikes(values, 0.05)] == [300]


def test_a_level_that_rises_and_falls_again_and_again_holds_no_spikes() -> None:
    """Warm restarts of a rate that was not logged: every bump is like the others."""
    false = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        t = np.arange(2000)
        lift = 0.25 * 0.5 * (1 + np.cos(np.pi * (t % 200) / 200)) * (t >= 200)
        false += bool(long_spikes(2 + np.exp(-t / 300) + lift + 0.05 * rng.standard_normal(2000), 0.05))
    assert false <= 4


def test_a_decaying_spike_is_found_by_what_follows_its_peak() -> None:
    """Four sd, no wonder as a point among 3,000, that fall over some 14 points."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = 5 + 0.1 * rng.standard_normal(3000)
        values[1500:1700] += 0.4 * np.exp(-np.arange(200) / 14)
        found.append(any(1495 <= s.start <= 1515 for s in long_spikes(values, 0.08)))
    assert sum(found) >= 36


def test_spikes_close_together_are_told_apart() -> None:
    """A second one, twelve points later, is found and so high as above what the first had decayed to."""
    both = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = 5 + 0.1 * rng.standard_normal(2000)
        for at, height in ((1000, 1.2), (1012, 2.0)):
            values[at : at + 100] += height * np.exp(-np.arange(100) / 8)
        spikes = long_spikes(values, 0.08)
        both += len(spikes) == 2
        if len(spikes) == 2:
            assert [s.peak for s in spikes] == pytest.approx([1000, 1012], abs=2)  # noise may lift a neighbour
            assert spikes[1].height == pytest.approx(2.0, abs=0.4)  # noise of the peak and of the median before
            assert spikes[0].end < spikes[1].start
    assert both >= 36


def test_the_last_points_must_be_surer() -> None:
    """What is just enough in the middle of a log is not yet enough at its end."""
    middle = end = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = 5 + 0.1 * rng.standard_t(4, 1200)
        for at, count in ((600, 0), (1180, 1)):
            spiked = values.copy()
            spiked[at : at + 2] += (1.2, 0.4)
            hit = any(s.peak == at for s in long_spikes(spiked, 0.08))
            middle, end = (middle + hit, end) if count == 0 else (middle, end + hit)
    assert middle > end + 5
