"""Curves of two groups: few false alarms over the whole curve, and the parting found where it is."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.events.series import Floats
from loglens.statistics.band import BLOCKS, curve_band

POINTS = 40


def curves(random: np.random.Generator, count: int) -> Floats:
    """Seeds that differ by level, by slope and by noise from point to point, as trainings do."""
    level, slope = random.normal(0, 1, (count, 1)), random.normal(0, 1, (count, 1))
    return level + slope * np.linspace(-1, 1, POINTS) + 0.3 * random.normal(0, 1, (count, POINTS))


def alarm_shares(seeds: int, repetitions: int) -> tuple[float, float]:
    """Shares of repetitions without any effect in which the band, and Welch at every point, raise an alarm."""
    random = np.random.default_rng(seeds)
    band = pointwise = 0
    for _ in range(repetitions):
        first, second = curves(random, seeds), curves(random, seeds)
        band += curve_band(first, second, 0.05).p_value <= 0.05
        difference = second.mean(axis=0) - first.mean(axis=0)
        error = np.sqrt((first.var(axis=0, ddof=1) + second.var(axis=0, ddof=1)) / seeds)
        pointwise += bool((difference / error > 1.86).any())  # t of 8 degrees at .95: the most lenient for 5 seeds
    return band / repetitions, pointwise / repetitions


@pytest.mark.parametrize(("seeds", "method"), [(3, "welch"), (6, "permutation")])
def test_few_alarms_over_the_whole_curve(seeds: int, method: str) -> None:
    repetitions = 400
    random = np.random.default_rng(0)
    assert curve_band(curves(random, seeds), curves(random, seeds), 0.05).method == method
    band, pointwise = alarm_shares(seeds, repetitions)
    assert band <= 0.05 + 2.33 * np.sqrt(0.05 * 0.95 / repetitions)
    assert pointwise > 0.15, "what judging point by point would cost"


@pytest.mark.parametrize("seeds", [3, 6])
def test_the_parting_is_found_where_it_is(seeds: int) -> None:
    random = np.random.default_rng(3)
    first, second = 0.1 * curves(random, seeds), 0.1 * curves(random, seeds)
    second[:, POINTS // 2 :] += 2.0
    band = curve_band(first, second, 0.05)
    parted = band.positions[band.p_values <= 0.05]
    assert parted.size
    assert parted.min() >= POINTS // 2
    assert parted.min() <= POINTS // 2 + 2 * POINTS // BLOCKS
    assert band.positions[-1] == POINTS - 1
    assert (band.low[band.p_values <= 0.05] > 0).all(), "the band and the p-values say the same"
    assert (band.low <= band.difference).all()
    assert curve_band(second, first, 0.05).p_value > 0.5, "one-sided: better is no alarm"


def test_curves_that_never_vary() -> None:
    flat = np.ones((3, 4))
    assert curve_band(flat, flat, 0.05).p_value == 1.0
    assert curve_band(flat, flat + 1, 0.05).p_value == 0.0
    assert curve_band(np.ones((6, 4)), np.ones((6, 4)) + 1, 0.05).p_value <= 1 / 900
    with pytest.raises(ValueError, match="two curves"):
        curve_band(flat[:1], flat, 0.05)
