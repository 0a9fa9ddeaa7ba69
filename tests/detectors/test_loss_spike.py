"""loss-spike: recovered, never regained, explained by the rate, hidden by smoothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from loglens.detector import judge_run
from loglens.detectors.loss_spike import LossSpike
from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Phase, Quantity, Role, Run
from loglens.verdict import Marker, Verdict

Array = np.ndarray


def curve(tag: str, phase: Phase, quantity: Quantity, values: Array) -> Curve:
    steps = 10 * np.arange(len(values))
    role = Role(phase, quantity, "", "min" if quantity == "loss" else "none", 1.0, "")
    return Curve(SeriesKey(".", tag), role, "step", steps, steps.astype(np.float64), values, steps / 100)


def judge(loss: Array, rate: Array | None = None) -> Verdict:
    curves = [curve("loss", "train", "loss", loss)]
    if rate is not None:
        curves.append(curve("lr", "train", "learning-rate", rate))
    return judge_run(Run("run", (".",), tuple(curves)), [LossSpike()])[0]


def noisy(n: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return 2.0 * np.exp(-np.arange(n) / (0.2 * n)) + 0.5 + 0.02 * rng.standard_normal(n)


@pytest.mark.parametrize("n", [40, 2000])
def test_a_recovered_spike_is_a_warning_at_its_step(n: int) -> None:
    values = noisy(n)
    values[n // 2] += 1.0
    verdict = judge(values)
    assert verdict.status == "warn"
    assert verdict.start_step == 10 * (n // 2)
    assert verdict.end_step == 10 * (n // 2)
    assert verdict.details == {"count": 1, "steps": (10 * (n // 2),)}
    assert [e.step for e in verdict.evidence if isinstance(e, Marker)] == [10 * (n // 2)]
    assert "comes back" in verdict.summary


def test_a_low_spike_of_a_long_curve_must_be_surer() -> None:
    """The same jump out of the same noise: a sixth of what was learned, or a third; and one far out of it."""
    t = np.arange(1500)
    found = {(sd, share): 0 for sd in (6.3, 14.0) for share in (0.15, 0.3)}
    for sd, share in found:
        for seed in range(60):
            course = sd / share * (1 - t / 1500)
            values = course + np.random.default_rng(seed).standard_normal(1500)
            values[900] = course[900] + sd
            found[sd, share] += judge(values).is_finding
    assert found[6.3, 0.15] < found[6.3, 0.3] - 15
    assert found[14.0, 0.15] == found[14.0, 0.3] == 60


def test_where_nothing_was_learned_a_spike_must_be_surer() -> None:
    """The same jump out of the same noise: of a loss that fell to a half, and of one that stays where it began."""
    t = np.arange(1500)
    found = {(sd, start): 0 for sd in (6.3, 20.0) for start in (1.0, 2.0)}
    for sd, start in found:
        for seed in range(60):
            course = 1 + (start - 1) * (1 - t / 1500) ** 4
            values = course + 0.3 / sd * np.random.default_rng(seed).standard_normal(1500)
            values[900] = course[900] + 0.3
            found[sd, start] += judge(values).is_finding
    assert found[6.3, 1.0] < found[6.3, 2.0] - 15
    assert found[20.0, 1.0] == found[20.0, 2.0] == 60


@pytest.mark.parametrize("n", [40, 2000])
def test_no_spike_passes(n: int) -> None:
    verdict = judge(noisy(n))
    assert verdict.status == "pass"
    assert verdict.details["count"] == 0


def test_a_level_never_regained_is_a_fail() -> None:
    values = noisy(2000)
    values[1200:] += 1.5
    verdict = judge(values)
    assert verdict.status == "fail"
    assert verdict.end_step is None
    assert verdict.start_step is not None
    assert abs(verdict.start_step - 12_000) <= 20
    assert "never regains" in verdict.summary


def test_a_slow_recovery_is_a_recovery() -> None:
    values = noisy(2000)
    values[1000:] += 1.5 * np.exp(-np.arange(1000) / 150)
    assert judge(values).status == "warn"


def test_a_restart_of_the_rate_explains_the_jump() -> None:
    n = 2000
    phase = (np.arange(n) % 500) / 500
    rate = 1e-3 * (0.01 + 0.5 * (1 + np.cos(np.pi * phase)))
    values = noisy(n) + 1.2 * (np.arange(n) > 400) * np.exp(-(np.arange(n) % 500) / 40)
    assert judge(values).is_finding
    assert judge(values, rate).status == "pass"


def test_a_smoothed_curve_is_undetermined() -> None:
    raw = noisy(2000)
    raw[1000] += 2
    smooth = raw.copy()
    for i in range(1, len(raw)):
        smooth[i] = 0.95 * smooth[i - 1] + 0.05 * raw[i]
    verdict = judge(smooth)
    assert verdict.status == "undetermined"
    assert verdict.missing == ("loss unsmoothed",)


def test_many_are_counted_and_twenty_are_named() -> None:
    values = noisy(5000)
    values[500:4900:110] += 1.5
    verdict = judge(values)
    assert verdict.details["count"] == 40
    steps = verdict.details["steps"]
    assert isinstance(steps, tuple)
    assert len(steps) == 20


def test_a_rate_that_is_logged_once_an_epoch_explains_what_lies_between() -> None:
    """Loss each step, rate each hundred: the loss jumps before the first point that shows the grown rate."""
    n = 2000
    phase = (np.arange(n) % 500) / 500
    rate = 1e-3 * (0.01 + 0.5 * (1 + np.cos(np.pi * phase)))
    values = noisy(n) + 1.2 * (np.arange(n) > 400) * np.exp(-(np.arange(n) % 500) / 40)
    loss, logged = curve("loss", "train", "loss", values), curve("lr", "train", "learning-rate", rate)
    sparse = dataclasses.replace(
        logged, **{name: getattr(logged, name)[90::100] for name in ("steps", "wall_times", "values", "epochs")}
    )
    run = Run("run", (".",), (loss, sparse))
    assert judge_run(run, [LossSpike()])[0].status == "pass"


def pair(train: Array, validation: Array) -> list[Verdict]:
    one, two = curve("train", "train", "loss", train), curve("val", "validation", "loss", validation)
    one, two = dataclasses.replace(one, pair=two.key), dataclasses.replace(two, pair=one.key)
    return list(judge_run(Run("run", (".",), (one, two)), [LossSpike()]))


def test_a_spike_of_both_curves_is_surer_than_one_of_one() -> None:
    """Seven sd in 30 epochs: told where train and validation agree, hardly where one of them knows nothing of it."""
    told = {"both": 0, "one": 0}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        course = 2.0 * np.exp(-np.arange(30) / 5) + 0.5
        train, validation = (course + 0.05 * rng.standard_normal(30) for _ in range(2))
        validation[18] += 0.42
        told["one"] += any(v.is_finding for v in pair(train, validation))
        train[18] += 0.42
        told["both"] += any(v.is_finding for v in pair(train, validation))
    assert told["both"] >= 36
    assert told["one"] <= 4


@pytest.mark.parametrize("n", [40, 2000])
def test_a_loss_below_zero_is_judged_alike(n: int) -> None:
    values = noisy(n)
    values[n // 2] += 1.0
    shifted, plain = judge(values - 40.0), judge(values)
    assert (shifted.status, shifted.start_step) == (plain.status, plain.start_step)
    assert judge(noisy(n) - 40.0).status == "pass"


def test_a_memorised_loss_makes_no_spikes_of_its_last_digits() -> None:
    """A train loss that fell to a ten-thousandth: tenfold single batches are nothing beside its start."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        course = 2.3 * np.exp(-np.arange(1800) / 150) + 2e-4
        values = course * np.exp(0.4 * rng.standard_normal(1800))
        values[[700, 1100, 1500]] = 0.05
        assert judge(values).status == "pass"


@pytest.mark.parametrize(("n", "period"), [(10, 5), (15, 8), (16, 6)])
def test_a_restart_of_a_rate_that_was_not_logged_is_no_spike(n: int, period: int) -> None:
    """It jumps alike, and comes back over the whole cycle: the log cannot tell, and says what it lacks."""
    t = np.arange(n)
    course = 2.0 * np.exp(-t / 12) + 0.3 * (1 + np.cos(np.pi * (t % period) / period))
    told = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        told += pair(*(course + 0.01 * rng.standard_normal(n) for _ in range(2)))
    assert not any(v.is_finding for v in told)
    assert any(v.status == "undetermined" and v.missing == ("learning_rate",) for v in told)


def test_one_spike_is_no_restart() -> None:
    course = 2.0 * np.exp(-np.arange(15) / 12) + 0.01 * np.random.default_rng(0).standard_normal(15)
    course[8] += 0.6
    assert all(v.is_finding for v in pair(course, course))
