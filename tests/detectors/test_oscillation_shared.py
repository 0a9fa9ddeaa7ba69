"""oscillation: what train shares is surer, what its evaluation does not share is none, and short runs swing, too."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors._swing import HIGH_CONFIDENCE
from loglens.detectors.oscillation import Oscillation
from loglens.events.series import Floats
from tests.detectors.runs import falling, run_of, verdict_of

SIZE = 0.09
"""A twenty-second of the progress: near the threshold, so that one curve alone cannot be sure."""


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


def test_a_train_loss_that_scatters_beside_a_calm_evaluation_is_no_swing_of_the_weights() -> None:
    random = np.random.default_rng(3)
    run = run_of(val_loss=falling(), train_loss=falling(noise=0) + 0.5 * random.standard_normal(40))
    assert verdict_of(Oscillation(), run, "train/loss").status == "pass"


def alternating(points: int) -> Floats:
    return np.asarray(0.8 * (-1.0) ** np.arange(points))


@pytest.mark.parametrize("points", [10, 12, 15])
def test_strong_swings_of_short_runs_are_found(points: int) -> None:
    """.4 of the progress up and down is plain to see in ten epochs."""
    swing = alternating(points)
    run = run_of(val_loss=falling(points) + swing, train_loss=falling(points, seed=2) + 0.8 * swing)
    verdict = verdict_of(Oscillation(), run)
    assert verdict.is_finding
    assert verdict.start_step is not None
    assert verdict.start_step <= 30


@pytest.mark.parametrize("points", [12, 40, 200])
@pytest.mark.parametrize("height", [0.5, 1.5])
def test_one_hump_with_noise_is_no_oscillation(points: int, height: float) -> None:
    """However high the hump, and also where train shares it: it goes up once; a large one of few points may go on."""
    t = np.arange(points) / points
    hump = height * np.exp(-0.5 * ((t - 0.4) / 0.1) ** 2)
    run = run_of(
        val_loss=falling(points, noise=0.03) + hump, train_loss=falling(points, noise=0.02, seed=2) + 0.8 * hump
    )
    assert verdict_of(Oscillation(), run).status == ("undetermined" if points == 12 and height > 1 else "pass")


def test_noise_on_a_course_that_still_falls_is_measured_by_what_it_is_heading_for() -> None:
    """The same noise, .1 of what was gained so far: no swing while most is still to come, one at the end."""
    random = np.random.default_rng(5)
    t = np.arange(40) / 40
    noise = 0.06 * random.standard_normal(40)
    slow = 2.3 - 0.6 * t
    arrived = 1.7 + 0.6 * np.exp(-12 * t)
    assert verdict_of(Oscillation(), run_of(val_loss=slow + noise)).status == "pass"
    assert verdict_of(Oscillation(), run_of(val_loss=arrived + noise)).is_finding


@pytest.mark.parametrize("seed", range(3))
def test_the_calmer_the_surer(seed: int) -> None:
    white = np.random.default_rng(seed).standard_normal(40)
    told = [
        verdict_of(Oscillation(), run_of(val_loss=falling(noise=0) + size * white)).confidence
        for size in (0.001, 0.04, 0.07)
    ]
    assert None not in told
    assert told == sorted(told, key=lambda sure: -(sure or 0.0))
    assert told[0] == HIGH_CONFIDENCE


def test_the_more_points_pass_the_surer() -> None:
    """The same noise hides more of a swing in ten evaluations than in ninety."""
    few, many = (
        [verdict_of(Oscillation(), run_of(val_loss=falling(points, noise=0.07, seed=seed))) for seed in range(20)]
        for points in (10, 90)
    )
    assert np.mean([one.confidence for one in few if one.confidence]) < np.mean([one.confidence or 0 for one in many])


def test_a_large_swing_that_so_few_points_show_once_is_left_open() -> None:
    """A wave of six epochs goes up once more after the descent in twelve of them, and six times in forty."""
    short, long = (
        verdict_of(
            Oscillation(), run_of(val_loss=falling(points) + 0.5 * np.sin(2.0 * np.pi * np.arange(points) / 6.0))
        )
        for points in (12, 40)
    )
    assert short.status == "undetermined"
    assert short.missing
    assert long.is_finding
