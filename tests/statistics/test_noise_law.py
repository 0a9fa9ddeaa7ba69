"""The law of noise: against the exact quantiles of known laws, with and without spikes."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
import scipy.stats

from loglens.statistics.noise_law import NoiseLaw, noise_law

LAWS = {
    "normal": scipy.stats.norm(),
    "t4": scipy.stats.t(4),
    "t8": scipy.stats.t(8),
    "log-normal": scipy.stats.lognorm(0.5),
}
SCORES = np.linspace(-4.0, 5.0, 37)


def law_of(values: np.ndarray, by_maxima: float = 0.8) -> NoiseLaw:
    found = noise_law(values, by_maxima=by_maxima)
    assert found is not None
    return found


@pytest.mark.parametrize("law", list(LAWS))
@pytest.mark.parametrize("n", [2000, 20_000])
def test_a_score_is_near_the_exact_one(law: str, n: int) -> None:
    """What one of these laws exceeds once in n values gets the normal score of that probability."""
    rng = np.random.default_rng(n)
    rare = np.array([LAWS[law].isf(1 / n)])
    scores = [float(law_of(LAWS[law].rvs(n, random_state=rng)).scores(rare)[0]) for _ in range(30)]
    assert np.median(scores) == pytest.approx(NormalDist().inv_cdf(1 - 1 / n), rel=0.1)


@pytest.mark.parametrize("degrees", [3, 4, 8, 30])
def test_elongation_is_that_of_students_t(degrees: int) -> None:
    """Wallace's approximation: within a tenth of the exact quantiles up to one in a hundred thousand."""
    law = NoiseLaw(0.0, 1.0, 0.0, 1.0 / degrees)
    scores = np.linspace(0.5, 4.2, 30)
    exact = scipy.stats.t(degrees).isf(scipy.stats.norm.sf(scores))
    np.testing.assert_allclose(law.quantiles(scores), exact, rtol=0.3 if degrees == 3 else 0.1)


def test_skew_is_that_of_a_log_normal_law() -> None:
    law = NoiseLaw(0.0, 0.7, 0.7, 0.0)
    np.testing.assert_allclose(law.quantiles(SCORES), np.expm1(0.7 * SCORES), rtol=1e-5)


def test_scores_are_the_inverse_of_quantiles() -> None:
    law = NoiseLaw(2.0, 0.3, 0.4, 0.2)
    np.testing.assert_allclose(law.scores(law.quantiles(SCORES)), SCORES, atol=1e-3)


def test_a_few_spikes_hardly_move_it() -> None:
    rng = np.random.default_rng(1)
    changes = []
    for _ in range(20):
        noise = rng.standard_normal(3000)
        spiked = noise.copy()
        spiked[rng.integers(0, 3000, 6)] += 40
        at = np.array([4.5])
        changes.append(float((law_of(noise).scores(at) - law_of(spiked).scores(at))[0]))
    assert np.median(changes) < 0.3


def test_follows_scale_and_shift() -> None:
    values = np.random.default_rng(3).gumbel(size=700)
    np.testing.assert_allclose(law_of(5 * values + 2).scores(5 * values + 2), law_of(values).scores(values), atol=1e-9)


def test_a_margin_makes_it_heavier() -> None:
    values = np.random.default_rng(4).standard_normal(1000)
    plain, careful = law_of(values), noise_law(values, by_maxima=0.8, margin=3.0)
    assert careful is not None
    assert (careful.scores(np.array([4.0, 6.0])) < plain.scores(np.array([4.0, 6.0]))).all()


def test_values_that_hardly_vary_have_no_law() -> None:
    assert noise_law(np.r_[np.zeros(99), 1.0], by_maxima=0.8) is None
