"""What a curve still fell by over its end, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.events.series import Floats
from loglens.statistics.decline import decline
from loglens.statistics.first_order import first_order_noise
from loglens.statistics.mixture import Mixture


def even(values: Floats, last: int, sd: float, phi: float = 0.0, beside: Floats | None = None) -> Mixture:
    """The decline of values at even distances."""
    return decline(np.arange(len(values), dtype=np.float64), values, last, sd, phi=phi, beside=beside)


@pytest.mark.parametrize("pace", [0.0, 2.0, 4.0, 8.0])
def test_without_noise_it_is_the_fall(pace: float) -> None:
    u = np.linspace(0.0, 1.0, 20)
    values = 3.0 - u if pace == 0.0 else np.exp(-pace * u)
    fall = even(values, 10, 1e-6)
    assert fall.mean == pytest.approx(values[10] - values[-1], abs=1e-4)
    assert fall.above(fall.mean - 0.01) > 0.99
    assert fall.above(fall.mean + 0.01) < 0.01


def test_a_rise_is_below_zero() -> None:
    fall = even(np.linspace(0.0, 1.0, 16), 8, 0.01)
    assert fall.mean == pytest.approx(-7 / 15, abs=0.01)
    assert fall.above(0.0) < 1e-6


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_of_flat_noise_as_many_exceed_a_chance_as_it_says_or_fewer(phi: float) -> None:
    """A flat course is one of those averaged, so the chances of a fall are on the careful side."""
    random = np.random.default_rng(8)
    noise = first_order_noise(random.standard_normal((600, 24)), phi)
    # the deviation of second differences of first-order noise, by its covariances
    sd = float(np.sqrt(1.0 - 4.0 * phi / 3.0 + phi * phi / 3.0))
    for level in (0.05, 0.2):
        sure = [even(row, 12, sd, phi).above(0.0) > 1.0 - level for row in noise]
        assert float(np.mean(sure)) <= level + 2.5 * np.sqrt(level * (1.0 - level) / 600)


def test_a_course_that_none_fits_is_less_sure() -> None:
    u = np.linspace(0.0, 1.0, 24)
    smooth, wavy = 1.0 - 0.2 * u, 1.0 - 0.2 * u + 0.1 * np.sin(40.0 * u)
    assert even(wavy, 12, 0.01).error > 3.0 * even(smooth, 12, 0.01).error


def test_what_the_cause_beside_did_is_not_counted() -> None:
    """A swing that follows the rate: with the rate beside it, the rest is known to be straight."""
    u = np.linspace(0.0, 1.0, 24)
    rate = 0.5 * (1.0 + np.cos(2.0 * np.pi * np.arange(24) / 7))
    values = 1.0 - 0.3 * u + 0.2 * rate
    apart, blind = even(values, 12, 0.01, 0.0, rate[:, None]), even(values, 12, 0.01)
    assert apart.mean == pytest.approx(0.3 * 11 / 23, abs=0.005)
    assert apart.error < 0.3 * blind.error


def test_a_point_that_has_a_cause_of_its_own_counts_for_nothing() -> None:
    values = 1.0 - 0.3 * np.linspace(0.0, 1.0, 24)
    spiked = values.copy()
    spiked[15] += 5.0
    at = np.eye(24)[:, [15]]
    assert even(spiked, 12, 0.01, 0.0, at).mean == pytest.approx(even(values, 12, 0.01, 0.0, at).mean, abs=1e-9)


def test_a_power_law_s_slow_tail_is_seen() -> None:
    """A single exponential and a level say .75 of this fall; the tail of 1 / (1 + x) goes on."""
    values = 1.0 / (1.0 + np.linspace(0.5, 4.0, 24))
    fall = even(values, 12, 1e-3)
    assert fall.mean == pytest.approx(values[12] - values[-1], rel=0.05)


def test_distances_count_not_the_numbers_of_points() -> None:
    """A straight fall evaluated often at first, and seldom later, is as straight."""
    x = np.r_[np.arange(0.0, 6.0, 0.5), np.arange(6.0, 30.0, 2.0)]
    fall = decline(x, 3.0 - 0.1 * x, 6, 1e-4)
    assert fall.mean == pytest.approx(1.0, abs=1e-3)


def test_a_cause_that_is_the_fall_itself_leaves_nothing_to_tell() -> None:
    u = np.linspace(0.0, 1.0, 12)
    fall = even(1.0 - u, 6, 0.01, 0.0, u[:, None])
    assert np.isfinite(fall.mean)
    assert np.isfinite(fall.error)
