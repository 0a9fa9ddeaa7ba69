"""How high noise reaches: against the exact quantile of the maximum for known laws, with and without spikes."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
import scipy.stats

from loglens.statistics.upper_tail import noise_reach

LAWS = {
    "normal": scipy.stats.norm(),
    "t4": scipy.stats.t(4),
    "log-normal": scipy.stats.lognorm(0.5),
}


@pytest.mark.parametrize("law", list(LAWS))
@pytest.mark.parametrize("n", [2000, 20_000])
def test_is_near_the_exact_level(law: str, n: int) -> None:
    rng = np.random.default_rng(n)
    exact = LAWS[law].ppf(1 - 0.05 / n) - LAWS[law].median()
    found = np.median(
        [noise_reach(LAWS[law].rvs(n, random_state=rng), n, 0.05) - LAWS[law].median() for _ in range(30)]
    )
    # a tail that is extrapolated from quantiles; t4 is no g-and-h law, and reads up to a third too low
    assert exact / 1.5 < found < 1.35 * exact


def test_a_few_spikes_hardly_move_it() -> None:
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(20):
        noise = rng.standard_normal(3000)
        spiked = noise.copy()
        spiked[rng.integers(0, 3000, 6)] += 40
        ratios.append(noise_reach(spiked, 3000, 0.05) / noise_reach(noise, 3000, 0.05))
    assert np.median(ratios) < 1.25


def test_follows_scale_and_shift() -> None:
    values = np.random.default_rng(3).gumbel(size=700)
    one = noise_reach(values, 700, 0.02)
    assert noise_reach(5 * values + 2, 700, 0.02) == pytest.approx(5 * one + 2)


def test_rarer_alarms_and_more_values_need_more_height() -> None:
    values = np.random.default_rng(4).standard_normal(1000)
    assert noise_reach(values, 1000, 0.01) > noise_reach(values, 1000, 0.1)
    assert noise_reach(values, 100_000, 0.05) > noise_reach(values, 10_000, 0.05)


def test_a_normal_law_is_read_as_one() -> None:
    exact_scores = np.array([NormalDist().inv_cdf(p) for p in (np.arange(5000) + 0.5) / 5000])
    values = np.random.default_rng(5).permutation(exact_scores)
    assert noise_reach(values, 5000, 0.05) == pytest.approx(NormalDist().inv_cdf(1 - 1e-5), rel=0.15)


def test_values_that_hardly_vary() -> None:
    assert noise_reach(np.r_[np.zeros(99), 1.0], 100, 0.05) == 1.0
