"""overfitting: what it reports and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.metric_conflict import MetricConflict
from loglens.detectors.overfitting import Overfitting
from loglens.statistics.first_order import first_order_noise
from tests.detectors.runs import falling, run_of, verdict_of

T = np.arange(40) / 40
RISE = 1.5 * np.clip(T - 0.4, 0, None)


def test_a_rise_while_train_falls_is_overfitting_from_its_minimum_on() -> None:
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling() + RISE, train_loss=falling(noise=0) - 0.1 * T))
    assert verdict.status == "fail"
    assert 130 <= (verdict.start_step or 0) <= 200
    assert verdict.end_step is None
    assert verdict.details["depth"] == pytest.approx(0.345, abs=0.04)  # .69 of 2.0, by the formula
    assert "val/loss" in verdict.summary
    assert "epoch" in verdict.summary


@pytest.mark.parametrize("pace", [0.08, 0.15, 0.3])
def test_a_rise_that_levels_off_is_overfitting_since_it_began(pace: float) -> None:
    """Up by .6 of 2.0 within the second third of the run, flat from there on, train on its way to zero."""
    rise = 0.6 * (1.0 - np.exp(-np.clip(T - 0.35, 0, None) / pace))
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling(pace=12) + rise, train_loss=2.3 * np.exp(-5 * T)))
    assert verdict.status == "fail"
    assert 120 <= (verdict.start_step or 0) <= 170  # the kink is at 150


def test_a_small_sure_rise_is_a_warning() -> None:
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling() + RISE / 5, train_loss=falling(noise=0)))
    assert verdict.status == "warn"


def test_a_tiny_rise_is_none_however_sure() -> None:
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling(noise=1e-5) + RISE / 60, train_loss=falling(noise=0)))
    assert verdict.status == "pass"


def test_train_that_rises_along_is_an_instability() -> None:
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling() + RISE, train_loss=falling(seed=2) + RISE))
    assert verdict.status == "pass"
    assert "instability" in verdict.summary


def test_without_a_train_curve_it_names_what_is_missing() -> None:
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling() + RISE))
    assert (verdict.status, verdict.missing) == ("undetermined", ("train loss",))


@pytest.mark.parametrize(("accuracy", "status"), [(0.02, "undetermined"), (0.11, "fail")])
def test_where_labels_are_turned_around_a_rise_says_nothing_of_the_model(accuracy: float, status: str) -> None:
    shares = np.random.default_rng(0).binomial(1000, accuracy, 40) / 1000
    run = run_of(classes=10, val_loss=falling() + RISE, train_loss=falling(noise=0) - 0.1 * T, val_acc=shares)
    verdict = verdict_of(Overfitting(), run)
    assert verdict.status == status
    assert ("see below-chance" in verdict.summary) == (status == "undetermined")


def test_a_second_descent_withdraws_it() -> None:
    hump = 0.5 * np.exp(-(((T - 0.45) / 0.1) ** 2))
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling(pace=4) + hump, train_loss=falling(noise=0)))
    assert verdict.status == "pass"


def test_a_validation_that_only_ever_rises_is_overfitting_from_the_start() -> None:
    noise = 0.01 * np.random.default_rng(3).standard_normal(40)
    verdict = verdict_of(Overfitting(), run_of(val_loss=0.7 + 0.4 * T + noise, train_loss=0.7 * np.exp(-4 * T)))
    assert verdict.status == "fail"
    assert (verdict.start_step or 0) <= 50
    quiet = verdict_of(Overfitting(), run_of(val_loss=0.7 + 0.4 * T + 0.1 * noise, train_loss=0.7 * np.exp(-4 * T)))
    assert quiet.start_step == 10
    assert "evaluate earlier" in quiet.advice
    later = verdict_of(Overfitting(), run_of(val_loss=falling() + RISE, train_loss=falling(noise=0) - 0.1 * T))
    assert "evaluate earlier" not in later.advice


@pytest.mark.parametrize(("dip", "period"), [(0.06, 6), (0.08, 10)])
def test_dips_do_not_hide_a_rise_by_far_more_than_was_ever_gained(dip: float, period: int) -> None:
    """A classifier that memorises from the first epoch on: validation goes from .69 to .97 and dips there."""
    rise = 0.28 / (1.0 + np.exp((14.0 - np.arange(40)) / 4.0))
    dips = 0.5 * dip * (1.0 - np.cos(2.0 * np.pi * (np.arange(40) - 24) / period)) * (np.arange(40) >= 24)
    verdict = verdict_of(Overfitting(), run_of(val_loss=0.68 + rise - dips, train_loss=0.72 - 0.65 * T))
    assert verdict.status == "fail"
    assert (verdict.start_step or 0) <= 50


def test_slow_noise_around_a_level_is_rarely_taken_for_a_rise() -> None:
    """Noise that remembers .7 of itself, 1.4 % of the progress large: 2 % of 200 such curves and twice its error."""
    found = 0
    for seed in range(200):
        slow = 0.028 * first_order_noise(np.random.default_rng(seed).standard_normal((1, 40)), 0.7)[0]
        run = run_of(val_loss=falling(noise=0) + slow, train_loss=falling(noise=0))
        found += verdict_of(Overfitting(), run).is_finding
    assert found <= 8


def test_a_metric_that_still_improves_makes_it_a_conflict() -> None:
    """The contract: a validation loss that rises under an improving metric is metric-conflict's, not overfitting."""
    noise = 0.003 * np.random.default_rng(5).standard_normal(40)
    loss, train = falling() + RISE, falling(noise=0) - 0.1 * T
    run = run_of(val_loss=loss, train_loss=train, val_acc=0.5 + 0.4 * T + noise)
    verdict = verdict_of(Overfitting(), run)
    assert verdict.status == "pass"
    assert "val/acc still improves" in verdict.summary
    assert [key.tag for key in verdict.tags] == ["val/loss", "val/acc"]
    assert verdict_of(MetricConflict(), run).status == "warn"
    assert verdict_of(Overfitting(), run_of(val_loss=loss, train_loss=train)).status == "fail"


def test_a_metric_that_gained_and_then_stopped_excuses_nothing() -> None:
    noise = 0.003 * np.random.default_rng(5).standard_normal(40)
    accuracy = 0.5 + 0.4 * np.minimum(T, 0.5) - 0.1 * np.maximum(T - 0.6, 0.0) + noise
    run = run_of(val_loss=falling() + RISE, train_loss=falling(noise=0) - 0.1 * T, val_acc=accuracy)
    assert verdict_of(Overfitting(), run).status == "fail"


def test_a_rise_over_most_of_a_long_run_is_measured_at_its_end() -> None:
    """A thousand epochs: down to .9, then up by 4.6 % of it; the mean of the last eighth would tell 4.1 %."""
    t = np.arange(1000) / 1000
    loss = 0.9 + 0.18 * np.exp(-10 * t) + 0.0935 * np.maximum(t - 0.55, 0.0)
    loss += 0.0005 * np.random.default_rng(6).standard_normal(1000)
    verdict = verdict_of(Overfitting(), run_of(val_loss=loss, train_loss=0.9 * np.exp(-5 * t) + 0.1))
    assert verdict.status in ("warn", "fail")
    assert (verdict.value or 0.0) > 0.2


def test_a_rise_that_is_small_beside_the_level_passes_and_says_so() -> None:
    """About .2 above a level of 40; some 20 evaluations of 100 may drift by the root of a fifth of 4 %: 1.8 %."""
    course = 40.0 + falling(noise=0.002) + RISE / 4
    verdict = verdict_of(Overfitting(), run_of(val_loss=course, train_loss=40.0 + falling(noise=0)))
    assert verdict.status == "pass"
    assert "too little to matter" in verdict.summary
    assert "% of its lowest level" in verdict.summary


@pytest.mark.parametrize(("samples", "lost", "status"), [(400, 4, "pass"), (400, 12, "warn"), (4000, 40, "warn")])
def test_an_accuracy_must_lose_more_samples_than_change_sides_by_chance(samples: int, lost: int, status: str) -> None:
    """A hundredth of 400 samples is no more than chance moves, a hundredth of 4,000 is."""
    right = np.rint(samples * (0.9 - 0.5 * np.exp(-20 * T)) - lost * np.clip((T - 0.4) / 0.4, 0.0, 1.0))
    run = run_of(val_acc=(right / samples).astype(np.float32).astype(np.float64), train_loss=falling(noise=0))
    verdict = verdict_of(Overfitting(), run, "val/acc")
    assert verdict.status == status
    if status == "pass":
        assert "of its validation samples" in verdict.summary
