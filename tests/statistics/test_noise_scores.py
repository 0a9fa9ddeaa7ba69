"""Scores of long curves: normal under every law they are made for, blind to scale, and high where something is."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.noise_scores import falling_sums, fitted_scores, rough_scores, trailing_window

LAWS = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "t4": lambda rng, n: rng.standard_t(4, n),
    "log-normal": lambda rng, n: np.exp(0.5 * rng.standard_normal(n)),
}


@pytest.mark.parametrize("law", list(LAWS))
def test_scores_of_noise_are_normal_above(law: str) -> None:
    """Of 40,000 values as many lie beyond 2, 3 and 4 sd as normal ones would, but for what a margin holds back."""
    rng = np.random.default_rng(7)
    values = 5.0 - np.linspace(0.0, 1.0, 40_000) + 0.1 * LAWS[law](rng, 40_000)
    scored = fitted_scores(rough_scores(values))
    assert scored is not None
    assert np.mean(scored.scores > 2.0) == pytest.approx(0.0228, rel=0.15)
    assert 0.3 * 54 < np.count_nonzero(scored.scores > 3.0) < 1.5 * 54
    assert np.count_nonzero(scored.scores > 4.0) <= 5  # 1.3 expected


def test_a_lasting_spike_tells_nothing_of_the_noise() -> None:
    values = np.random.default_rng(3).standard_normal(4000)
    values[2000:2050] += 12.0
    scored = fitted_scores(rough_scores(values))
    assert scored is not None
    at = 2000 - scored.window
    assert not scored.calm[at : at + 50].any()
    assert scored.calm[: at - 70].mean() > 0.98


def test_the_scale_of_the_values_does_not_matter() -> None:
    values = 3.0 + np.random.default_rng(1).standard_normal(600) * 0.1
    one, two = fitted_scores(rough_scores(values)), fitted_scores(rough_scores(1000 * values))
    assert one is not None
    assert two is not None
    np.testing.assert_allclose(one.scores, two.scores, atol=1e-6)


def test_sums_count_later_neighbours_for_less() -> None:
    rng = np.random.default_rng(5)
    scores, calm = rng.standard_normal(300), np.ones(300, dtype=np.bool_)
    plain = np.array([scores[i : i + 4] @ [1.0, 0.75, 0.5, 0.25] for i in range(297)])
    centred = plain - np.median(plain)
    np.testing.assert_allclose(falling_sums(scores, 4, calm), centred / (1.4826 * np.median(np.abs(centred))))


def test_half_of_the_points_equal_cannot_be_scored() -> None:
    assert fitted_scores(rough_scores(np.r_[np.full(390, 0.7), np.full(10, 0.9)])) is None


@pytest.mark.parametrize(("points", "window"), [(201, 21), (2000, 21), (10_001, 101), (1_000_000, 257)])
def test_windows_are_odd_and_bounded(points: int, window: int) -> None:
    assert trailing_window(points) == window


def test_sums_over_a_long_curve_lose_no_digits() -> None:
    """Sums of sums grow with the length of the curve; what is taken from them must not drown in their rounding."""
    scores = np.repeat([0.5, -0.5], 500_000) + np.random.default_rng(2).standard_normal(1_000_000)
    whole = falling_sums(scores, 64, np.ones(1_000_000, dtype=np.bool_))
    weights = (1.0 - np.arange(64) / 64)[::-1]
    direct = np.convolve(np.maximum(scores, -5.0), weights, "valid")
    centre = np.median(direct)
    np.testing.assert_allclose(whole, (direct - centre) / (1.4826 * np.median(np.abs(direct - centre))), atol=1e-5)
