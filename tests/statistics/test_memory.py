"""How much noise remembers: recovery of a known coefficient, the likelihood written out, writers that smooth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.events.series import Floats
from loglens.statistics.first_order import first_order_noise
from loglens.statistics.memory import GRID, first_order_memory, smoothed_span


@pytest.mark.parametrize("phi", [0.05, 0.5, 0.8])
def test_the_posterior_finds_the_memory_under_a_trend(phi: float) -> None:
    random = np.random.default_rng(2)
    t = np.linspace(0, 1, 400)
    means = [
        first_order_memory(first_order_noise(random.standard_normal(400), phi) + 20 * np.exp(-8 * t) + 3 * t, 200).mean
        for _ in range(20)
    ]
    assert float(np.mean(means)) == pytest.approx(phi, abs=0.07)


def test_the_posterior_equals_the_restricted_likelihood_written_out() -> None:
    """Against the textbook form with the full covariance matrix of the noise, integrated over the course."""
    random = np.random.default_rng(5)
    n, bottom = 16, 7
    values = first_order_noise(random.standard_normal(n), 0.35)
    t = np.linspace(0, 1, n)
    course = np.stack([np.ones(n), t, np.exp(-8 * t), t * t, np.maximum(t - t[bottom], 0)], axis=1)
    logs = []
    for phi in GRID:
        covariance = phi ** np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / (1 - phi**2)
        inverse = np.linalg.inv(covariance)
        inner = course.T @ inverse @ course
        residual = values - course @ np.linalg.solve(inner, course.T @ inverse @ values)
        square = float(residual @ inverse @ residual)
        logs.append(
            -0.5 * np.linalg.slogdet(covariance)[1]
            - 0.5 * np.linalg.slogdet(inner)[1]
            - 0.5 * (n - course.shape[1]) * np.log(square)
        )
    expected = np.exp(np.array(logs) - max(logs)) * (1 - np.abs(GRID))
    memory = first_order_memory(values, bottom)
    assert memory.weights == pytest.approx(expected / expected.sum(), abs=2e-4)


@given(st.lists(st.floats(-1e6, 1e6), max_size=60), st.integers(-5, 80))
def test_any_values_give_a_distribution(values: list[float], bottom: int) -> None:
    memory = first_order_memory(np.array(values, dtype=np.float64), bottom)
    assert float(memory.weights.sum()) == pytest.approx(1.0)
    assert np.all(memory.weights >= 0)


def averaged(values: Floats, weight: float) -> Floats:
    smooth = values.copy()
    for i in range(1, len(values)):
        smooth[i] = weight * smooth[i - 1] + (1 - weight) * values[i]
    return smooth


@pytest.mark.parametrize("weight", [0.9, 0.98])
def test_a_writer_that_smooths_is_recognised(weight: float) -> None:
    values = averaged(np.random.default_rng(6).standard_normal(20_000), weight)
    assert smoothed_span(values) == pytest.approx((1 + weight) / (1 - weight), rel=0.3)


@pytest.mark.parametrize("n", [80, 200, 2000])
def test_independent_points_are_not_called_smoothed(n: int) -> None:
    random = np.random.default_rng(7)
    spans = [smoothed_span(random.standard_normal(n)) for _ in range(200)]
    assert sum(span > 1.0 for span in spans) <= 2
