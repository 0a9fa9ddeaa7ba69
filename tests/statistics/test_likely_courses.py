"""Likely courses: against the same posterior written out as one large Gaussian, and how sure the draws are."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics import likely_courses as module
from loglens.statistics.likely_courses import likely_courses

NONE = np.empty(0, dtype=np.int64)
T = np.arange(30.0)


def test_the_mean_is_that_of_the_joint_gaussian(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one memory and one size the mean is kriging with an unknown level, done here with full covariances."""
    memory, size = 0.4, 10.0
    monkeypatch.setattr(module, "MEMORIES", np.array([memory]))
    monkeypatch.setattr(module, "SIZES", np.array([size]))
    monkeypatch.setattr(module, "SIZE_PRIOR", np.array([1.0]))
    y = np.exp(-T / 8) + 0.02 * np.random.default_rng(3).standard_normal(30)
    parts = module._parts(T, NONE)
    noise = memory ** np.abs(T[:, None] - T) / (1 - memory**2)
    course = size**2 * parts @ parts.T
    inverse = np.linalg.inv(course + noise)
    level = float(np.sum(inverse @ y) / np.sum(inverse))
    expected = course @ inverse @ (y - level)
    found = likely_courses(T, y, NONE).mean
    assert found - found.mean() == pytest.approx(expected - expected.mean(), abs=1e-7)


def test_draws_scatter_about_the_mean_as_much_as_it_errs() -> None:
    course = np.exp(-T / 8) + 0.3 * np.clip(T / 30 - 0.5, 0, None)
    errors, spreads = [], []
    for seed in range(200):
        likely = likely_courses(T, course + 0.02 * np.random.default_rng(seed).standard_normal(30), NONE)
        change = likely.mean[25] - likely.mean[15]
        errors.append(change - (course[25] - course[15]))
        spreads.append(float(np.var(likely.draws[:, 25] - likely.draws[:, 15])))
    assert np.mean(np.square(errors)) == pytest.approx(np.mean(spreads), rel=0.4)


def test_a_known_break_is_not_smoothed_over() -> None:
    y = np.where(T < 20, 1.0, 0.5) + 0.01 * np.random.default_rng(4).standard_normal(30)
    likely = likely_courses(T, y, np.array([20]))
    assert likely.mean[19] - likely.mean[20] == pytest.approx(0.5, abs=0.03)
    assert likely.sd == pytest.approx(0.01, rel=0.5)


def test_scale_level_and_steps_do_not_matter() -> None:
    y = np.exp(-T / 8) + 0.05 * np.random.default_rng(5).standard_normal(30)
    one, other = likely_courses(T, y, NONE), likely_courses(1e6 + 977 * T, 3e4 * y - 7.0, NONE)
    assert other.mean == pytest.approx(3e4 * one.mean - 7.0, rel=1e-6)
    assert other.draws == pytest.approx(3e4 * one.draws, rel=1e-4, abs=1e-2)


def test_noise_that_remembers_is_not_taken_for_a_course() -> None:
    random = np.random.default_rng(6)
    spent = []
    for _ in range(40):
        noise = np.zeros(60)
        for i in range(1, 60):
            noise[i] = 0.8 * noise[i - 1] + random.standard_normal()
        spent.append(float(np.std(likely_courses(np.arange(60.0), noise, NONE).mean)) / float(np.std(noise)))
    assert np.median(spent) < 0.7
