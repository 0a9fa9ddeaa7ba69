"""Trailing medians and local scales against the obvious slow way."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.trailing import local_scale, trailing_median


def test_is_causal_and_the_median_of_a_recent_window() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal(500)
    window = 21
    found = trailing_median(values, window)
    assert len(found) == 500 - window
    stride = window // 8
    for i in range(len(found)):
        start = i // stride * stride
        assert found[i] == np.median(values[start : start + window])
    changed = values.copy()
    changed[300:] = 1e9
    np.testing.assert_array_equal(trailing_median(changed, window)[: 300 - window], found[: 300 - window])


def test_many_windows_are_the_same_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).standard_normal(3000)
    whole = trailing_median(values, 65)
    monkeypatch.setattr("loglens.statistics.trailing.WINDOWS_AT_ONCE", 7)
    np.testing.assert_array_equal(trailing_median(values, 65), whole)


def test_scale_follows_the_noise_and_ignores_spikes() -> None:
    rng = np.random.default_rng(2)
    sd = np.where(np.arange(6000) < 3000, 1.0, 3.0)
    residuals = sd * rng.standard_normal(6000)
    residuals[::50] += 100
    found = local_scale(residuals, 300)
    assert np.median(found[:2500]) == pytest.approx(1, rel=0.1)
    assert np.median(found[3500:]) == pytest.approx(3, rel=0.1)


def test_scale_of_a_flat_stretch_is_not_zero() -> None:
    residuals = np.r_[np.zeros(500), np.ones(1000)]
    assert (local_scale(residuals, 50) > 0).all()


def test_scale_is_the_larger_of_before_and_after() -> None:
    """The last points before the noise falls are no wonder, nor the first ones after it grew."""
    rng = np.random.default_rng(3)
    sd = np.where(np.arange(4000) < 2000, 1.0, 0.05)
    found = local_scale(sd * rng.standard_normal(4000), 200)
    assert found[1950:2000].min() > 0.6
    backwards = local_scale((sd * rng.standard_normal(4000))[::-1], 200)
    assert backwards[2000:2050].min() > 0.6
