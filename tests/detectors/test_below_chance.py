"""below-chance: found where labels are turned around, never where a model merely guesses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.detector import judge_run
from loglens.detectors.below_chance import BelowChance
from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Role, Run
from loglens.verdict import Verdict


def judge(
    accuracy: np.ndarray, *, classes: int | None = None, untrained: float | None = None, validation: float | None = None
) -> Verdict:
    """The verdict on an accuracy; `untrained` is the first train loss, `validation` the level of that loss."""
    steps = 20 * np.arange(1, len(accuracy) + 1)
    curves = [
        Curve(
            SeriesKey(".", "val/acc"),
            Role("validation", "accuracy", "", "max", 1.0, ""),
            "step",
            steps,
            steps.astype(np.float64),
            accuracy,
            steps / 20,
        )
    ]
    if untrained is not None:
        at = np.arange(5)
        losses = untrained * np.exp(-at / 3.0)
        role = Role("train", "loss", "", "min", 1.0, "")
        curves.append(Curve(SeriesKey(".", "train/loss"), role, "step", at, at.astype(np.float64), losses, at / 20))
    if validation is not None:
        role, losses = Role("validation", "loss", "", "min", 1.0, ""), np.full(len(steps), validation)
        curves.append(
            Curve(SeriesKey(".", "val/loss"), role, "step", steps, steps.astype(np.float64), losses, steps / 20)
        )
    return judge_run(Run("run", (".",), tuple(curves), classes=classes), [BelowChance()])[0]


def scores(share: float, samples: int, n: int = 20, seed: int = 0) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).binomial(samples, share, n) / samples)


def test_turned_labels_are_found_with_the_size_read_off() -> None:
    accuracy = np.r_[scores(0.25, 1000, 4), scores(0.05, 1000, 16, seed=1)]
    verdict = judge(accuracy, classes=4)
    assert verdict.status == "warn"
    assert verdict.details["samples"] == 1000
    assert verdict.start_step == 100
    z = verdict.details["z"]
    assert isinstance(z, float)
    assert z < -10


def test_guessing_is_no_finding() -> None:
    findings = sum(judge(scores(0.1, 500, seed=seed), classes=10).is_finding for seed in range(200))
    assert findings <= 2  # at three standard errors of one evaluation, and the mean of three varies less


def test_percent_is_understood() -> None:
    assert judge(100 * scores(0.05, 1000), classes=4).is_finding
    assert judge(100 * scores(0.9, 1000), classes=4).status == "pass"


@pytest.mark.parametrize(("untrained", "status"), [(2.3026, "warn"), (2.6, "undetermined"), (None, "undetermined")])
def test_classes_come_from_an_untrained_loss_only_where_it_tells(untrained: float | None, status: str) -> None:
    verdict = judge(scores(0.03, 1000), untrained=untrained, validation=3.0)
    assert verdict.status == status
    if status == "undetermined":
        assert verdict.missing == ("num_classes",)
    else:
        assert verdict.details["classes"] == 10


@pytest.mark.parametrize(
    ("untrained", "final", "right"),
    [
        (math.log(2), 0.2, 0.35),  # binary cross-entropy on ten outputs begins at ln 2
        (0.3 * math.log(10), 0.3, 0.35),  # class weights whose mean is .3 make ten classes look like two
        (math.log2(3), 1.2, 0.1),  # bits: three classes look like five
    ],
    ids=["outputs", "weights", "bits"],
)
def test_a_loss_in_other_units_accuses_no_healthy_classifier(untrained: float, final: float, right: float) -> None:
    verdict = judge(scores(right, 1000), untrained=untrained, validation=final)
    assert verdict.status == "undetermined"
    assert verdict.missing == ("num_classes",)


def test_what_no_number_of_classes_explains_passes() -> None:
    assert judge(scores(0.7, 300)).status == "pass"
    assert judge(scores(0.3, 300), untrained=2.5).status == "pass"
    assert judge(scores(0.3, 300)).status == "undetermined"


def test_what_is_no_accuracy_is_not_judged() -> None:
    assert judge(np.array([-1.0, 0.3, 0.4, 0.2]), classes=10).status == "not-applicable"
    assert judge(np.array([0.3, 0.4]), classes=10).status == "not-applicable"
