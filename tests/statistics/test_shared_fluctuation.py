"""What two curves share: all of it, none of it, and less noise than either keeps."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.events.series import Floats
from loglens.statistics.fluctuation import Fluctuation, fluctuation
from loglens.statistics.shared_fluctuation import shared_fluctuation


def of(values: Floats) -> Fluctuation:
    found = fluctuation(values, spike_floor=0.5, level=0.85)
    assert found is not None
    return found


def falling(n: int) -> Floats:
    return np.asarray(np.exp(-np.arange(n) / (0.1 * n)))


def test_a_curve_shares_all_with_itself() -> None:
    one = of(falling(40) + 0.1 * np.random.default_rng(0).standard_normal(40))
    shared = shared_fluctuation(one, one)
    assert shared.correlation == pytest.approx(1.0)
    assert shared.size == pytest.approx(one.sd)


def test_a_swing_is_seen_through_the_noise_of_both() -> None:
    """The covariance holds the common part alone: .1 times .08, whatever noise each has of its own."""
    random = np.random.default_rng(1)
    sizes = []
    for _ in range(200):
        swing, own, other = random.standard_normal((3, 60))
        shared = shared_fluctuation(
            of(falling(60) + 0.1 * swing + 0.05 * own), of(falling(60) + 0.08 * swing + 0.05 * other)
        )
        sizes.append(shared.size**2)
    assert np.mean(sizes) == pytest.approx(0.1 * 0.08, rel=0.15)


def test_independent_noise_is_not_shared() -> None:
    random = np.random.default_rng(2)
    found = [
        shared_fluctuation(*(of(falling(40) + 0.1 * random.standard_normal(40)) for _ in range(2))) for _ in range(400)
    ]
    scores = [shared.errors for shared in found]
    assert np.std(scores) == pytest.approx(1.0, abs=0.2)
    assert np.mean(np.array(scores) > 2.0) < 0.05  # 2.3 % of a normal law; the trends of both fall together


def test_opposite_swings_share_nothing() -> None:
    swing = 0.1 * (-1.0) ** np.arange(40)
    shared = shared_fluctuation(of(falling(40) + swing), of(falling(40) - swing))
    assert shared.size == 0.0
    assert shared.correlation < 0
