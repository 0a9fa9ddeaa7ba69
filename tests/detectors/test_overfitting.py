"""overfitting: what it reports and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.overfitting import Overfitting
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


def test_a_second_descent_withdraws_it() -> None:
    hump = 0.5 * np.exp(-(((T - 0.45) / 0.1) ** 2))
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling(pace=4) + hump, train_loss=falling(noise=0)))
    assert verdict.status == "pass"


def test_a_validation_that_only_ever_rises_is_overfitting_from_the_start() -> None:
    noise = 0.01 * np.random.default_rng(3).standard_normal(40)
    verdict = verdict_of(Overfitting(), run_of(val_loss=0.7 + 0.4 * T + noise, train_loss=0.7 * np.exp(-4 * T)))
    assert verdict.status == "fail"
    assert (verdict.start_step or 0) <= 50


@pytest.mark.parametrize("seed", range(20))
def test_slow_noise_around_a_level_is_none(seed: int) -> None:
    random = np.random.default_rng(seed)
    slow = np.zeros(40)
    for i in range(1, 40):
        slow[i] = 0.7 * slow[i - 1] + 0.02 * random.standard_normal()
    verdict = verdict_of(Overfitting(), run_of(val_loss=falling(noise=0) + slow, train_loss=falling(noise=0)))
    assert verdict.status in ("pass", "undetermined")
