"""The forms of a fall by their formulas, and their scale from 1 to 0."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.statistics.falls import fall_kinds, from_one_to_zero

T = np.array([0.0, 0.25, 1.0])


def test_each_kind_is_its_formula() -> None:
    exponentials, power_laws, sums = fall_kinds(T, (0.5, 2.0), ((0.1, 1.5),), ((3.0, 0.05, 0.4),))
    for at, t in enumerate(T.tolist()):
        assert exponentials[at] == pytest.approx([math.exp(-t / 0.5), math.exp(-t / 2.0)])
        assert power_laws[at] == pytest.approx([(1.0 + t / 0.1) ** -1.5])
        assert sums[at] == pytest.approx([3.0 * math.exp(-t / 0.05) + math.exp(-t / 0.4)])


def test_scaled_ones_run_from_one_to_zero_and_keep_their_form() -> None:
    (scaled,) = from_one_to_zero(np.array([[7.0], [4.0], [3.0]])).T
    assert scaled == pytest.approx([1.0, 0.25, 0.0])
    assert from_one_to_zero(np.full((3, 1), 2.0)) == pytest.approx(0.0)
