"""The lowest point before a rise: against each pair of forms fitted on its own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.events.series import Floats
from loglens.statistics import lowest_point as module
from loglens.statistics.lowest_point import ALIKE, GAP, NoisyPoints, lowest_point
from loglens.statistics.turning_point import turning_point

T = np.linspace(0.0, 1.0, 30)


def course(kink: float, height: float = 0.3) -> Floats:
    return np.exp(-T / 0.1) + height * np.maximum(T - kink, 0.0)


def even(values: Floats) -> NoisyPoints:
    return NoisyPoints(values, np.ones(len(values)))


def rough(values: Floats, fall: Floats, noise: float = 0.01) -> NoisyPoints:
    """Of noise that is known around a fall that lies between the forms: they miss it by up to a tenth of its height."""
    return NoisyPoints(values, np.hypot(noise, 0.1 * fall))


def some_fall(random: np.random.Generator) -> Floats:
    """An exponential or a power law, from 1 down."""
    if random.integers(2):
        return np.asarray(np.exp(-T / random.uniform(0.05, 0.2)))
    return np.asarray((1.0 + T / random.uniform(0.02, 0.1)) ** -random.uniform(0.6, 1.5))


def one_by_one(points: NoisyPoints, first: int, train: NoisyPoints | None = None) -> int:
    """The same median, each pair of a fall and a rise by its own least squares and its own determinant.

    With a train curve both are fitted at once: a row more says that the amounts of the fall are about the same.
    """
    n = len(points.values)
    falls, rises, further = module._forms(n)
    found: list[tuple[float, int]] = []
    for fall in falls.T:
        for rise, fallen in zip(rises.T, further.T, strict=True):
            matrix = np.stack((np.ones(n), fall, rise), axis=1) / points.sd[:, None]
            y = points.values / points.sd
            if train is not None:
                gap = np.exp(-np.linspace(0.0, 1.0, n) / GAP)
                beside = np.stack((fall, -fallen, np.ones(n), gap), axis=1) / train.sd[:, None]
                matrix = np.block([[matrix, np.zeros((n, 4))], [np.zeros((n, 3)), beside]])
                alike = np.array([[0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0]]) / (ALIKE * np.ptp(points.values))
                matrix, y = np.concatenate((matrix, alike)), np.concatenate((y, train.values / train.sd, (0.0,)))
            amounts = np.linalg.lstsq(matrix, y, rcond=None)[0]
            if np.any(amounts[[1, 2] if train is None else [1, 2, 3, 4]] <= 0.0):
                continue
            rest = y - matrix @ amounts
            freedom = len(y) - matrix.shape[1]
            log_weight = -0.5 * freedom * math.log(float(rest @ rest)) - 0.5 * np.linalg.slogdet(matrix.T @ matrix)[1]
            course = amounts[0] + fall * amounts[1] + rise * amounts[2]
            found.append((log_weight, int(np.argmin(course[first:]))))
    log_weights, places = np.array([w for w, _ in found]), np.array([place for _, place in found])
    weights = np.exp(log_weights - log_weights.max())
    order = np.argsort(places, kind="stable")
    above = np.cumsum(weights[order])
    return first + int(places[order][np.searchsorted(above, 0.5 * above[-1])])


@pytest.mark.parametrize("seed", range(6))
def test_is_the_median_of_all_pairs_fitted_one_by_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = course(random.uniform(0.3, 0.7))[::2] + 0.02 * random.standard_normal(15)
    points = NoisyPoints(values, 0.02 * (1.0 + np.exp(-T[::2] / 0.1)))
    assert lowest_point(points, 2) == one_by_one(points, 2)


@pytest.mark.parametrize("seed", range(4))
def test_with_a_train_curve_it_is_the_median_of_all_pairs_fitted_to_both(seed: int) -> None:
    random = np.random.default_rng(seed)
    kink, t = random.uniform(0.3, 0.7), T[::2]
    points = NoisyPoints(course(kink)[::2] + 0.02 * random.standard_normal(15), 0.02 * (1.0 + np.exp(-t / 0.1)))
    below = np.exp(-t / 0.1) - 0.1 * (1.0 - np.exp(-t / 0.3)) - 0.15 * np.maximum(t - kink, 0.0)
    train = NoisyPoints(0.8 * below + 0.01 * random.standard_normal(15), np.full(15, 0.01))
    assert lowest_point(points, 2, train) == one_by_one(points, 2, train)


def test_a_train_curve_that_falls_further_from_there_on_helps() -> None:
    random = np.random.default_rng(8)
    alone: list[int] = []
    both: list[int] = []
    for _ in range(200):
        fall, after = some_fall(random), np.maximum(T - random.uniform(0.3, 0.7), 0.0)
        clean, further = fall + 0.2 * after, fall - 0.1 * (1.0 - np.exp(-T / 0.3)) - 0.1 * after
        points = rough(clean + 0.01 * random.standard_normal(30), fall)
        train = rough(further + 0.005 * random.standard_normal(30), fall, 0.005)
        for errors, found in ((alone, lowest_point(points, 3)), (both, lowest_point(points, 3, train))):
            assert found is not None
            errors.append(abs(found - int(np.argmin(clean))))
    assert float(np.mean(both)) < 0.9 * float(np.mean(alone))


def test_a_train_curve_that_rises_along_tells_nothing() -> None:
    values = course(0.5) + 0.01 * np.random.default_rng(4).standard_normal(30)
    points = rough(values, np.exp(-T / 0.1))
    along = NoisyPoints(np.exp(-T / 0.1) + np.maximum(T - 0.2, 0.0) ** 2, np.full(30, 1e-4))
    assert lowest_point(points, 0, along) == lowest_point(points, 0)


@pytest.mark.parametrize("kink", [0.35, 0.5, 0.65])
def test_without_noise_it_is_the_minimum(kink: float) -> None:
    found = lowest_point(rough(course(kink), np.exp(-T / 0.1), 1e-3), 0)
    assert found is not None
    assert abs(found - int(np.argmin(course(kink)))) <= 1


def test_places_it_better_than_the_average_of_local_fits() -> None:
    random = np.random.default_rng(3)
    errors, local = [], []
    for _ in range(200):
        fall, after = some_fall(random), np.maximum(T - random.uniform(0.25, 0.7), 0.0)
        clean = fall + random.uniform(0.05, 0.4) * after
        values, lowest = clean + 0.01 * random.standard_normal(30), int(np.argmin(clean))
        found = lowest_point(rough(values, fall), 3)
        assert found is not None
        errors.append(abs(found - lowest))
        local.append(abs(3 + turning_point(values[3:]).bottom - lowest))
    assert float(np.mean(errors)) < 0.9 * float(np.mean(local))


@given(st.floats(1e-6, 1e6), st.floats(-100.0, 100.0))
def test_scale_and_level_do_not_matter(scale: float, level: float) -> None:
    values = course(0.5) + 0.01 * np.random.default_rng(2).standard_normal(30)
    assert lowest_point(even(scale * (values + level)), 0) == lowest_point(even(values), 0)


def test_wild_points_that_are_known_to_scatter_do_not_move_it() -> None:
    values, scatter = course(0.5), np.ones(30)
    values[:3] += (3.0, -2.0, 2.0)
    scatter[:3] = 1e3
    found = lowest_point(NoisyPoints(values, scatter), 3)
    assert found is not None
    assert abs(found - int(np.argmin(course(0.5)))) <= 1


def test_a_fall_to_the_end_is_lowest_there() -> None:
    assert lowest_point(even(np.exp(-T / 0.13)), 0) == 29


def test_of_constants_and_few_points_nothing_is_told() -> None:
    assert lowest_point(even(np.ones(30)), 0) is None
    assert lowest_point(even(np.array([3.0, 1.0, 2.0])), 0) is None
