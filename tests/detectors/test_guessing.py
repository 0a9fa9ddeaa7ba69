"""An accuracy that only guesses: told by the classes, by itself, or by the loss beside it."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.oscillation import Oscillation
from loglens.detectors.overfitting import Overfitting
from loglens.events.series import Floats
from tests.detectors.runs import run_of, verdict_of


def guesses(classes: int, samples: int = 200, seed: int = 1) -> tuple[Floats, Floats]:
    """Loss and accuracy of a model that names one class after the other, thrown about in the first half."""
    random = np.random.default_rng(seed)
    thrown = np.where(np.arange(40) < 20, 0.3 * random.random(40), 0.0)
    accuracy = random.binomial(samples, 1.0 / classes, 40) / samples
    accuracy[:5] *= 0.5  # so that it seems to have risen
    return np.log(classes) + thrown, accuracy


@pytest.mark.parametrize("classes", [2, 10])
def test_classes_that_no_log_names_are_told_by_the_loss(classes: int) -> None:
    loss, accuracy = guesses(classes)
    verdict = verdict_of(Oscillation(), run_of(val_loss=loss, val_acc=accuracy), "val/acc")
    assert verdict.status == "not-applicable"
    assert "guessing" in verdict.summary


def test_an_accuracy_that_learned_and_swings_is_judged() -> None:
    random = np.random.default_rng(2)
    right = np.clip(0.6 - 0.5 * np.exp(-np.arange(40) / 4) + 0.15 * random.standard_normal(40), 0, 1)
    loss = 2.3 - 1.2 * right
    assert verdict_of(Oscillation(), run_of(val_loss=loss, val_acc=right), "val/acc").is_finding


def test_a_loss_in_other_units_says_nothing_about_guessing() -> None:
    random = np.random.default_rng(3)
    right = np.clip(0.45 - 0.4 * np.exp(-np.arange(40) / 4) + 0.07 * random.standard_normal(40), 0.05, 1)
    assert verdict_of(Oscillation(), run_of(val_loss=0.001 * (2.3 - right), val_acc=right), "val/acc").is_finding


def test_guesses_that_get_worse_are_not_overfitting() -> None:
    """A rate that collapsed: the class that is always named is a rarer one than those named before."""
    random = np.random.default_rng(4)
    accuracy = np.where(np.arange(40) < 16, 0.12, 0.09) + 0.01 * random.standard_normal(40)
    accuracy[:4] = 0.06
    train = 0.1 + 0.08 * (1 - np.exp(-np.arange(40) / 6))
    run = run_of(val_loss=np.full(40, np.log(10)), val_acc=accuracy, train_loss=1 - train)
    verdict = verdict_of(Overfitting(), run, "val/acc")
    assert verdict.status == "pass"
    assert "guessing" in verdict.summary
    better = run_of(val_loss=np.full(40, 0.4), val_acc=7 * accuracy, train_loss=1 - train)
    assert verdict_of(Overfitting(), better, "val/acc").is_finding
