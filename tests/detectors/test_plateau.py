"""plateau: flat, improving, hidden; converged or stalled; where it begins."""

from __future__ import annotations

import numpy as np

from loglens.detectors.plateau import Plateau
from tests.detectors.runs import falling, run_of, verdict_of

T = np.arange(40) / 40


def test_flat_at_the_end_with_its_onset() -> None:
    course = np.where(T < 0.5, 2.0 - 3.2 * T, 0.4)
    noise = 0.01 * np.random.default_rng(1).standard_normal(40)
    verdict = verdict_of(Plateau(), run_of(val_loss=course + noise))
    assert (verdict.status, verdict.details["state"]) == ("pass", "plateau")
    assert abs((verdict.start_step or 0) - 200) <= 20


def test_a_falling_end_is_improving() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling(pace=1.0)))
    assert (verdict.status, verdict.details["state"]) == ("pass", "improving")


def test_noise_that_hides_the_end_is_said_to() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling(pace=3.0, noise=0.25)))
    assert (verdict.status, verdict.details["state"]) == ("undetermined", "undetermined")
    assert verdict.missing


def test_nothing_learned_is_a_stall() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=2.3 + 0.01 * np.random.default_rng(2).standard_normal(40)))
    assert (verdict.status, verdict.details["kind"]) == ("warn", "stalled")
    assert verdict.advice


def test_an_annealed_rate_means_converged() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling(pace=12), lr=1e-3 * 0.5 * (1 + np.cos(np.pi * T))))
    assert (verdict.status, verdict.details["kind"]) == ("pass", "converged")


def test_a_rising_end_is_no_plateau() -> None:
    verdict = verdict_of(Plateau(), run_of(val_loss=falling() + 1.5 * np.clip(T - 0.5, 0, None)))
    assert verdict.status == "not-applicable"


def test_without_validation_the_train_loss_is_judged() -> None:
    verdict = verdict_of(Plateau(), run_of(train_loss=falling(pace=12)), "train/loss")
    assert verdict.details["state"] == "plateau"
