"""Waves of learning-rate schedules: recovered where they are, and told from sines."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.schedule_shape import regressed, restart_wave, sine_wave


def falling(n: int) -> np.ndarray:
    return np.exp(-np.arange(n) / (0.15 * n))


def restarts(n: int, period: int, offset: int = 0) -> np.ndarray:
    return 0.5 * (1 + np.cos(np.pi * ((np.arange(n) + offset) % period) / period))


@pytest.mark.parametrize(("n", "period"), [(24, 6), (50, 8), (100, 10), (100, 5), (400, 25)])
def test_restarts_are_found_and_beat_any_sine(n: int, period: int) -> None:
    rng = np.random.default_rng(n + period)
    values = falling(n) + 0.3 * restarts(n, period, offset=period // 2) + 0.01 * rng.standard_normal(n)
    found = restart_wave(values)
    assert found is not None
    assert found.period == period
    assert found.error < 0.1 * found.error_without
    assert found.error < 0.5 * sine_wave(values).error


@pytest.mark.parametrize(("n", "period"), [(30, 4.6), (60, 5.3), (100, 3.7)])
def test_a_sine_is_found_and_beats_restarts(n: int, period: float) -> None:
    rng = np.random.default_rng(n)
    values = falling(n) + 0.2 * np.sin(2 * np.pi * np.arange(n) / period) + 0.01 * rng.standard_normal(n)
    sine, wave = sine_wave(values), restart_wave(values)
    assert sine.period == pytest.approx(period, rel=0.06)
    assert wave is None or sine.error < wave.error


def test_doubling_periods() -> None:
    phase = np.r_[np.arange(7) / 7, np.arange(14) / 14, np.arange(28) / 28, np.arange(11) / 56]
    values = falling(60) + 0.3 * 0.5 * (1 + np.cos(np.pi * phase))
    found = restart_wave(values)
    assert found is not None
    assert found.error < 0.05 * found.error_without


def test_regression_recovers_a_linear_part_beside_the_trend() -> None:
    rate = restarts(60, 6)
    part = regressed(falling(60) + 0.2 * rate, rate[:, None])
    np.testing.assert_allclose(part, 0.2 * (rate - rate.mean()), atol=0.03)


def test_regression_on_an_unrelated_basis_removes_little() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(80)
    part = regressed(falling(80) + noise, restarts(80, 7)[:, None])
    assert np.sum(part**2) < 0.15 * np.sum(noise**2)


def test_a_constant_basis_explains_nothing() -> None:
    assert np.abs(regressed(falling(30), np.ones((30, 1)))).max() == 0
