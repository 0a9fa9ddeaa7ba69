"""How much of the fluctuation is in the weights: each kind of evidence by itself, and none of it."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors._swing_share import SHARE, Samples, evaluated_samples, swing_share
from loglens.events.series import Floats
from loglens.prepared import Prepared, prepare
from tests.detectors.runs import run_of

T = np.arange(60.0)
COURSE = 0.5 + 2.0 * np.exp(-T / 4)


def _prepared(noise: Floats) -> Prepared:
    run = run_of(val_loss=COURSE + noise)
    return prepare(run.curves[0], run)


def _share(noise: Floats, train: Floats | None = None, rate: Floats | None = None, calm: float = 0.0) -> float:
    prepared = _prepared(noise)
    beside = None if train is None else COURSE + train
    return swing_share(prepared, noise, beside, rate, calm).share


def _noise(seed: int, sd: float = 0.02) -> Floats:
    return np.asarray(sd * np.random.default_rng(seed).standard_normal(len(T)))


def test_noise_of_its_own_is_of_the_evaluation() -> None:
    shares = [_share(_noise(seed), _noise(1000 + seed)) for seed in range(40)]
    assert np.mean(shares) < 0.1


def test_swings_that_train_has_too_are_in_the_weights() -> None:
    noise = _noise(1)
    assert _share(noise, noise) == 1.0
    assert _share(noise, np.r_[0.0, noise[:-1]]) > 0.9  # a mean over the epoch before the next evaluation


def test_a_handful_of_points_does_not_tell_that_train_goes_along() -> None:
    """Beside a drop in a short run three second differences are left; so few go along by chance, once in 30 runs."""
    course = 0.5 + 2.0 * np.exp(-T[:11] / 2) + np.where(T[:11] < 7, 0.5, 0.0)
    shares = []
    for seed in range(100):
        noise, other = _noise(seed)[:11], _noise(1000 + seed)[:11]
        run = run_of(val_loss=course + noise)
        shares.append(swing_share(prepare(run.curves[0], run), noise, course + other, None, 0.0).share)
    assert max(shares) < 0.5


def test_a_drop_that_both_share_is_no_swing() -> None:
    """A course that rounds off the drop leaves the same up and down in both."""
    drop = np.where(T < 40, 0.3, 0.0)
    rounded = np.convolve(np.pad(drop, 2, "edge"), np.ones(5) / 5, "valid")
    noise = _noise(2, 0.01) + drop
    found = swing_share(_prepared(noise), noise - rounded, COURSE + _noise(3, 0.01) + drop, None, 0.0)
    assert found.share < 0.1


def test_what_goes_with_a_cycling_rate_is_no_noise() -> None:
    rate = 0.55 + 0.45 * np.cos(np.pi * T / 3)
    found = swing_share(_prepared(0.1 * rate), 0.1 * (rate - 0.55), None, rate, 0.0)
    assert (found.share, found.reason) == (1.0, "goes with the rate")


def test_large_noise_beside_a_still_train_is_of_the_evaluation() -> None:
    noise = _noise(4, 0.4)
    moving, still = _share(noise, _noise(5, 0.15)), _share(noise, _noise(5, 0.001))
    assert moving > 0.5
    assert still < 0.1


def test_the_same_samples_make_what_is_seen_mostly_real() -> None:
    assert _share(_noise(6), calm=6.0) == pytest.approx(SHARE, abs=0.01)
    assert _share(_noise(6), calm=0.0) < 0.1


def test_what_is_too_smooth_for_noise_belongs_to_the_course() -> None:
    assert _share(0.05 * np.sin(T / 10)) > 0.9


@pytest.mark.parametrize("fresh", [True, False])
def test_accuracies_of_fixed_samples_are_calmer_than_of_fresh_ones(fresh: bool) -> None:
    random = np.random.default_rng(7)
    right = random.binomial(500, 0.8, len(T)) if fresh else 400 + np.round(1.5 * random.standard_normal(len(T)))
    values = (right / 500).astype(np.float32).astype(np.float64)
    for factor in (1.0, 100.0):
        samples = evaluated_samples(run_of(val_acc=factor * values).curves)
        assert samples.count == 500
        assert samples.calm < 2.0 if fresh else samples.calm > 4.0
        assert (samples.lack == 0.0) == fresh
    assert evaluated_samples(run_of(val_loss=COURSE).curves) == Samples()
    assert Samples().lack == 0.0


def test_four_times_the_samples_lack_half() -> None:
    assert Samples(400, calm=5.0).lack == pytest.approx(2.0 * Samples(1600, calm=5.0).lack)
