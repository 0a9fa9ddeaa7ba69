"""Local regression: exact on parabolas, equal to a slow reference, blind to the units of x, split at breaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.events.series import Floats
from loglens.statistics.local_regression import local_regression


def slow_local_parabola(x: Floats, y: Floats, nearest: int) -> Floats:
    """One weighted least-squares fit a point, by numpy's polyfit."""
    fit = np.empty(len(x))
    for i, centre in enumerate(x):
        distance = np.abs(x - centre)
        reach = np.sort(distance)[nearest - 1] * 1.0001
        weights = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3
        fit[i] = np.polyval(np.polyfit(x - centre, y, 2, w=np.sqrt(weights)), 0.0)
    return fit


@given(st.integers(5, 60), st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
@settings(deadline=None)
def test_a_parabola_is_its_own_fit(n: int, a: float, b: float, c: float) -> None:
    x = np.linspace(0, 1, n)
    y = a + b * x + c * x * x
    assert local_regression(x, y).fit == pytest.approx(y, abs=1e-5)


def test_equals_the_slow_reference_on_an_irregular_grid() -> None:
    random = np.random.default_rng(1)
    x = np.cumsum(random.uniform(0.2, 2.0, 40))
    y = np.exp(-x / 10) + 0.05 * random.standard_normal(40)
    fit = local_regression(x, y, shares=(0.5,))
    assert fit.fit == pytest.approx(slow_local_parabola(x, y, 20), abs=1e-4)
    assert fit.hat @ y == pytest.approx(fit.fit)


def test_units_of_the_axis_do_not_matter() -> None:
    random = np.random.default_rng(2)
    x = np.arange(30.0)
    y = random.standard_normal(30)
    assert local_regression(1e6 + 977 * x, y).fit == pytest.approx(local_regression(x, y).fit, abs=1e-4)


def test_the_noise_is_estimated() -> None:
    random = np.random.default_rng(3)
    x = np.arange(150.0)
    sds = [local_regression(x, np.exp(-x / 40) + 0.1 * random.standard_normal(150)).sd for _ in range(30)]
    assert float(np.mean(sds)) == pytest.approx(0.1, rel=0.05)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=4))
def test_few_points_are_averaged(values: list[float]) -> None:
    y = np.array(values)
    assert local_regression(np.arange(float(len(y))), y).fit == pytest.approx(np.full(len(y), y.mean()))
