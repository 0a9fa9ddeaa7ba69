"""First-order noise against its covariance matrix, phi to the power of how far two points are apart."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.events.series import Floats
from loglens.statistics.first_order import difference_variance, first_order_noise, whitened, whitened_by_each
from loglens.statistics.noise import second_differences

MEMORIES = [-0.5, 0.0, 0.5, 0.9]


def covariance(points: int, phi: float) -> Floats:
    return np.asarray(phi ** np.abs(np.subtract.outer(np.arange(points), np.arange(points))), dtype=np.float64)


@pytest.mark.parametrize("phi", MEMORIES)
def test_noise_has_unit_variance_and_the_memory_asked_for(phi: float) -> None:
    noise = first_order_noise(np.random.default_rng(1).standard_normal((5000, 60)), phi)
    assert float(noise.var()) == pytest.approx(1.0, rel=0.06)
    assert float(np.mean(noise[:, 1:] * noise[:, :-1])) == pytest.approx(phi, abs=0.03)


@pytest.mark.parametrize("phi", MEMORIES)
def test_whitened_noise_is_independent_with_the_variance_of_what_is_new(phi: float) -> None:
    whitening = whitened(np.eye(7), phi)
    assert whitening @ covariance(7, phi) @ whitening.T == pytest.approx((1.0 - phi * phi) * np.eye(7), abs=1e-12)


@pytest.mark.parametrize("phi", MEMORIES)
def test_whitening_undoes_the_noise(phi: float) -> None:
    white = np.random.default_rng(2).standard_normal(50)
    new = whitened(first_order_noise(white, phi), phi)
    assert new == pytest.approx(np.sqrt(1.0 - phi * phi) * white, abs=1e-12)


def test_columns_whitened_by_each_memory_are_those_whitened_by_one() -> None:
    columns = np.random.default_rng(3).standard_normal((20, 4))
    for one, phi in zip(whitened_by_each(columns, np.array(MEMORIES)), MEMORIES, strict=True):
        np.testing.assert_array_equal(one, whitened(columns, phi))


@pytest.mark.parametrize("phi", MEMORIES)
def test_second_differences_show_the_variance_that_their_weights_give(phi: float) -> None:
    weights = second_differences(np.eye(3))
    assert weights @ covariance(3, phi) @ weights.T == pytest.approx(difference_variance(phi), abs=1e-12)
