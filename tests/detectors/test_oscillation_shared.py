"""oscillation: a swing that train shares counts from less on, one that train is seen not to share from more."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.oscillation import Oscillation
from tests.detectors.runs import falling, run_of, verdict_of

SIZE = 0.11
"""A twentieth of the progress: between the two thresholds."""


def _status(seed: int, *, shared: bool) -> str:
    random = np.random.default_rng(seed)
    ours, theirs = random.standard_normal((2, 40)) * SIZE
    run = run_of(val_loss=falling(noise=0) + ours, train_loss=falling(noise=0) + (ours if shared else theirs))
    return verdict_of(Oscillation(), run).status


def test_the_same_noise_is_a_swing_only_where_train_shares_it() -> None:
    together = [_status(seed, shared=True) for seed in range(20)]
    apart = [_status(seed, shared=False) for seed in range(20)]
    assert together.count("warn") >= 16
    assert apart.count("warn") <= 6


@pytest.mark.parametrize("seed", range(3))
def test_confidence_stays_within_what_came_out(seed: int) -> None:
    noise = 0.001 * np.random.default_rng(seed).standard_normal(40)
    confidence = verdict_of(Oscillation(), run_of(val_loss=falling(noise=0) + noise)).confidence
    assert confidence is not None
    assert 0.9 < confidence < 0.97
