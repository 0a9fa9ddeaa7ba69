"""stopping: the kept checkpoint, the set, the recommended stop, and the replay."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.stopping import MISSED, OF_NO_FORM, Stopping
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


@pytest.mark.parametrize("rise", [0.1, 0.2])
@pytest.mark.parametrize("pace", [0.08, 0.15])
def test_overfitting_that_levels_off_is_kept_where_it_began(rise: float, pace: float) -> None:
    """Up by 5 or 10 % of what was gained, most of it at once: the lowest of 40 evaluations is at the kink, step 150."""
    course = falling(pace=12) + rise * (1.0 - np.exp(-np.clip(T - 0.35, 0, None) / pace))
    details = verdict_of(Stopping(), run_of(val_loss=course, train_loss=2.3 * np.exp(-5 * T))).details
    assert 120 <= details["best_step"] <= 170  # type: ignore[operator]
    assert details["set_first_step"] <= 150 <= details["set_last_step"]  # type: ignore[operator]


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


def test_a_run_that_ends_in_nan_is_not_told_to_train_longer() -> None:
    course = falling(pace=1.5)
    course[30:] = np.nan
    verdict = verdict_of(Stopping(), run_of(val_loss=course))
    assert verdict.details["best_step"] == 300
    assert "longer training" not in verdict.advice


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


def test_two_curves_that_are_best_at_different_steps_both_say_so() -> None:
    loss = falling(pace=12.0, noise=0.004) + np.clip(T - 0.3, 0, None)
    accuracy = 0.9 - 0.6 * np.exp(-2.0 * T) + 0.002 * np.random.default_rng(3).standard_normal(40)
    run = run_of(val_loss=loss, train_loss=falling(seed=5), val_acc=accuracy)
    of_loss, of_accuracy = verdict_of(Stopping(), run), verdict_of(Stopping(), run, "val/acc")
    assert of_loss.details["elsewhere"] == {"./val/acc": of_accuracy.details["best_step"]}
    assert of_accuracy.details["elsewhere"] == {"./val/loss": of_loss.details["best_step"]}
    assert "val/acc is best at" in of_loss.advice
    assert "val/loss is best at" in of_accuracy.advice


def test_curves_that_agree_say_nothing_of_each_other() -> None:
    run = run_of(val_loss=falling(pace=2.0), val_acc=0.9 - 0.3 * falling(pace=2.0, seed=9))
    assert verdict_of(Stopping(), run).details["elsewhere"] == {}


def test_the_confidence_is_the_chance_that_the_set_holds_the_best() -> None:
    """Runs whose noise is of the evaluation: the best step of the clean course lies in the set as often as said."""
    held, said = [], []
    course = 2.0 * np.exp(-8 * T) + 0.6 * np.clip(T - 0.4, 0, None)
    for seed in range(100):
        random = np.random.default_rng(seed)
        run = run_of(val_loss=course + 0.03 * random.standard_normal(40), train_loss=falling(seed=1000 + seed))
        verdict = verdict_of(Stopping(), run)
        first, last = verdict.details["set_first_step"], verdict.details["set_last_step"]
        assert isinstance(first, int)
        assert isinstance(last, int)
        held.append(first <= 10 * (1 + int(np.argmin(course))) <= last)
        assert verdict.confidence is not None
        said.append(verdict.confidence)
    assert min(said) >= 1.0 - OF_NO_FORM - MISSED * (1.0 - Stopping().set_level) - 0.001  # what is said is rounded
    assert np.mean(held) >= np.mean(said) - 0.08


def test_a_blow_up_does_not_bend_what_was_before_it() -> None:
    loss = falling(noise=0.003) + np.clip(T - 0.4, 0, None)
    lost = np.r_[loss, 10.0 ** np.arange(3, 9)]
    kept, same = (verdict_of(Stopping(), run_of(val_loss=y)).details["best_step"] for y in (loss, lost))
    assert isinstance(kept, int)
    assert isinstance(same, int)
    assert abs(kept - same) <= 30


@pytest.mark.parametrize("height", [3.0, 10.0, 1e4])
@pytest.mark.parametrize("points", [5, 9, 25])
def test_of_what_blows_up_for_good_the_end_before_it_is_kept(points: int, height: float) -> None:
    """A course that fell until then, noise and all: the last checkpoint before it, or one as good."""
    before = falling(pace=2.0, noise=0.003)[:points]
    lost = before[0] + height * np.linspace(0.1, 1.0, 12)
    details = verdict_of(Stopping(), run_of(val_loss=np.r_[before, lost])).details
    best = details["best_step"]
    assert isinstance(best, int)
    assert best <= 10 * points
    assert before[best // 10 - 1] - before.min() < 0.02
    assert details["set_last_step"] == 10 * points


@pytest.mark.parametrize("points", [3, 4, 5, 7])
def test_short_curves_get_their_checkpoint(points: int) -> None:
    falls = verdict_of(Stopping(), run_of(val_loss=np.linspace(2.0, 1.0, points))).details
    assert falls["best_step"] == 10 * points
    rises = verdict_of(Stopping(), run_of(val_loss=np.linspace(1.0, 2.0, points))).details
    assert rises["set_first_step"] == 10


@pytest.mark.parametrize("points", [201, 600, 1999])
def test_the_end_of_a_long_curve_that_still_falls_is_its_last_evaluation(points: int) -> None:
    """Block means are judged, checkpoints are kept: the last block's middle is none."""
    details = verdict_of(Stopping(), run_of(val_loss=np.linspace(2.0, 1.0, points))).details
    assert details["best_step"] == details["set_last_step"] == 10 * points


def test_within_a_block_the_evaluation_is_kept_that_the_weights_were_best_at() -> None:
    """A turn sharper than a block is long, without noise and shared with train: the lowest value is the best."""
    t = np.arange(2000.0)
    course = 1.0 + np.abs(t - 1237.0) / 2000.0
    course[1237] -= 0.05
    details = verdict_of(Stopping(), run_of(val_loss=course, train_loss=course)).details
    assert details["best_step"] == 12380
    assert details["set_first_step"] <= 12380 <= details["set_last_step"]  # type: ignore[operator]


def test_a_low_narrower_than_a_block_is_not_lost_in_its_mean() -> None:
    """The loss is lowest for two evaluations at its start, without noise, and ends above that: no block shows it."""
    t = np.arange(2000.0)
    course = 1.0 + 0.5 * np.exp(-t / 900.0) + 0.1 * np.exp(-t / 2.0)
    course[23:25] = 1.0
    details = verdict_of(Stopping(), run_of(val_loss=course, train_loss=course)).details
    assert details["best_step"] in (240, 250)
    assert details["set_first_step"] <= details["best_step"] <= details["set_last_step"]  # type: ignore[operator]


def test_the_same_few_samples_may_rise_where_all_others_fall() -> None:
    """A validation loss that turns up by what 400 samples lack: the set reaches the end, the best, if that is known."""
    t = np.arange(40) / 40
    train, population = 0.5 + np.exp(-4.0 * t), 0.7 + np.exp(-10.0 * t)
    accuracy = np.round(400 * (0.8 - 0.3 * np.exp(-5.0 * t))) / 400
    held = {"known": 0, "unknown": 0}
    for seed in range(100):
        random = np.random.default_rng(seed)
        tilted = population + 2.5 / 20.0 * random.standard_normal() * train + 0.001 * random.standard_normal(40)
        losses = run_of(val_loss=tilted, train_loss=train)
        for name, run in {
            "known": run_of(val_loss=tilted, train_loss=train, val_acc=accuracy),
            "unknown": losses,
        }.items():
            held[name] += verdict_of(Stopping(), run).details["set_last_step"] >= 370  # type: ignore[operator]
    assert held["known"] >= 75
    assert held["unknown"] <= 60


def test_where_nothing_changes_every_step_is_as_good() -> None:
    for points in (4, 40, 150):
        details = verdict_of(Stopping(), run_of(val_loss=np.full(points, 0.6931))).details
        assert (details["set_first_step"], details["set_last_step"]) == (10, 10 * points)


def test_of_equal_values_none_is_called_lower_and_no_longer_training_is_advised_past_a_stop() -> None:
    saturated = np.r_[np.linspace(0.5, 0.99, 10), np.ones(30)]
    advice = verdict_of(Stopping(), run_of(val_acc=saturated), tag="val/acc").advice
    assert "logged value" not in advice
    assert "longer training" not in advice


def test_the_extreme_value_of_an_accuracy_is_its_highest() -> None:
    lucky = 1.0 - np.exp(-6.0 * T) + 0.02 * np.random.default_rng(2).standard_normal(40)
    lucky[25] += 0.08
    verdict = verdict_of(Stopping(), run_of(val_acc=0.8 * lucky), tag="val/acc")
    assert verdict.details["lowest_step"] == 260
    assert verdict.details["best_step"] != 260
    assert "The highest logged value is at step 260" in verdict.advice
