"""Drops of a logged learning rate: of steps all, of decays by any law none, however many points tell them."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors._rate import rate_drops
from loglens.events.series import Floats
from tests.detectors.runs import run_of

LENGTHS = (8, 20, 100, 1000)


def drops(rate: Floats) -> list[int]:
    """The indices of the first values after each drop; `run_of` takes ten steps an evaluation."""
    curve = run_of(lr=rate).curves[0]
    return [int(step) // 10 - 1 for step in rate_drops(curve)]


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("end", [0.0, 1e-7, 1e-3])
def test_a_rate_that_decays_to_nothing_never_drops(n: int, end: float) -> None:
    """Straight, along a cosine, or as a parabola, from the start on or after a warm-up."""
    t = np.arange(n) / (n - 1)
    for decay in (1.0 - t, 0.5 + 0.5 * np.cos(np.pi * t), (1.0 - t) ** 2):
        assert drops(end + (1.0 - end) * decay) == []
        assert drops(np.r_[np.linspace(0.1, 0.9, 5), end + (1.0 - end) * decay]) == []


@pytest.mark.parametrize("n", LENGTHS)
def test_steps_are_drops_each(n: int) -> None:
    at = sorted({n // 2, 3 * n // 4})
    rate = np.ones(n)
    for k in at:
        rate[k:] *= 0.1
    assert drops(rate) == at
    assert drops(rate * np.linspace(1.0, 0.9, n)) == at


def test_what_was_not_logged_hides_no_later_drop() -> None:
    assert drops(np.array([1.0, 1.0, np.nan, 1.0, 1.0, 0.1, 0.1])) == [5]
