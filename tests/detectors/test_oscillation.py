"""oscillation: found and explained where it was put in, passed over where something else explains it."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detector import judge_run
from loglens.detectors.oscillation import Oscillation
from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Role, Run
from loglens.verdict import Verdict

Array = np.ndarray
STEPS = 25  # an epoch


def curve(
    tag: str, role: tuple[Phase, Quantity, Direction], steps: Array, values: Array, *, pair: str | None = None
) -> Curve:
    return Curve(
        SeriesKey(".", tag),
        Role(role[0], role[1], "", role[2], 1.0, ""),
        "step",
        steps.astype(np.int64),
        steps.astype(np.float64),
        values.astype(np.float64),
        steps / STEPS,
        None if pair is None else SeriesKey(".", pair),
    )


def falling(n: int) -> Array:
    return 2.0 * np.exp(-np.arange(n) / (0.12 * n)) + 0.3


def restarts(n: int, period: int) -> Array:
    return 0.5 * (1 + np.cos(np.pi * (np.arange(n) % period) / period))


def judge(
    validation: Array,
    train: Array | None = None,
    rate: Array | None = None,
    *,
    role: tuple[Phase, Quantity, Direction] = ("validation", "loss", "min"),
) -> Verdict:
    ends = STEPS * np.arange(1, len(validation) + 1)
    every = np.arange(1, ends[-1] + 1)
    curves = [curve("val/loss", role, ends, validation, pair=None if train is None else "train/loss")]
    if train is not None:
        curves.append(curve("train/loss", ("train", "loss", "min"), every, train, pair="val/loss"))
    if rate is not None:
        curves.append(curve("lr", ("train", "learning-rate", "none"), ends, rate))
    run = Run("run", (".",), tuple(curves), steps_per_epoch=float(STEPS))
    return judge_run(run, [Oscillation()])[0]


def batches(n: int, rng: np.random.Generator, moves: Array | float = 0.0, order: bool = False) -> Array:
    """A train loss at every step: shuffled epochs of one data set whose mean is exactly the course."""
    table = np.array([rng.permutation(np.linspace(-0.3, 0.3, STEPS)) for _ in range(n)])
    if order:
        table = np.tile(table[:1], (n, 1))
    return (table + (falling(n) + moves)[:, None]).ravel()


def test_calm_curves_pass() -> None:
    rng = np.random.default_rng(0)
    for n in (12, 40, 400):
        verdict = judge(falling(n) + 0.03 * rng.standard_normal(n))
        assert verdict.status == "pass"
        assert verdict.details["cause"] is None


@pytest.mark.parametrize("n", [30, 60, 400])
def test_a_swing_starts_where_it_was_put(n: int) -> None:
    rng = np.random.default_rng(n)
    start = n // 3
    swing = np.where(np.arange(n) >= start, 0.5 * np.sin(2 * np.pi * np.arange(n) / 5.3), 0.0)
    verdict = judge(falling(n) + swing + 0.005 * rng.standard_normal(n))
    assert verdict.is_finding
    assert verdict.start_step is not None
    assert abs(verdict.start_step / STEPS - 1 - start) <= 3
    assert verdict.start_epoch == verdict.start_step / STEPS
    assert verdict.end_step is None
    period = verdict.details["period_epochs"]
    assert isinstance(period, float)
    assert period == pytest.approx(5.3, rel=0.15)


def test_strong_is_a_fail_and_weaker_a_warning() -> None:
    rng = np.random.default_rng(7)
    noise = rng.standard_normal(40)
    assert judge(falling(40) + 0.2 * noise).status == "warn"
    assert judge(falling(40) + 1.5 * noise).status == "fail"


@pytest.mark.parametrize("shape", ["hump", "spike", "step up", "overfitting", "rate drops"])
def test_what_happens_once_is_no_oscillation(shape: str) -> None:
    rng = np.random.default_rng(8)
    t = np.arange(50)
    extra = {
        "hump": 0.6 * np.exp(-0.5 * ((t - 25) / 4) ** 2),
        "spike": 1.5 * (t == 30),
        "step up": 0.5 * (t > 30),
        "overfitting": 0.02 * np.maximum(t - 20, 0),
        "rate drops": -0.1 * (t > 20) - 0.1 * (t > 35),
    }[shape]
    assert judge(falling(50) + extra + 0.01 * rng.standard_normal(50)).status == "pass"


def test_a_swing_that_ends_has_an_end() -> None:
    rng = np.random.default_rng(9)
    t = np.arange(60)
    verdict = judge(falling(60) + 0.5 * (-1.0) ** t * (t < 35) + 0.01 * rng.standard_normal(60))
    assert verdict.is_finding
    assert verdict.end_step is not None
    assert abs(verdict.end_step / STEPS - 35) <= 3


def test_logged_restarts_explain_their_waves() -> None:
    rng = np.random.default_rng(10)
    rate = restarts(60, 6)
    verdict = judge(falling(60) + 0.6 * rate + 0.01 * rng.standard_normal(60), rate=1e-3 * rate)
    assert verdict.status == "pass"
    assert verdict.details["cause"] == "lr-schedule"


def test_logged_restarts_do_not_excuse_another_swing() -> None:
    rng = np.random.default_rng(11)
    swing = 0.5 * rng.standard_normal(60)
    assert judge(falling(60) + swing, rate=1e-3 * restarts(60, 6)).is_finding


def test_a_swing_that_a_falling_rate_calmed_passes() -> None:
    rng = np.random.default_rng(12)
    rate = np.where(np.arange(60) < 35, 1e-2, 1e-4)
    swing = np.where(np.arange(60) < 35, 0.5, 0.01) * rng.standard_normal(60)
    verdict = judge(falling(60) + swing, rate=rate)
    assert verdict.status == "pass"
    assert verdict.details["cause"] == "lr-schedule"


def test_waves_like_restarts_without_a_logged_rate_are_undetermined() -> None:
    rng = np.random.default_rng(13)
    verdict = judge(falling(60) + 0.6 * restarts(60, 6) + 0.01 * rng.standard_normal(60))
    assert verdict.status == "undetermined"
    assert verdict.confidence is None
    assert verdict.missing == ("learning_rate",)


@pytest.mark.parametrize("period", [4, 5, 6])
def test_two_restarts_are_no_finding_at_any_evaluation(period: int) -> None:
    """Over few points a sine of any pace fits them as well; a log that grows is judged at each of them."""
    waves = falling(3 * period) + 0.5 * restarts(3 * period, period)
    statuses = [judge(waves[:n]).status for n in range(8, len(waves) + 1)]
    assert set(statuses) <= {"pass", "undetermined"}
    assert "undetermined" in statuses


def test_few_points_of_a_sine_or_of_a_zigzag_are_no_restarts() -> None:
    t = np.arange(16)
    for swing in (np.sin(2 * np.pi * t / 3.6), (-1.0) ** t):
        assert judge(falling(16) + 0.3 * swing).is_finding


def test_moving_weights_are_step_noise() -> None:
    rng = np.random.default_rng(14)
    swing = 0.4 * rng.standard_normal(40)
    verdict = judge(falling(40) + swing, batches(40, rng, 0.5 * swing))
    assert verdict.is_finding
    assert verdict.details["cause"] == "step-noise"
    assert "batch" in verdict.advice


def test_a_noisy_evaluation_is_eval_noise() -> None:
    rng = np.random.default_rng(15)
    verdict = judge(falling(40) + 0.4 * rng.standard_normal(40), batches(40, rng))
    assert verdict.is_finding
    assert verdict.details["cause"] == "eval-noise"


def test_a_fixed_order_is_data_order() -> None:
    rng = np.random.default_rng(16)
    train = batches(40, rng, order=True)
    assert judge(falling(40) + 0.4 * rng.standard_normal(40), train).details["cause"] == "data-order"
    ends = STEPS * np.arange(1, 41)
    run = Run(
        "run",
        (".",),
        (curve("train/loss", ("train", "loss", "min"), np.arange(1, ends[-1] + 1), train),),
        steps_per_epoch=float(STEPS),
    )
    (verdict,) = judge_run(run, [Oscillation()])
    assert verdict.is_finding
    assert verdict.details == {"cause": "data-order", "amplitude": verdict.value, "period_epochs": 1.0}


def test_without_the_needed_tags_the_cause_is_undetermined_and_they_are_named() -> None:
    rng = np.random.default_rng(17)
    verdict = judge(falling(40) + 0.4 * rng.standard_normal(40))
    assert verdict.is_finding
    assert verdict.details["cause"] == "undetermined"
    assert verdict.missing == ("train/loss at every step", "learning_rate")


def test_minibatch_noise_of_a_train_loss_is_no_oscillation() -> None:
    rng = np.random.default_rng(18)
    every = np.arange(1, 40 * STEPS + 1)
    noisy = np.repeat(falling(40), STEPS) + rng.standard_normal(len(every))
    run = Run("run", (".",), (curve("train/loss", ("train", "loss", "min"), every, noisy),))
    assert judge_run(run, [Oscillation()])[0].status == "pass"


def test_accuracy_is_judged_upside_down_alike() -> None:
    rng = np.random.default_rng(19)
    values = falling(40) / 2.3 + 0.1 * rng.standard_normal(40)
    loss, accuracy = judge(values), judge(1 - values, role=("validation", "accuracy", "max"))
    assert loss.status == accuracy.status
    assert loss.start_step == accuracy.start_step


def test_scale_of_values_and_shift_of_steps_do_not_matter() -> None:
    rng = np.random.default_rng(20)
    values = falling(40) + 0.3 * rng.standard_normal(40)
    one, two = judge(values), judge(100 * values)
    assert (one.status, one.start_step, one.summary) == (two.status, two.start_step, two.summary)
    assert one.value == pytest.approx(two.value)


def test_short_flat_and_broken_curves_get_an_answer() -> None:
    assert judge(np.array([1.0, 0.9, 0.8])).status == "not-applicable"
    assert judge(np.full(20, 2.3)).status in ("pass", "not-applicable")
    broken = falling(20)
    broken[5:] = np.nan
    assert judge(broken).status == "not-applicable"
    assert judge(np.full(20, np.nan)).status == "not-applicable"


def test_an_accuracy_that_only_guesses_does_not_swing() -> None:
    guesses = np.random.default_rng(8).binomial(200, 0.1, 40) / 200
    assert judge(guesses, role=("validation", "accuracy", "max")).status == "not-applicable"


def test_noise_on_a_loss_that_gained_next_to_nothing_is_no_swing() -> None:
    """Shares of the little that was gained would make any noise a swing."""
    random = np.random.default_rng(9)
    course = 2.3 - 0.1 * (1 - np.exp(-np.arange(40) / 4))
    assert judge(course + 0.02 * random.standard_normal(40)).status == "pass"
    assert judge(course + 0.3 * random.standard_normal(40)).is_finding


def test_too_few_epochs_are_not_called_too_few_points() -> None:
    """A hundred logged steps of four epochs: its means over epochs are judged, and there are four of them."""
    steps = np.arange(1, 4 * STEPS + 1)
    alone = curve("train/loss", ("train", "loss", "min"), steps, batches(4, np.random.default_rng(3)))
    (verdict,) = judge_run(Run("run", (".",), (alone,), steps_per_epoch=float(STEPS)), [Oscillation()])
    assert verdict.status == "not-applicable"
    assert "over epochs, and has 4 of them" in verdict.summary
