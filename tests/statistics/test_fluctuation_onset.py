"""The onset of a fluctuation: where it was put, whatever the unit."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.fluctuation_onset import fluctuation_onset


@pytest.mark.parametrize("n", [30, 200, 5000])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8])
def test_is_where_the_scatter_widens(n: int, share: float) -> None:
    random = np.random.default_rng(n)
    start = int(share * n)
    residual = random.standard_normal(n) * np.where(np.arange(n) < start, 0.01, 0.3)
    found = fluctuation_onset(residual, n // 5, 0.04)
    assert abs(found - start) <= 3


def test_scales_with_its_unit() -> None:
    random = np.random.default_rng(1)
    residual = random.standard_normal(60) * np.where(np.arange(60) < 25, 0.1, 1.0)
    assert fluctuation_onset(1e3 * residual, 12, 40.0) == fluctuation_onset(residual, 12, 0.04)


def test_one_early_outlier_does_not_date_it() -> None:
    random = np.random.default_rng(2)
    residual = random.standard_normal(60) * np.where(np.arange(60) < 30, 0.05, 0.5)
    residual[4] = 5.0
    assert abs(fluctuation_onset(residual, 12, 0.04) - 30) <= 4


def test_nothing_to_find() -> None:
    assert fluctuation_onset(np.zeros(20), 4, 0.04) == 0
    assert fluctuation_onset(np.ones(20), 4, 0.0) == 0
