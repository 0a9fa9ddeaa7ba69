"""Fisher's g: its null law, and known sines."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.periodicity import fisher_g


def test_a_sine_is_found_with_its_period() -> None:
    found = fisher_g(np.sin(2 * np.pi * np.arange(60) / 5))
    assert found is not None
    assert found.period == pytest.approx(5)
    assert found.share == pytest.approx(1)
    assert found.p_value < 1e-20


def test_p_values_are_uniform_under_white_noise() -> None:
    rng = np.random.default_rng(11)
    for count in (12, 33, 400):
        found = [fisher_g(rng.standard_normal(count)) for _ in range(1500)]
        p = np.array([f.p_value for f in found if f is not None])
        for level in (0.01, 0.05, 0.2, 0.5):
            assert np.mean(p < level) == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 1500))


def test_two_ordinates_by_hand() -> None:
    # With 5 points there are two ordinates; the larger share g is uniform on (1/2, 1): P(G > g) = 2 (1 - g).
    values = np.array([0.0, 1.0, 0.3, -0.4, 2.0])
    found = fisher_g(values)
    assert found is not None
    assert found.p_value == pytest.approx(2 * (1 - found.share))


def test_nothing_to_say() -> None:
    assert fisher_g(np.ones(30)) is None
    assert fisher_g(np.array([1.0, 2.0, 1.0])) is None
