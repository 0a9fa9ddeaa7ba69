"""Single points that stand out above both their neighbours."""

from __future__ import annotations

import numpy as np

from loglens.statistics.peaks import peaks


def test_a_peak_and_what_it_leaves_beside_it() -> None:
    values = np.zeros(30)
    values[10:12] = 5.0, 2.0
    values[20] = 1.0
    assert peaks(values, 0.1).tolist() == [10, 11, 20]


def test_a_step_a_slope_and_a_pit_are_none() -> None:
    step = np.where(np.arange(30) < 15, 1.0, 0.0)
    for values in (step, step[::-1], np.linspace(3.0, 0.0, 30), -np.eye(1, 30, 12)[0]):
        assert len(peaks(values, 0.01)) == 0


def test_the_ends_are_none() -> None:
    values = np.zeros(12)
    values[[0, -1]] = 9.0
    assert len(peaks(values, 0.1)) == 0
    assert len(peaks(values[:2], 0.1)) == 0


def test_of_independent_noise_few_points_stand_out() -> None:
    noise = np.random.default_rng(3).standard_normal(100_000)
    count = sum(len(peaks(row, 1.0)) for row in noise.reshape(-1, 50))
    assert count <= 30 + 3 * np.sqrt(30)  # P(e - max(e', e") > 4) is .0002 for three normal numbers


def test_an_alternation_is_not_called_single_points() -> None:
    values = np.where(np.arange(40) % 2 == 0, 1.0, 0.0)
    assert len(peaks(values, 0.01)) <= 40 // 5
