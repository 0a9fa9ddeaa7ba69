"""Sudden drops: found where they are, and not in noise, peaks or steady falls."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.events.series import Floats
from loglens.statistics.settling import EXPONENTIALS
from loglens.statistics.sudden_drops import FEWEST, sudden_drops


def noisy(course: Floats, sd: float) -> Floats:
    return course + sd * np.random.default_rng(0).standard_normal(len(course))


def test_two_sudden_drops_are_found() -> None:
    course = np.exp(-np.linspace(0.0, 1.0, 50) / 0.1) + 0.3 * (np.arange(50) < 25) + 0.1 * (np.arange(50) < 37)
    assert {25, 37} <= set(sudden_drops(noisy(course, 0.005), 0.005))


@pytest.mark.parametrize("length", [1, 2])
def test_the_end_of_a_peak_is_no_drop(length: int) -> None:
    values = noisy(np.zeros(40), 0.01)
    values[20 : 20 + length] += 1.0
    assert len(sudden_drops(values, 0.01)) == 0


@pytest.mark.parametrize("tau", EXPONENTIALS)
def test_a_steady_fall_has_no_sudden_drop(tau: float) -> None:
    assert len(sudden_drops(np.exp(-np.linspace(0.0, 1.0, 50) / tau), 1e-9)) == 0


def test_noise_alone_drops_at_once_in_few_places() -> None:
    noise = np.random.default_rng(0).standard_normal((200, 50))
    assert sum(len(sudden_drops(row, 1.0)) for row in noise) <= 2  # of 8,800 places


def test_a_drop_needs_three_points_on_either_side() -> None:
    step = np.r_[np.ones(4), np.zeros(3)]
    assert len(sudden_drops(step, 0.01)) > 0
    assert sudden_drops(step[: FEWEST - 1], 0.01) == []
