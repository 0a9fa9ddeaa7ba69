"""The share of a whole fall that came at its end."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.first_order import first_order_noise
from loglens.statistics.late_share import late_share

X = np.arange(40.0)


@pytest.mark.parametrize("pace", [0.01, 0.5, 1.0, 2.2, 8.0])
def test_without_noise_it_is_the_share(pace: float) -> None:
    """Of exp(-k u) over 0 to 1: (exp(-.8 k) - exp(-k)) / (1 - exp(-k))."""
    u = X / X[-1]
    share = late_share(X, 5.0 + 3.0 * np.exp(-pace * u) / (1.0 - np.exp(-pace)), 1e-3)
    truth = (np.exp(-0.8 * pace) - np.exp(-pace)) / (1.0 - np.exp(-pace))
    assert share.mean == pytest.approx(truth, abs=0.01)


def test_it_knows_no_units_and_no_origin() -> None:
    values = np.exp(-X / 30.0) + 0.01 * np.random.default_rng(1).standard_normal(40)
    plain, other = late_share(X, values, 0.01), late_share(1e6 + 500.0 * X, 7.0 - -80.0 * values, 0.8)
    assert other.mean == pytest.approx(plain.mean, rel=1e-6)
    assert other.error == pytest.approx(plain.error, rel=1e-6)


def test_what_is_surely_a_line_is_seldom_a_bend() -> None:
    """Courses whose true share is .12 (pace 1.2), in noise: no more than a tenth are surely above .145."""
    random = np.random.default_rng(2)
    course = np.exp(-1.2 * X / X[-1])
    for phi in (0.0, 0.5):
        noise = 0.03 * first_order_noise(random.standard_normal((200, 40)), phi)
        sd = 0.03 * np.sqrt(1.0 - 4.0 * phi / 3.0 + phi * phi / 3.0)
        called = [late_share(X, course + row, float(sd), phi=phi).above(0.145) > 0.8 for row in noise]
        assert np.mean(called) <= 0.1


def test_a_drop_in_the_middle_of_a_flat_course_is_no_line() -> None:
    stepped = 1.0 / (1.0 + np.exp((X - 30.0) * 2.0))
    share = late_share(X, stepped + 0.01 * np.random.default_rng(3).standard_normal(40), 0.01)
    assert share.above(0.145) - share.above(0.35) < 0.8


def test_a_course_that_rose_has_no_share() -> None:
    assert late_share(X, X / 40.0, 0.01).mean == pytest.approx(0.0, abs=1e-6)
