"""The lower bound of a standard deviation against SciPy's chi-square law and its coverage in simulation."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from loglens.statistics.spread import chi_square_quantile, excess_kurtosis, sd_lower_bound


@pytest.mark.parametrize("degrees", [2, 3.5, 7, 20, 300])
@pytest.mark.parametrize("probability", [0.5, 0.9, 0.95, 0.99])
def test_chi_square_quantile(degrees: float, probability: float) -> None:
    exact = scipy.stats.chi2.ppf(probability, degrees)
    assert chi_square_quantile(probability, degrees) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("degrees", [2.04, 3, 5, 20])
def test_a_low_quantile_of_few_degrees_is_never_told_too_high(degrees: float) -> None:
    exact = scipy.stats.chi2.ppf(0.05, degrees)
    assert 0.75 * exact < chi_square_quantile(0.05, degrees) < exact
    if degrees >= 5:
        assert chi_square_quantile(0.05, degrees) == pytest.approx(exact, rel=0.02)


def test_kurtosis_of_known_laws() -> None:
    rng = np.random.default_rng(5)
    assert excess_kurtosis(rng.standard_normal(200_000)) == pytest.approx(0, abs=0.05)
    assert excess_kurtosis(rng.uniform(size=200_000)) == pytest.approx(-1.2, abs=0.05)
    assert excess_kurtosis(rng.laplace(size=400_000)) == pytest.approx(3, abs=0.25)
    assert excess_kurtosis(np.full(5, 2.0)) == 0


@pytest.mark.parametrize("count", [8, 16, 40, 200])
def test_bound_lies_below_the_truth_as_often_as_it_says(count: int) -> None:
    rng = np.random.default_rng(count)
    below = np.mean([sd_lower_bound(rng.standard_normal(count), count, 0.95) < 1 for _ in range(2000)])
    assert 0.94 < below < 0.99  # 2,000 draws at .95: two standard errors are .01; the kurtosis term only widens


def test_bound_with_heavy_tails_does_not_overclaim() -> None:
    rng = np.random.default_rng(3)
    draws = rng.laplace(scale=np.sqrt(0.5), size=(2000, 30))
    below = np.mean([sd_lower_bound(row, 30, 0.95) < 1 for row in draws])
    plain = np.mean(np.sqrt((draws**2).sum(1) / scipy.stats.chi2.ppf(0.95, 30)) < 1)
    assert below > 0.92
    assert below > plain + 0.02


def test_bound_scales_with_the_residuals() -> None:
    residuals = np.sin(np.arange(20.0))
    assert sd_lower_bound(3 * residuals, 12, 0.95) == pytest.approx(3 * sd_lower_bound(residuals, 12, 0.95))
