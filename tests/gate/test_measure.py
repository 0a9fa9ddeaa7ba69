"""Measurements: each number of a rule against one worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from loglens.config import CheckRule
from loglens.events.series import SeriesKey
from loglens.measure import REDUCED_POINTS, measure, reduced
from loglens.report import Measurement
from loglens.runs.curve import Curve, Direction, Quantity, Role, Run


def curve(
    values: list[float],
    tag: str = "val/loss",
    *,
    direction: Direction = "min",
    quantity: Quantity = "loss",
    steps: list[int] | None = None,
    wall_times: list[float] | None = None,
    epochs: list[float] | None = None,
) -> Curve:
    return Curve(
        SeriesKey("net/seed0", tag),
        Role("validation", quantity, "", direction, 0.9, "said so"),
        "step",
        np.array(steps if steps is not None else range(0, 10 * len(values), 10), np.int64),
        np.array(wall_times if wall_times is not None else range(len(values)), np.float64),
        np.array(values, np.float64),
        None if epochs is None else np.array(epochs),
    )


def one(rule: CheckRule, *curves: Curve) -> Measurement:
    (found,) = measure(Run("net/seed0", ("net/seed0",), curves), [rule])
    return found


FALLING = [5.0, 3.0, math.nan, 1.0, 2.0]


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"statistic": "best"}, 1.0),
        ({"statistic": "final"}, 2.0),
        ({"statistic": "at-step", "step": 10}, 3.0),
        ({"statistic": "at-step", "step": 39}, 1.0),
        ({"statistic": "at-step", "step": 40}, 2.0),
        ({"statistic": "at-epoch", "epoch": 1.0}, 3.0),
        ({"statistic": "steps-to", "target": 3.0}, 10.0),
        ({"statistic": "steps-to", "target": 2.9}, 30.0),
        ({"statistic": "time-to", "target": 1.5}, 3.0),
    ],
)
def test_numbers_by_hand(rule: dict[str, Any], value: float) -> None:
    found = one(CheckRule(tag="val/loss", **rule), curve(FALLING, epochs=[0.5, 1.0, 1.5, 2.0, 2.5]))
    assert (found.value, found.missing) == (value, "")
    assert found.rule == CheckRule(tag="val/loss", **rule).name


@pytest.mark.parametrize(
    ("rule", "values", "missing"),
    [
        ({"statistic": "final"}, [1.0, math.nan], "not-finite"),
        ({"statistic": "best"}, [math.inf, math.nan], "not-finite"),
        ({"statistic": "at-step", "step": 11}, [1.0, 2.0], "too-short"),
        ({"statistic": "at-epoch", "epoch": 1.0}, [1.0], "no-epochs"),
        ({"statistic": "steps-to", "target": 0.5}, [1.0, math.nan], "never-reached"),
        ({"statistic": "time-to", "target": 0.5}, [1.0], "never-reached"),
        ({"statistic": "throughput"}, [1.0, 1.0], "too-short"),
        ({"statistic": "final"}, [], "no-points"),
    ],
)
def test_why_there_is_no_number(rule: dict[str, Any], values: list[float], missing: str) -> None:
    found = one(CheckRule(tag="*", **rule), curve(values))
    assert (found.value, found.missing) == (None, missing)


def test_a_higher_metric_is_better_when_its_role_says_so() -> None:
    accuracy = curve([0.1, 0.8, 0.7], "val/acc", direction="max", quantity="accuracy")
    assert one(CheckRule(tag="val/acc", statistic="best"), accuracy).value == 0.8
    assert one(CheckRule(tag="val/acc", statistic="steps-to", target=0.75), accuracy).value == 10
    unknown = curve([0.1, 0.8], "x", direction="none", quantity="other")
    assert one(CheckRule(tag="x", statistic="best"), unknown).missing == "no-direction"


def test_throughput_is_the_median_rate_after_warm_up() -> None:
    times = [0.0, 60.0, *(60.0 + 2.0 * i for i in range(1, 99))]  # a minute of compilation, then 5 steps a second
    assert one(CheckRule(tag="*", statistic="throughput"), curve([1.0] * 100, wall_times=times)).value == 5.0
    bursts = [float(10 * (i // 10)) for i in range(200)]  # a writer that stamps ten points at once
    found = one(CheckRule(tag="*", statistic="throughput"), curve([1.0] * 200, wall_times=bursts))
    assert found.value == pytest.approx(10.0, rel=0.15)
    assert one(CheckRule(tag="*", statistic="throughput"), curve([1.0] * 50, wall_times=[7.0] * 50)).missing
    logged = curve([1.0, 300.0, 310.0, 305.0], "img_per_sec", quantity="throughput", direction="max")
    assert one(CheckRule(tag="*", statistic="throughput"), logged).value == 305.0


def test_time_counts_from_the_runs_first_point() -> None:
    train = curve([9.0], "train/loss", wall_times=[100.0])
    validation = curve([2.0, 1.0], wall_times=[130.0, 160.0])
    rule = CheckRule(tag="val/loss", statistic="time-to", target=1.0)
    assert one(rule, train, validation).value == 60.0


def test_only_what_matches_is_measured_and_nothing_twice() -> None:
    run = Run("net/seed0", ("net/seed0",), (curve([1.0]), curve([2.0], "train/loss")))
    rules = [
        CheckRule(tag="val/*", max=1.0),
        CheckRule(tag="val/*", rel_tol=0.1),
        CheckRule(tag="*", runs="other/*"),
        CheckRule(tag="train/loss", level="off"),
    ]
    assert [(m.tag, m.value) for m in measure(run, rules)] == [("val/loss", 1.0)]


def test_reduced_curves_of_equal_logging_share_their_steps() -> None:
    long = curve([float(i) for i in range(1000)])
    steps, values = reduced(long)
    assert len(steps) == len(values) == REDUCED_POINTS
    assert steps[-1] == 9990
    assert np.mean([v for v in values if v is not None]) == pytest.approx(499.5, rel=1e-3)
    assert reduced(curve([1.0, math.nan, 3.0])) == ((0, 10, 20), (1.0, None, 3.0))
    assert reduced(curve([0.0] * 1000))[0] == steps
    found = one(CheckRule(tag="*", statistic="curve"), long)
    assert (found.value, found.steps) == (None, steps)
