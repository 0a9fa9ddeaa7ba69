"""The odds of an upturn: against the same marginal likelihoods written out with full covariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.events.series import Floats
from loglens.statistics import upturn as module
from loglens.statistics.first_order import first_order_noise
from loglens.statistics.levelling import TIMES
from loglens.statistics.upturn import upturn_log_odds

T = np.linspace(0.0, 1.0, 24)
FALL, RISE = np.exp(-T / 0.07), np.maximum(T - 0.4, 0.0) ** 1.5


def slow_log_odds(values: Floats, usual_sd: float) -> float:
    """Every memory, fall and rise by itself, with dense matrices; where all sizes that fit are surely positive."""
    n = len(values)
    t = np.linspace(0.0, 1.0, n)
    falls = [np.exp(-t / decay) for decay in module.DECAYS] + [1.0 - t]
    falls = [(fall - fall[-1]) / (fall[0] - fall[-1]) for fall in falls]
    latest = min(round(module.LATEST_TURN * (n - 1)), n - 3)
    turns = sorted({round(place) for place in np.linspace(0, latest, module.TURNS)})
    since = [np.maximum(t - t[turn], 0.0) / (1.0 - t[turn]) for turn in turns]
    early = [one for one, turn in zip(since, turns, strict=True) if t[turn] <= module.LATEST_LEVELLING]
    powers = [one**power for one in since for power in module.POWERS]
    rises = [(power, (1.0 - module.LEVELLING) / len(powers)) for power in powers]
    rises += [((1.0 - np.exp(-TIMES * one)) / (1.0 - np.exp(-TIMES)), module.LEVELLING / len(early)) for one in early]
    beside = module.BESIDE_A_RISE / module.BESIDE_A_RISE.sum()
    without, with_one = [], []
    for memory, weight in zip(module.MEMORIES, beside, strict=True):
        noise = memory ** np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / (1.0 - memory**2)
        own = module.USUAL_POINTS * usual_sd**2 * (1.0 - memory**2)
        for fall in falls:
            design = np.stack([np.ones(n), fall], axis=1)
            if _fitted(values, noise, design)[1] < 0:
                continue
            without.append(_log_likelihood(values, noise, design, own) - math.log(len(beside)))
            for rise, share in rises:  # a random size with a half normal prior: twice the density on one side
                spread = noise + module.RISE_SD**2 * np.outer(rise, rise)
                prior = math.log(2.0 * weight * share)
                with_one.append(_log_likelihood(values, spread, design, own) + prior)
    return float(np.logaddexp.reduce(with_one) - np.logaddexp.reduce(without))


def _fitted(values: Floats, covariance: Floats, design: Floats) -> Floats:
    inverse = np.linalg.inv(covariance)
    return np.asarray(np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ values), dtype=np.float64)


def _log_likelihood(values: Floats, covariance: Floats, design: Floats, own: float) -> float:
    """Restricted likelihood with the variance integrated out, up to a constant (Harville, Biometrika 61, 1974)."""
    inverse = np.linalg.inv(covariance)
    information = design.T @ inverse @ design
    left = values - design @ _fitted(values, covariance, design)
    degrees = len(values) - design.shape[1] + module.USUAL_POINTS
    size = float(left @ inverse @ left) + own
    determinants = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    return float(-0.5 * determinants - 0.5 * degrees * math.log(size))


@pytest.mark.parametrize("memory", [0.0, 0.5])
@pytest.mark.parametrize("points", [9, 24, 60])
def test_the_odds_are_those_of_the_dense_marginal_likelihoods(points: int, memory: float) -> None:
    """A steep fall and a clear rise: no fit of any weight has a size that might be negative."""
    t = np.linspace(0.0, 1.0, points)
    noise = first_order_noise(np.random.default_rng(points).standard_normal((1, points)), memory)[0]
    values = 3.0 * np.exp(-t / 0.1) + 3.6 * np.maximum(t - 0.3, 0.0) + 0.02 * noise
    assert upturn_log_odds(values, 0.02) == pytest.approx(slow_log_odds(values, 0.02), abs=0.005)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_neither_scale_nor_level_matters(seed: int, scale: float, level: float) -> None:
    values = FALL + 0.1 * RISE + 0.03 * np.random.default_rng(seed).standard_normal(24)
    moved = scale * (values + level)
    assert upturn_log_odds(moved, 0.01 * scale) == pytest.approx(upturn_log_odds(values, 0.01), abs=1e-4)


def test_a_higher_rise_is_surer_and_louder_noise_makes_it_less_so() -> None:
    noise = np.random.default_rng(2).standard_normal(24)
    by_height = [upturn_log_odds(FALL + height * RISE + 0.02 * noise, 0.02) for height in (0.0, 0.2, 0.4, 0.8)]
    assert by_height == sorted(by_height)
    by_noise = [upturn_log_odds(FALL + 0.8 * RISE + sd * noise, 0.02) for sd in (0.01, 0.05, 0.2)]
    assert by_noise == sorted(by_noise, reverse=True)


def test_a_fall_to_the_end_is_no_upturn_and_backwards_it_is_one() -> None:
    for course in (FALL, 1.0 - T, np.exp(-T / 0.3)):
        values = course + 0.01 * np.random.default_rng(3).standard_normal(24)
        assert upturn_log_odds(values, 0.01) < 0.0
        assert upturn_log_odds(values[::-1], 0.01) > 5.0


@pytest.mark.parametrize("memory", [0.0, 0.6, 0.85])
def test_where_nothing_rises_large_odds_are_as_rare_as_they_say(memory: float) -> None:
    """Of curves without a rise at most 1 in k shows odds of k (Markov), here with each memory by itself."""
    random = np.random.default_rng(5)
    noise = 0.02 * first_order_noise(random.standard_normal((500, 24)), memory)
    odds = np.array([upturn_log_odds(FALL + row, 0.02) for row in noise])
    for k in (4.0, 10.0, 30.0):
        chance = 1.0 / k
        assert float(np.mean(odds > math.log(k))) <= chance + 2.0 * math.sqrt(chance * (1.0 - chance) / len(odds))


@pytest.mark.parametrize("pace", [0.08, 0.15, 0.3])
def test_a_rise_that_levels_off_is_one(pace: float) -> None:
    """Up by fifteen sd of the noise, within a fifth of the run or more: no level explains both ends."""
    rise = 1.0 - np.exp(-np.maximum(T - 0.35, 0.0) / pace)
    noise = np.random.default_rng(7).standard_normal((40, 24))
    odds = [upturn_log_odds(FALL + 0.3 * rise / rise[-1] + 0.02 * row, 0.02) for row in noise]
    assert np.median(odds) > math.log(20.0)


def test_a_slow_swing_is_less_of_a_rise_where_noise_remembers() -> None:
    """The same rise, once out of white noise and once out of swings that are as large as it."""
    random = np.random.default_rng(6)
    white, slow = random.standard_normal((100, 24)), first_order_noise(random.standard_normal((100, 24)), 0.85)
    course = FALL + 0.2 * RISE
    in_white = np.median([upturn_log_odds(course + 0.03 * row, 0.03) for row in white])
    in_slow = np.median([upturn_log_odds(course + 0.03 * row, 0.03) for row in slow])
    assert in_white > in_slow + 1.0


def test_constant_and_too_few_values() -> None:
    assert upturn_log_odds(np.ones(12), 0.01) == -math.inf
    with pytest.raises(ValueError, match="5 values"):
        upturn_log_odds(np.arange(4.0), 0.01)
