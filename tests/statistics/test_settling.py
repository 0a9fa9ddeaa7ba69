"""Settling courses against dense generalised least squares over all forms, exact courses, steps, and invariances."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics import settling as module
from loglens.statistics.first_order import first_order_noise
from loglens.statistics.settling import SteppedPoints, settling

NONE = np.empty(0, dtype=np.int64)


def points(values: np.ndarray, steps: tuple[int, ...] = ()) -> SteppedPoints:
    n = len(values)
    return SteppedPoints(np.arange(n, dtype=np.float64), values, np.ones(n), np.array(steps, dtype=np.int64))


def noisy(course: np.ndarray, sd: float, phi: float = 0.0, seed: int = 0) -> np.ndarray:
    return course + sd * first_order_noise(np.random.default_rng(seed).standard_normal(len(course)), phi)


def by_dense_algebra(seen: SteppedPoints, usual_sd: float, last: int, level: float) -> tuple[float, float, int]:
    """Gain, its error and the onset: every course by itself, with covariance matrices written out."""
    n, forms = len(seen.values), module._forms(seen.x.tobytes())
    base = np.stack([np.ones(n), *(np.arange(n) < at for at in seen.steps)], axis=1)
    found = []
    for phi in module.MEMORIES:
        apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        covariance = phi**apart / (1.0 - phi**2) * np.outer(seen.scatter, seen.scatter)  # of fresh variance 1
        differences = np.zeros((n - 2, n))
        for i in range(n - 2):
            differences[i, i : i + 3] = np.array([0.5, -1.0, 0.5]) * math.sqrt(2.0 / 3.0)
        shown = differences @ (phi**apart / (1.0 - phi**2)) @ differences.T
        fresh = usual_sd**2 / shown[0, 0]
        inverse = np.linalg.inv(covariance)
        for j, fall in enumerate(forms.falls):
            for e, drop in enumerate(forms.drops):
                with_fall, with_drop = j < len(forms.falls) - 1, e < len(forms.drops) - 1
                columns = np.column_stack([base, *([fall] if with_fall else []), *([drop] if with_drop else [])])
                ridge = np.zeros(columns.shape[1])
                if with_drop:
                    ridge[-1] = fresh / module.DROP_SIZE**2
                precision = columns.T @ inverse @ columns + np.diag(ridge)
                amounts = np.linalg.solve(precision, columns.T @ inverse @ seen.values)
                sizes = amounts[base.shape[1] :]
                if (sizes < 0).any():
                    continue
                left = seen.values @ inverse @ seen.values - amounts @ precision @ amounts
                left += module.USUAL_POINTS * fresh
                degrees = n - base.shape[1] - 1 + module.USUAL_POINTS
                log_weight = -0.5 * (degrees * math.log(left) + np.linalg.slogdet(precision)[1])
                log_weight += 0.5 * math.log(1.0 - phi**2) + math.log(1.0 - phi)
                log_weight += 0.5 * math.log(2.0 * math.pi * fresh) if with_fall else 0.0
                log_weight += math.log(2.0 * math.sqrt(fresh) / module.DROP_SIZE) if with_drop else 0.0
                kinds = (len(module.EXPONENTIALS), len(module.POWER_LAWS), len(module.SUMS), len(module.RAMPS))
                kind = min(int(np.searchsorted(np.cumsum(kinds), j, side="right")), len(kinds) - 1)
                log_weight += math.log(
                    (1.0 - module.ALONE) * module.SHARES[kind] / kinds[kind] if with_fall else module.ALONE
                )
                drops = len(forms.drops) - 1
                log_weight += math.log(module.DROP / drops if with_drop else 1.0 - module.DROP)
                course = columns[:, 1:] @ amounts[1:]
                change = columns[-last, base.shape[1] :] - columns[-1, base.shape[1] :]
                variance = left / degrees * change @ np.linalg.inv(precision)[base.shape[1] :, base.shape[1] :] @ change
                away = np.flatnonzero(course - course[-1] > level)
                found.append((log_weight, sizes @ change, variance, int(away[-1]) + 1 if len(away) else 0))
    log_weights, means, variances, onsets = (np.array(part) for part in zip(*found, strict=True))
    weights = np.where(
        log_weights > log_weights.max() + module.LOG_NEGLIGIBLE, np.exp(log_weights - log_weights.max()), 0
    )
    weights /= weights.sum()
    mean = float(weights @ means)
    error = math.sqrt(float(weights @ (variances + (means - mean) ** 2)))
    return mean, error, int(np.searchsorted(np.cumsum(np.bincount(onsets, weights)), module.MIDDLE))


@pytest.mark.parametrize(
    ("steps", "phi", "seed"), [((), 0.0, 1), ((), 0.6, 2), ((7,), 0.3, 3), ((5, 9), 0.0, 4), ((), 0.0, 5)]
)
def test_as_dense_generalised_least_squares(steps: tuple[int, ...], phi: float, seed: int) -> None:
    t = np.arange(14) / 13
    course = np.exp(-5 * t) + 0.2 * (t < 0.5) + sum(0.1 * (np.arange(14) < at) for at in steps)
    seen = replace(points(noisy(course, 0.03, phi, seed), steps), scatter=1.0 + 0.5 * np.exp(-5 * t))
    told = settling(seen, 0.02, 5, 0.03)
    mean, error, since = by_dense_algebra(seen, 0.02, 5, 0.03)
    assert told.gain.mean == pytest.approx(mean, rel=1e-6, abs=1e-9)
    assert told.gain.error == pytest.approx(error, rel=1e-6, abs=1e-9)
    assert told.since == since


@pytest.mark.parametrize("tau", module.EXPONENTIALS[:6])
def test_an_exponential_settles_where_it_does(tau: float) -> None:
    course = np.exp(-np.linspace(0.0, 1.0, 60) / tau)
    told = settling(points(noisy(course, 1e-4)), 1e-4, 15, 0.03)
    assert abs(told.since - int(np.argmax(course - course[-1] <= 0.03))) <= 1
    assert told.gain.mean == pytest.approx(course[-15] - course[-1], abs=1e-3)


def test_a_late_drop_is_where_it_settles() -> None:
    """Up to the distance of the places where a drop may come."""
    course = np.exp(-np.linspace(0.0, 1.0, 40) / 0.05) + 0.4 * (np.arange(40) < 22)
    assert abs(settling(points(noisy(course, 0.01)), 0.01, 10, 0.03).since - 22) <= 2


def test_a_level_is_settled_from_the_start() -> None:
    told = settling(points(noisy(np.zeros(40), 0.01)), 0.01, 10, 0.03)
    assert told.since == 0
    assert told.gain.above(0.02) < 0.02


def test_a_known_step_counts_as_a_fall() -> None:
    course = np.exp(-np.linspace(0.0, 1.0, 40) / 0.05) + 0.2 * (np.arange(40) < 30)
    told = settling(points(noisy(course, 0.01), (30,)), 0.01, 5, 0.03)
    assert told.since == 30
    assert told.gain.above(0.02) < 0.02


@given(st.integers(0, 50), st.floats(0.01, 100), st.floats(-1000, 1000), st.floats(-5, 5))
def test_neither_the_unit_of_the_steps_nor_a_level_matters(seed: int, unit: float, first: float, level: float) -> None:
    seen = points(noisy(np.exp(-np.linspace(0.0, 8.0, 20)), 0.03, 0.4, seed))
    moved = replace(seen, x=first + unit * seen.x, values=seen.values + level)
    told, again = settling(seen, 0.03, 5, 0.03), settling(moved, 0.03, 5, 0.03)
    assert again.since == told.since
    assert again.gain.mean == pytest.approx(told.gain.mean, abs=1e-6)


def test_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="5 values"):
        settling(points(np.zeros(4)), 0.01, 2, 0.03)
