"""stopping: the kept checkpoint, the set, the recommended stop, and the replay."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.stopping import Stopping
from tests.detectors.runs import falling, run_of, verdict_of

T = np.arange(40) / 40


def test_steps_are_logged_and_in_order() -> None:
    details = verdict_of(Stopping(), run_of(val_loss=falling() + np.clip(T - 0.4, 0, None))).details
    first, best, last, stop = (details[k] for k in ("set_first_step", "best_step", "set_last_step", "stop_step"))
    assert isinstance(first, int)
    assert isinstance(best, int)
    assert isinstance(last, int)
    assert isinstance(stop, int)
    assert first <= best <= last
    assert stop <= best
    assert {first, best, last, stop} <= {10 * k for k in range(1, 41)}


def test_a_lucky_dip_after_the_turn_is_not_kept() -> None:
    course = falling(noise=0.003) + np.clip(T - 0.4, 0, None)
    course[32] = course.min() - 0.01
    details = verdict_of(Stopping(), run_of(val_loss=course, train_loss=falling(noise=0.003, seed=5))).details
    assert details["lowest_step"] == 330
    assert 100 <= details["best_step"] <= 220  # type: ignore[operator]


def test_swings_shared_with_train_are_kept_for_what_they_are() -> None:
    swings = 0.3 * np.random.default_rng(8).standard_normal(40) * (T > 0.2)
    run = run_of(val_loss=falling(noise=0) + swings, train_loss=falling(noise=0) + 0.9 * swings)
    verdict = verdict_of(Stopping(), run)
    assert verdict.details["best_step"] == verdict.details["lowest_step"]
    assert verdict.details["swing_share"] == pytest.approx(1.0)


def test_an_improving_run_keeps_its_end_and_says_so() -> None:
    verdict = verdict_of(Stopping(), run_of(val_loss=falling(pace=1.5)))
    assert verdict.details["best_step"] == 400
    assert verdict.details["epochs_saved"] == 0.0
    assert "longer training" in verdict.advice


def test_the_replay_of_patience_is_that_of_keras() -> None:
    course = np.r_[np.linspace(2, 1, 10), np.linspace(1.1, 1.9, 30)]
    replay = verdict_of(Stopping(), run_of(val_loss=course)).details["replay"]
    assert isinstance(replay, dict)
    five = replay["patience 5"]
    assert (five["stop_step"], five["kept_step"], five["epochs_saved"]) == (150, 100, 25.0)
    assert five["seconds_saved"] == pytest.approx(25 * 3600)
    assert five["cost"] == pytest.approx(0.0, abs=0.05)


def test_two_points_are_too_few() -> None:
    verdict = verdict_of(Stopping(), run_of(val_loss=np.array([2.0, 1.0])))
    assert verdict.status == "not-applicable"
    assert verdict.details["best_step"] is None
