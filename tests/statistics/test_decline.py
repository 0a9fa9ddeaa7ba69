"""What a curve still fell by over its end, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.decline import decline
from loglens.statistics.memory import first_order_noise


@pytest.mark.parametrize("pace", [0.0, 2.0, 4.0, 8.0])
def test_without_noise_it_is_the_fall(pace: float) -> None:
    u = np.linspace(0.0, 1.0, 20)
    values = 3.0 - u if pace == 0.0 else np.exp(-pace * u)
    fall = decline(values, 10, 1e-6)
    assert fall.mean == pytest.approx(values[10] - values[-1], abs=1e-4)
    assert fall.above(fall.mean - 0.01) > 0.99
    assert fall.above(fall.mean + 0.01) < 0.01


def test_a_rise_is_below_zero() -> None:
    fall = decline(np.linspace(0.0, 1.0, 16), 8, 0.01)
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
        sure = [decline(row, 12, sd, phi).above(0.0) > 1.0 - level for row in noise]
        assert float(np.mean(sure)) <= level + 2.5 * np.sqrt(level * (1.0 - level) / 600)


def test_a_course_that_none_fits_is_less_sure() -> None:
    u = np.linspace(0.0, 1.0, 24)
    smooth, wavy = 1.0 - 0.2 * u, 1.0 - 0.2 * u + 0.1 * np.sin(40.0 * u)
    assert decline(wavy, 12, 0.01).error > 3.0 * decline(smooth, 12, 0.01).error


def test_what_the_cause_beside_did_is_told_apart() -> None:
    """A swing that follows the rate: with the rate beside it, the rest is known to be straight."""
    u = np.linspace(0.0, 1.0, 24)
    rate = 0.5 * (1.0 + np.cos(2.0 * np.pi * np.arange(24) / 6))
    values = 1.0 - 0.3 * u + 0.2 * rate
    apart, blind = decline(values, 12, 0.01, 0.0, rate), decline(values, 12, 0.01)
    assert apart.mean == pytest.approx(values[12] - values[-1], abs=0.005)
    assert apart.error < 0.3 * blind.error
