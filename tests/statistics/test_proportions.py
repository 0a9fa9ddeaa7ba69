"""Sample sizes read off the grain of accuracies, and z values against guessing."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from loglens.statistics.proportions import calmness, sample_size, z_against_guessing


@pytest.mark.parametrize("samples", [50, 333, 1000, 5000])
def test_size_is_read_off_float32_accuracies(samples: int) -> None:
    rng = np.random.default_rng(samples)
    right = 0
    for _ in range(30):
        counts = rng.binomial(samples, np.clip(0.9 - 0.5 * np.exp(-np.arange(20) / 5), 0, 1))
        found = sample_size((counts / samples).astype(np.float32).astype(np.float64))
        assert found is None or samples % found == 0  # a divisor when all counts happen to share a factor
        right += found == samples
    assert right >= 28


@pytest.mark.parametrize("spread", [0.002, 0.02, 0.2])
def test_size_is_the_first_that_fits_all_accuracies(spread: float) -> None:
    """Against trying every size in turn, for few and many values, close together and far apart."""
    rng = np.random.default_rng(7)
    found = []
    for samples in (30, 120, 700, 1000, 9000):
        for count in (6, 40):
            right = np.round(samples * np.clip(0.7 + spread * rng.standard_normal(count), 0, 1))
            values = (right / samples).astype(np.float32).astype(np.float64)
            fits = (n for n in range(2, 20_000) if np.all(np.abs(values * n - np.rint(values * n)) < 1.2e-7 * n + 1e-9))
            size, different = next(fits), len(np.unique(values))
            clear = different >= 4 and size * (2.4e-7 * size) ** (different - 1) < 0.01
            assert sample_size(values) == (size if clear else None)
            found.append(clear)
    assert sum(found) >= 3


def test_no_size_for_averages_and_few_values() -> None:
    rng = np.random.default_rng(1)
    assert sample_size(rng.random(30)) is None
    assert sample_size(np.array([0.5, 0.5, 0.6])) is None
    assert sample_size(np.full(9, np.nan)) is None


def test_z_is_that_of_the_binomial_law() -> None:
    z = z_against_guessing(np.array([0.05]), classes=10, samples=1000)
    assert scipy.stats.norm.cdf(z) == pytest.approx(scipy.stats.binom.cdf(50, 1000, 0.1), abs=1e-6)
    assert z_against_guessing(np.array([0.1, 0.1]), 10, 500) == pytest.approx(0)


def test_calmness_of_fresh_samples_is_about_a_standard_normal() -> None:
    random = np.random.default_rng(11)
    found = [calmness(random.binomial(400, 0.85, 40) / 400, 400) for _ in range(500)]
    assert np.mean(found) == pytest.approx(0.0, abs=0.15)
    assert np.std(found) == pytest.approx(1.0, abs=0.15)


def test_accuracies_that_stand_still_are_calm() -> None:
    assert calmness(np.full(20, 0.9), 1000) > 10.0
    assert calmness(np.full(4, 0.9), 1000) == 0.0
