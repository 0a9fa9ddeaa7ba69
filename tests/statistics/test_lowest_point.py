"""The lowest point before a rise: against each pair of forms fitted on its own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.events.series import Floats
from loglens.statistics import lowest_point as module
from loglens.statistics.lowest_point import lowest_point
from loglens.statistics.turning_point import turning_point

T = np.linspace(0.0, 1.0, 30)


def course(kink: float, height: float = 0.3) -> Floats:
    return np.exp(-T / 0.1) + height * np.maximum(T - kink, 0.0)


def one_by_one(values: Floats, scatter: Floats, first: int) -> int:
    """The same median, each pair of a fall and a rise by its own least squares and its own determinant."""
    falls, rises = module._forms(len(values))
    root = 1.0 / scatter
    found: list[tuple[float, int]] = []
    for fall in falls.T:
        for rise in rises.T:
            columns = np.stack((np.ones(len(values)), fall, rise), axis=1)
            white = columns * root[:, None]
            amounts = np.linalg.lstsq(white, values * root, rcond=None)[0]
            if amounts[1] <= 0.0 or amounts[2] <= 0.0:
                continue
            rest = values * root - white @ amounts
            determinant = np.linalg.slogdet(white.T @ white)[1]
            log_weight = -0.5 * (len(values) - 3) * math.log(float(rest @ rest)) - 0.5 * determinant
            found.append((log_weight, int(np.argmin((columns @ amounts)[first:]))))
    log_weights, places = np.array([w for w, _ in found]), np.array([place for _, place in found])
    weights = np.exp(log_weights - log_weights.max())
    order = np.argsort(places, kind="stable")
    above = np.cumsum(weights[order])
    return first + int(places[order][np.searchsorted(above, 0.5 * above[-1])])


@pytest.mark.parametrize("seed", range(6))
def test_is_the_median_of_all_pairs_fitted_one_by_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = course(random.uniform(0.3, 0.7))[::2] + 0.02 * random.standard_normal(15)
    scatter = 1.0 + np.exp(-T[::2] / 0.1)
    assert lowest_point(values, scatter, 2) == one_by_one(values, scatter, 2)


@pytest.mark.parametrize("kink", [0.35, 0.5, 0.65])
def test_without_noise_it_is_the_minimum(kink: float) -> None:
    found = lowest_point(course(kink), np.ones(30), 0)
    assert found is not None
    assert abs(found - int(np.argmin(course(kink)))) <= 1


def test_places_it_better_than_the_average_of_local_fits() -> None:
    random = np.random.default_rng(3)
    errors, local = [], []
    for _ in range(200):
        clean = course(random.uniform(0.25, 0.7), random.uniform(0.05, 0.4))
        values, lowest = clean + 0.01 * random.standard_normal(30), int(np.argmin(clean))
        found = lowest_point(values, np.ones(30), 3)
        assert found is not None
        errors.append(abs(found - lowest))
        local.append(abs(3 + turning_point(values[3:]).bottom - lowest))
    assert float(np.mean(errors)) < 0.9 * float(np.mean(local))


@given(st.floats(1e-6, 1e6), st.floats(-100.0, 100.0))
def test_scale_and_level_do_not_matter(scale: float, level: float) -> None:
    values = course(0.5) + 0.01 * np.random.default_rng(2).standard_normal(30)
    assert lowest_point(scale * (values + level), np.ones(30), 0) == lowest_point(values, np.ones(30), 0)


def test_wild_points_that_are_known_to_scatter_do_not_move_it() -> None:
    values, scatter = course(0.5), np.ones(30)
    values[:3] += (3.0, -2.0, 2.0)
    scatter[:3] = 1e3
    found = lowest_point(values, scatter, 3)
    assert found is not None
    assert abs(found - int(np.argmin(course(0.5)))) <= 1


def test_a_fall_to_the_end_is_lowest_there() -> None:
    assert lowest_point(np.exp(-T / 0.1), np.ones(30), 0) == 29


def test_of_constants_and_few_points_nothing_is_told() -> None:
    assert lowest_point(np.ones(30), np.ones(30), 0) is None
    assert lowest_point(np.array([3.0, 1.0, 2.0]), np.ones(3), 0) is None
