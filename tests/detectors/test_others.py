"""late-recovery, slow-learning, underfitting, metric-conflict and diminishing-returns on runs made for them."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.diminishing_returns import DiminishingReturns
from loglens.detectors.late_recovery import LateRecovery
from loglens.detectors.metric_conflict import MetricConflict
from loglens.detectors.slow_learning import SlowLearning
from loglens.detectors.underfitting import Underfitting
from loglens.events.series import Floats, SeriesKey
from loglens.runs.curve import Curve, Phase, Role, Run
from tests.detectors.runs import falling, run_of, verdict_of

T = np.arange(40) / 40


def test_a_hump_that_was_recovered_from_is_told() -> None:
    hump = 0.6 * np.exp(-(((T - 0.4) / 0.1) ** 2))
    verdict = verdict_of(LateRecovery(), run_of(val_loss=falling(pace=4) + hump))
    assert verdict.status == "pass"
    assert 100 <= (verdict.start_step or 0) <= 220
    assert isinstance(verdict.details["gain"], float)
    assert verdict.details["gain"] > 0


def test_a_flat_part_that_was_left_is_told() -> None:
    course = 1.0 / (1 + np.exp((T - 0.1) * 80)) + 1.0 / (1 + np.exp((T - 0.7) * 80)) + 0.3
    verdict = verdict_of(LateRecovery(), run_of(val_loss=course + 0.005 * np.random.default_rng(1).standard_normal(40)))
    assert verdict.status == "pass"
    assert 220 <= (verdict.start_step or 0) <= 300


def test_a_shoulder_between_two_descents_is_told_and_a_drop_of_the_rate_named() -> None:
    course = 1.0 - 0.5 * np.minimum(4.0 * T, 1.0) - 0.3 * np.clip((T - 0.6) / 0.15, 0.0, 1.0)
    course = course + 0.01 * np.random.default_rng(4).standard_normal(40)
    told = verdict_of(LateRecovery(), run_of(val_loss=course))
    assert (told.status, told.details["after"]) == ("pass", "flat part")
    assert "dropped" not in told.summary
    dropped = verdict_of(LateRecovery(), run_of(val_loss=course, lr=np.where(T < 0.6, 0.1, 0.01)))
    assert "when the learning rate was dropped" in dropped.summary


def test_swings_slow_starts_and_spikes_are_no_recovery() -> None:
    random = np.random.default_rng(5)
    noise = 0.005 * random.standard_normal(40)
    swings = 1.5 - T + 0.4 * np.sin(2 * np.pi * 4 * T)
    slow_start = 1.0 / (1.0 + np.exp((T - 0.5) * 10.0))
    spiked = falling(pace=4, noise=0.005)
    spiked[18:20] += 0.6, 0.1
    for course in (swings + noise, slow_start + noise, spiked):
        assert verdict_of(LateRecovery(), run_of(val_loss=course)).status == "not-applicable"


def test_a_plain_descent_has_no_recovery() -> None:
    assert verdict_of(LateRecovery(), run_of(val_loss=falling())).status == "not-applicable"


def test_steady_late_progress_at_a_steady_rate_is_slow() -> None:
    verdict = verdict_of(SlowLearning(), run_of(val_loss=2.3 - 1.2 * T, lr=np.full(40, 1e-4)))
    assert verdict.status == "warn"
    assert "rate" in verdict.advice


def test_slow_learning_needs_the_rate() -> None:
    verdict = verdict_of(SlowLearning(), run_of(val_loss=2.3 - 1.2 * T))
    assert (verdict.status, verdict.missing) == ("undetermined", ("learning rate",))
    annealed = run_of(val_loss=2.3 - 1.2 * T, lr=1e-3 * (1 - T))
    assert verdict_of(SlowLearning(), annealed).status == "pass"


def test_a_course_that_has_come_most_of_its_way_is_not_slow() -> None:
    """An exponential of two e-folds made .08 of its progress in the last fifth, one of half an e-fold .16."""
    rate, noise = np.full(40, 1e-4), 0.003 * np.random.default_rng(5).standard_normal(40)
    statuses = [
        verdict_of(SlowLearning(), run_of(val_loss=1.0 + np.exp(-pace * T) + noise, lr=rate)).status
        for pace in (0.5, 2.0)
    ]
    assert statuses == ["warn", "pass"]


def test_a_second_descent_after_training_is_done_is_no_slow_learning() -> None:
    hump = 1.0 + 0.3 * np.sin(np.pi * T) - 0.5 * T
    run = run_of(val_loss=hump, train_loss=falling(pace=20, noise=0.002), lr=np.full(40, 1e-3))
    assert verdict_of(SlowLearning(), run).status == "pass"
    slow = run_of(val_loss=2.3 - 1.2 * T, train_loss=falling(pace=20, noise=0.002), lr=np.full(40, 1e-3))
    assert verdict_of(SlowLearning(), slow).status == "pass"


def test_a_sudden_late_drop_is_no_slow_learning() -> None:
    late = 1.3 - 0.4 * (T > 0.1) - 0.5 / (1 + np.exp((0.85 - T) * 60))
    noise = 0.005 * np.random.default_rng(6).standard_normal(40)
    assert verdict_of(SlowLearning(), run_of(val_loss=late + noise, lr=np.full(40, 1e-3))).status == "pass"


def test_flat_at_the_level_of_guessing_is_underfitting() -> None:
    noise = 0.005 * np.random.default_rng(2).standard_normal(40)
    verdict = verdict_of(Underfitting(), run_of(train_loss=2.302 + noise, classes=10), "train/loss")
    assert verdict.status == "warn"
    assert "ten examples" in verdict.advice


def test_a_learned_training_set_is_none_and_the_middle_stays_open() -> None:
    assert verdict_of(Underfitting(), run_of(train_loss=falling()), "train/loss").status == "pass"
    half = 2.3 * (0.65 + 0.35 * np.exp(-12 * T))
    middle = verdict_of(Underfitting(), run_of(train_loss=half), "train/loss")
    assert (middle.status, middle.missing) == ("undetermined", ("a reference score",))


STUCK = 2.3 * (0.6 + 0.4 * np.exp(-200 * T)) + 0.01 * np.random.default_rng(4).standard_normal(40)


def test_a_loss_that_falls_at_once_and_stays_high_is_stuck() -> None:
    verdict = verdict_of(Underfitting(), run_of(train_loss=STUCK, val_loss=STUCK + 0.01), "train/loss")
    assert verdict.status == "warn"
    assert verdict.details["stuck"]
    assert (verdict.start_step or 0) <= 40
    assert "tenth of the learning rate" in verdict.advice


@pytest.mark.parametrize(
    "run",
    [
        # the training set is learned better than the rest
        run_of(train_loss=STUCK, val_loss=STUCK + 0.3 * (T > 0)),
        # smaller steps came no lower
        run_of(train_loss=STUCK, val_loss=STUCK, lr=np.asarray(0.1 * 0.8 ** np.arange(40.0), dtype=np.float64)),
        # the answers are right: so much noise is in the data
        run_of(train_loss=STUCK, val_loss=STUCK, val_acc=np.full(40, 0.9)),
    ],
    ids=["gap", "annealed", "accurate"],
)
def test_a_high_loss_with_another_reason_is_not_stuck(run: Run) -> None:
    assert verdict_of(Underfitting(), run, "train/loss").status == "undetermined"


def test_a_loss_that_is_approached_slowly_is_not_stuck() -> None:
    slowly = 2.3 * (0.6 + 0.4 * np.exp(-12 * T)) + 0.01 * np.random.default_rng(5).standard_normal(40)
    verdict = verdict_of(Underfitting(), run_of(train_loss=slowly, val_loss=slowly), "train/loss")
    assert verdict.status == "undetermined"


def test_a_loss_that_was_thrown_up_and_came_down_to_guessing_has_learned_nothing() -> None:
    thrown, guesses = 1.7 + 130 * np.exp(-8 * T), np.random.default_rng(6).binomial(500, 0.2, 40) / 500
    verdict = verdict_of(Underfitting(), run_of(train_loss=thrown, val_acc=guesses, classes=5), "train/loss")
    assert verdict.status == "warn"
    assert "guessing among 5 classes" in verdict.summary
    others = (
        run_of(train_loss=thrown - 1.5, val_acc=guesses, classes=5),  # better than guessing
        run_of(train_loss=thrown, val_acc=guesses + 0.5, classes=5),  # a loss in other units: the answers are right
        run_of(train_loss=thrown, val_acc=guesses),  # guessing among how many?
        run_of(train_loss=thrown, classes=5),
    )
    assert [verdict_of(Underfitting(), run, "train/loss").status for run in others] == ["pass"] * 4


def test_loss_up_and_accuracy_up_is_a_conflict() -> None:
    random = np.random.default_rng(3)
    loss = falling() + 1.2 * np.clip(T - 0.4, 0, None)
    accuracy = 0.1 + 0.6 * (1 - np.exp(-3 * T)) + 0.005 * random.standard_normal(40)
    verdict = verdict_of(MetricConflict(), run_of(val_loss=loss, val_acc=accuracy))
    assert verdict.status == "warn"
    assert [key.tag for key in verdict.tags] == ["val/loss", "val/acc"]
    agreed = run_of(val_loss=falling(), val_acc=1.0 - 0.4 * falling(seed=9))
    assert verdict_of(MetricConflict(), agreed).status == "pass"
    assert verdict_of(MetricConflict(), run_of(val_loss=loss)).status == "not-applicable"


def test_returns_diminish_at_the_price_asked() -> None:
    """Two hours an evaluation, 2 exp(-6 t / 40) + .3: .01 an hour is last paid where the slope is .02 an evaluation."""
    run = run_of(val_loss=falling(noise=0), hours=2.0)
    assert verdict_of(DiminishingReturns(), run).status == "not-applicable"
    verdict = verdict_of(DiminishingReturns(price=0.01), run)
    assert verdict.status == "warn"
    expected = 40 / 6 * np.log(2 * 6 / 40 / 0.02)
    assert (verdict.start_step or 0) / 10 - 1 == pytest.approx(expected, abs=2)


def test_a_loss_that_ends_no_lower_than_it_began_has_learned_nothing_however_it_swings() -> None:
    wild = 2.3 * np.exp(np.abs(np.random.default_rng(7).standard_normal(40)))
    wild[0] = 2.3
    assert verdict_of(Underfitting(), run_of(train_loss=wild), "train/loss").status == "warn"


@pytest.mark.parametrize("points", [20, 30])
def test_what_is_still_beside_its_start_is_flat_however_it_moves_beside_its_own_small_gain(points: int) -> None:
    """A gain of 5 % of the start, made in the first third, and noise of .3 %: the rest of the run brings nothing."""
    t = np.arange(points) / points
    white = np.random.default_rng(8).standard_normal((50, points))
    losses = 2.3 * (1.0 - 0.05 * (1.0 - np.exp(-12.0 * t)) + 0.003 * white)
    found = [verdict_of(Underfitting(), run_of(train_loss=loss), "train/loss").is_finding for loss in losses]
    assert sum(found) >= 48


def test_an_early_look_at_a_slow_start_is_no_underfitting() -> None:
    """A steady fall by 9 % in noise of 5 %: not surely learned yet, but its last fifth lies below its first."""
    t = np.arange(200) / 200
    noise = 0.05 * np.random.default_rng(7).standard_normal(200)
    run = run_of(train_loss=1.0 - 0.09 * t + noise)
    assert not verdict_of(Underfitting(), run, "train/loss").is_finding


def steps_of(tag: str, phase: Phase, values: Floats, every: int) -> Curve:
    """A loss logged each `every` steps, ten steps an epoch."""
    steps = every * np.arange(1, len(values) + 1, dtype=np.int64)
    other = SeriesKey(".", "train/loss" if tag == "val/loss" else "val/loss")
    role = Role(phase, "loss", "", "min", 1.0, "made")
    return Curve(SeriesKey(".", tag), role, "step", steps, steps.astype(np.float64), values, steps / 10.0, other)


@pytest.mark.parametrize(("epochs", "status"), [(6, "undetermined"), (20, "warn")])
def test_a_loss_that_has_begun_to_fall_must_rest_for_some_evaluations(epochs: int, status: str) -> None:
    """Flat over the last quarter, after a fall by a tenth: of six epochs that is one epoch and a half."""
    n = 10 * epochs
    train = 2.0 - 0.2 * np.minimum(np.arange(n) / (0.6 * n), 1.0) + 0.005 * np.random.default_rng(1).standard_normal(n)
    curves = (steps_of("train/loss", "train", train, 1), steps_of("val/loss", "validation", train[9::10], 10))
    run = Run("run", (".",), curves, steps_per_epoch=10.0)
    assert verdict_of(Underfitting(), run, "train/loss").status == status


def test_right_answers_tell_that_the_log_began_late() -> None:
    """A first logged loss that training had brought down already is no start."""
    flat = 0.4 + 0.005 * np.random.default_rng(2).standard_normal(40)
    assert verdict_of(Underfitting(), run_of(train_loss=flat), "train/loss").status == "warn"
    late = run_of(train_loss=flat, val_acc=np.full(40, 0.85), classes=4)
    assert verdict_of(Underfitting(), late, "train/loss").status == "undetermined"


def test_where_another_train_loss_fell_a_loss_beside_its_start_is_left_open() -> None:
    """Batches in a fixed order may look flat; the tag is told whole, colons and all."""
    steps, role = 10 * np.arange(1, 41, dtype=np.int64), Role("train", "loss", "", "min", 1.0, "made")
    curves = tuple(
        Curve(SeriesKey(".", tag), role, "step", steps, steps.astype(np.float64), values, steps / 10.0, None)
        for tag, values in (("train: head", 2.3 + 0.0 * T), ("train: body", falling()))
    )
    verdict = verdict_of(Underfitting(), Run("run", (".",), curves, steps_per_epoch=10.0), "train: head")
    assert verdict.status == "undetermined"
    assert verdict.summary.startswith("train: head is flat at 100 %")
    assert verdict.summary.endswith("; but another train loss of the run fell.")
