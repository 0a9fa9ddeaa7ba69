"""Variance ratios and epoch patterns with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.step_noise import epoch_pattern, variance_ratio


def of_table(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return table.mean(1), table.var(1, ddof=1), np.full(len(table), table.shape[1])


def test_independent_batches_give_one() -> None:
    rng = np.random.default_rng(0)
    ratios = [variance_ratio(*of_table(rng.standard_normal((30, 25)))) for _ in range(300)]
    assert np.mean([r.ratio for r in ratios if r]) == pytest.approx(1, abs=0.05)
    covered = np.mean([r.low < 1 < r.high for r in ratios if r])
    assert 0.85 < covered < 0.95


def test_shuffled_epochs_give_nearly_zero_and_moving_weights_much() -> None:
    rng = np.random.default_rng(1)
    losses = rng.exponential(size=400)
    table = np.array([rng.permutation(losses).reshape(20, 20).mean(1) for _ in range(30)])
    calm = variance_ratio(*of_table(table))
    moving = [variance_ratio(*of_table(table + 0.3 * rng.standard_normal((30, 1)))) for _ in range(100)]
    assert calm is not None
    assert calm.high < 1e-6
    assert all(found is not None and found.low > 1 for found in moving)
    assert np.mean([found.sd**2 for found in moving if found]) == pytest.approx(0.3**2, rel=0.1)


def test_progress_does_not_enter() -> None:
    rng = np.random.default_rng(2)
    table = rng.standard_normal((30, 25))
    drift = np.linspace(50, 0, 30)[:, None]
    one, two = variance_ratio(*of_table(table)), variance_ratio(*of_table(table + drift))
    assert one is not None
    assert two is not None
    assert two.ratio == pytest.approx(one.ratio, rel=1e-6)


def test_patterns() -> None:
    rng = np.random.default_rng(3)
    pattern = np.sin(np.arange(20))
    table = pattern + 0.1 * rng.standard_normal((15, 20)) + np.linspace(3, 0, 15)[:, None]
    alike, sd = epoch_pattern(table.ravel(), np.full(15, 20))
    assert alike > 0.95
    assert sd == pytest.approx(pattern.std(), rel=0.1)
    alike, _ = epoch_pattern(rng.standard_normal(300), np.full(15, 20))
    assert abs(alike) < 0.2


def test_too_little_to_compare() -> None:
    assert variance_ratio(np.ones(5), np.ones(5), np.full(5, 4)) is None
    assert variance_ratio(np.arange(9.0), np.zeros(9), np.full(9, 4)) is None
    assert epoch_pattern(np.arange(6.0), np.array([3, 3])) == (0.0, 0.0)
    assert epoch_pattern(np.empty(0), np.empty(0, dtype=np.int64)) == (0.0, 0.0)
