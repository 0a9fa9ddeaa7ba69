"""Likely courses: against least squares with full covariances and against integration, and how sure the draws are."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.events.series import Floats
from loglens.statistics import likely_courses as module
from loglens.statistics.course_forms import CourseForms
from loglens.statistics.likely_courses import likely_courses

NONE = np.empty(0, dtype=np.int64)
T = np.arange(30.0)
EVEN = np.ones(30)


def _only(monkeypatch: pytest.MonkeyPatch, decay: Floats, event: Floats, weight: float, memory: float) -> None:
    forms = CourseForms(decay[:, None], event[:, None], np.array([weight]))
    monkeypatch.setattr(module, "course_forms", lambda _: forms)
    monkeypatch.setattr(module, "MEMORIES", np.array([memory]))
    monkeypatch.setattr(module, "SIZE", 30.0)
    monkeypatch.setattr(module, "ALONE", 1e-12)


def _covariance(memory: float, scatter: Floats) -> Floats:
    n = len(scatter)
    lags = np.abs(np.arange(n)[:, None] - np.arange(n))
    return np.asarray(scatter[:, None] * scatter * memory**lags)


def test_one_form_is_fitted_by_generalised_least_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, scatter, decay = 0.4, np.linspace(3.0, 1.0, 30), np.exp(-T / 8)
    _only(monkeypatch, decay, T / 29, 1e-12, memory)
    y = decay + 0.02 * np.random.default_rng(3).standard_normal(30)
    inverse = np.linalg.inv(_covariance(memory, scatter))
    design = np.stack([np.ones(30), decay], axis=1)
    amount = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ y)[1]
    found = likely_courses(T, y, scatter, NONE)
    changes = found.draws[:, 0] - found.draws[:, -1]
    assert changes.mean() == pytest.approx(amount * (decay[0] - decay[-1]), rel=0.002)
    left = y - design @ np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ y)
    variance = float(left @ inverse @ left) / 28
    error = np.sqrt(variance * np.linalg.inv(design.T @ inverse @ design)[1, 1]) * (decay[0] - decay[-1])
    assert changes.std() == pytest.approx(error, rel=0.1)


@pytest.mark.parametrize("rise", [0.0, 0.02, 0.06])
def test_the_weight_of_an_event_is_that_of_integration(monkeypatch: pytest.MonkeyPatch, rise: float) -> None:
    """Decay, or decay and turn: the share of draws with a turn against sums over a grid of amounts above 0."""
    decay, turn = np.exp(-T / 8), np.maximum(T - 15, 0) / 14
    _only(monkeypatch, decay, turn, 0.5, 0.0)
    y = decay + rise * turn + 0.02 * np.random.default_rng(4).standard_normal(30)
    centred = np.eye(30) - 1 / 30
    a, b = np.linspace(0.9, 1.1, 81)[:, None], np.linspace(0.0, 0.15, 151)
    d, t, v = centred @ decay, centred @ turn, centred @ y
    squares = v @ v + a * a * (d @ d) + b * b * (t @ t) - 2 * a * (d @ v) - 2 * b * (t @ v) + 2 * a * b * (d @ t)
    sds = np.geomspace(0.008, 0.06, 120)
    without, given = 0.0, 0.0
    for sd in sds:  # a flat prior of the logarithm of sd, and of the amount of the decay
        density = np.exp(-29 * np.log(sd) - squares / (2 * sd * sd) - 29 * 4.0)
        prior = 2.0 / np.sqrt(2 * np.pi) / (30 * sd) * np.exp(-0.5 * (b / (30 * sd)) ** 2)
        given += 0.5 * float(np.sum(density * prior)) * (b[1] - b[0])
        without += 0.5 * float(np.sum(density[:, 0]))
    draws = likely_courses(T, y, EVEN, NONE).draws
    bent = np.abs(
        (draws[:, 29] - draws[:, 15]) / (draws[:, 15] - draws[:, 0]) - (decay[29] - decay[15]) / (decay[15] - 1)
    )
    assert np.mean(bent > 1e-9) == pytest.approx(given / (given + without), abs=0.08)


def test_draws_scatter_about_the_mean_as_much_as_it_errs() -> None:
    """Of a course that is one of the forms: a decay of .2 and a straight turn of 5 sd at .45 of the curve."""
    t = T / 29
    course = np.exp(-t / 0.2) + 0.1 * np.clip(t - 0.45, 0, None) / 0.55
    errors, spreads = [], []
    for seed in range(200):
        likely = likely_courses(T, course + 0.02 * np.random.default_rng(seed).standard_normal(30), EVEN, NONE)
        change = likely.mean[25] - likely.mean[15]
        errors.append(change - (course[25] - course[15]))
        spreads.append(float(np.var(likely.draws[:, 25] - likely.draws[:, 15])))
    assert np.mean(np.square(errors)) == pytest.approx(np.mean(spreads), rel=0.4)


def test_a_known_break_is_not_smoothed_over() -> None:
    y = np.where(T < 20, 1.0, 0.5) + 0.01 * np.random.default_rng(4).standard_normal(30)
    likely = likely_courses(T, y, EVEN, np.array([20]))
    assert likely.mean[19] - likely.mean[20] == pytest.approx(0.5, abs=0.03)


def test_scale_level_and_steps_do_not_matter() -> None:
    y = np.exp(-T / 8) + 0.05 * np.random.default_rng(5).standard_normal(30)
    one, other = likely_courses(T, y, EVEN, NONE), likely_courses(1e6 + 977 * T, 3e4 * y - 7.0, EVEN, NONE)
    assert other.mean == pytest.approx(3e4 * one.mean - 7.0, rel=1e-4)


def test_no_course_has_a_decay_that_rises() -> None:
    """A curve that only rises, concave, is fitted best by a negative amount of a decay; none is drawn."""
    y = 1.0 - np.exp(-T / 5) + 0.01 * np.random.default_rng(7).standard_normal(30)
    likely = likely_courses(T, y, EVEN, NONE)
    assert len(likely.draws) >= 30
    assert likely.mean[-1] > likely.mean[0]


@pytest.mark.parametrize("n", [3, 4, 5, 7])
def test_few_points_and_flat_ones(n: int) -> None:
    x = np.arange(float(n))
    y = np.random.default_rng(n).standard_normal(n)
    broken = likely_courses(x, y, np.ones(n), np.array([1, 2])).draws  # a fast decay and a step are one there
    assert broken.shape[1] == n
    assert np.isfinite(broken).all()
    assert np.array_equal(likely_courses(x, np.full(n, 2.0), np.ones(n), NONE).mean, np.full(n, 2.0))
    assert np.isfinite(likely_courses(x, -x, np.ones(n), NONE).draws).all()


@pytest.mark.parametrize("value", [-0.8, 0.1, 0.3, 0.7, 1e6 / 3])
def test_equal_values_are_their_course(value: float) -> None:
    """Their mean, and so their spread, is subject to rounding."""
    values = np.full(3, value)
    assert np.array_equal(likely_courses(T[:3], values, EVEN[:3], NONE).mean, values)


@pytest.mark.parametrize("height", [0.3, 0.7, 1.0])
def test_a_level_and_a_step_that_fit_exactly_are_the_course(height: float) -> None:
    values = np.where(T < 15, 0.1, 0.1 - height)
    found = likely_courses(T, values, EVEN, np.array([15]))
    assert np.allclose(found.mean, values, atol=1e-3 * height)


def test_a_rise_far_out_of_the_noise_is_not_thought_smaller() -> None:
    """A form fits a rise by 200 sd of the noise to a tenth of its height only; what it fits exactly, it fits whole."""
    t = T / 29
    course = np.exp(-t / 0.2) + 0.6 * np.clip(t - 0.45, 0, None) / 0.55
    noise = 0.003 * np.random.default_rng(5).standard_normal(30)
    height = course - course.min()
    likely = likely_courses(T, course + noise, np.sqrt(1.0 + (0.1 * height / 0.003) ** 2), NONE)
    assert likely.mean[-1] == pytest.approx(course[-1], abs=0.03 * height[-1])
