"""A course with one hump: fitted whole, never worse than a valley, and no better than its pieces allow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.humped_course import humped_fit
from loglens.statistics.isotonic import valley_fit


def test_a_course_with_a_hump_is_fitted_whole() -> None:
    t = np.arange(40.0)
    course = np.exp(-t / 6) + 0.4 * np.exp(-0.5 * ((t - 20) / 4) ** 2)
    fit, _ = humped_fit(course)
    assert np.max(np.abs(fit - course)) < 1e-12
    assert np.max(np.abs(valley_fit(course).fit - course)) > 0.1


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=25))
def test_never_worse_than_a_valley_and_falls_rises_falls_rises(values: list[float]) -> None:
    array = np.array(values)
    fit, levels = humped_fit(array)
    assert np.sum((array - fit) ** 2) <= np.sum((array - valley_fit(array).fit) ** 2) + 1e-9
    signs = np.sign(np.diff(fit))
    signs = signs[signs != 0]
    assert np.count_nonzero(signs[1:] != signs[:-1]) <= 3
    assert 1 <= levels <= len(values)


@pytest.mark.parametrize("seed", range(5))
def test_finds_the_best_of_all_places_for_a_clear_hump(seed: int) -> None:
    """Against the slow search over every place."""
    t = np.arange(30.0)
    hump = np.exp(-t / 4) + 0.5 * np.exp(-0.5 * ((t - 15) / 3) ** 2)
    values = hump + 0.03 * np.random.default_rng(seed).standard_normal(30)
    errors = [
        float(np.sum((values[:k] - valley_fit(values[:k]).fit) ** 2))
        + float(np.sum((values[k:] - valley_fit(values[k:]).fit) ** 2))
        for k in range(1, 30)
    ]
    fit, _ = humped_fit(values)
    assert np.sum((values - fit) ** 2) <= 1.2 * min(errors)
