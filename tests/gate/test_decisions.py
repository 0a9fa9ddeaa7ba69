"""Decisions over seeds: few false alarms over many tags, the power that is told, and the edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from loglens.config import CheckRule
from loglens.gate.decisions import Pair, decide_all
from loglens.gate.result import Decision
from loglens.gate.samples import Sample, Seed
from loglens.report import Missing
from loglens.runs.curve import Direction
from loglens.statistics.power import welch_power


def sample(values: Sequence[float | None], direction: Direction = "min", missing: Missing = "") -> Sample:
    seeds = tuple(Seed(f"seed{i}", v, missing if v is None else "") for i, v in enumerate(values))
    return Sample("final(loss)", "final", ".", "loss", "validation", "loss", direction, "step", True, seeds)


def pair(first: Sequence[float | None], second: Sequence[float | None], **how: Any) -> Pair:
    direction, missing = how.pop("direction", "min"), how.pop("missing", "")
    one, two = sample(first, direction, missing), sample(second, direction, missing)
    return Pair(CheckRule(tag="loss", **how), "net", "net", one, two)


def one(first: Sequence[float | None], second: Sequence[float | None], **how: Any) -> Decision:
    (decision,) = decide_all([pair(first, second, **how)])
    return decision


@pytest.mark.parametrize("seeds", [3, 10])
def test_twenty_tags_at_once_raise_no_more_alarms_than_alpha(seeds: int) -> None:
    random = np.random.default_rng(seeds)
    repetitions, alarms = 400, 0
    for _ in range(repetitions):
        level = random.normal(0, 1, (2, seeds, 1)) + random.normal(0, 1, (2, seeds, 20))  # tags of a run go together
        pairs = [pair(level[0, :, tag].tolist(), level[1, :, tag].tolist()) for tag in range(20)]
        alarms += any(decision.answer == "worse" for decision in decide_all(pairs))
    assert alarms / repetitions <= 0.05 + 2.33 * math.sqrt(0.05 * 0.95 / repetitions)


@pytest.mark.parametrize("seeds", [3, 5])
def test_the_power_that_is_told_is_the_power_there_is(seeds: int) -> None:
    random = np.random.default_rng(seeds)
    repetitions, seen = 1500, 0
    for _ in range(repetitions):
        first, second = random.normal(0, 1, seeds), random.normal(2, 1, seeds)
        decision = one(first.tolist(), second.tolist())
        seen += decision.answer == "worse"
    assert decision.power is not None
    assert decision.power.power == welch_power(2.0, seeds, seeds, 0.05)
    assert seen / repetitions == pytest.approx(decision.power.power, abs=0.03)


def test_the_direction_decides_what_is_harm() -> None:
    low, high = [0.10, 0.11, 0.12, 0.10], [0.50, 0.51, 0.52, 0.50]
    assert one(low, high).answer == "worse"
    assert one(high, low).answer == "better"
    assert one(low, high, direction="max").answer == "better"
    decision = one(low, high, direction="none")
    assert decision.answer == "undetermined"
    assert "[[role]]" in decision.reason


def test_the_effect_and_its_interval_are_in_the_unit_of_the_tag() -> None:
    decision = one([0.8, 0.81, 0.82], [0.7, 0.71, 0.72], direction="max")
    assert decision.effect == pytest.approx(-0.1)
    assert decision.harm == pytest.approx(0.1)
    assert decision.effect_low is not None
    assert decision.effect_high is not None
    assert decision.effect_low < -0.1 < decision.effect_high < 0


def test_no_difference_has_no_sign() -> None:
    for direction in ("min", "max"):
        decision = one([0.5], [0.5], direction=direction)
        assert decision.effect is not None
        assert math.copysign(1.0, decision.effect) == 1.0


def test_the_larger_tolerance_counts() -> None:
    first, second = [1.0, 1.01, 0.99], [1.1, 1.11, 1.09]
    assert one(first, second).answer == "worse"
    assert one(first, second, rel_tol=0.05, abs_tol=0.01).answer == "worse"
    decision = one(first, second, rel_tol=0.2, abs_tol=0.01)
    assert decision.answer == "no-difference-seen"
    assert decision.tolerance == pytest.approx(0.2)


def test_runs_that_repeat_themselves_exactly() -> None:
    same = [0.5, 0.5, 0.5]
    assert (one(same, same).answer, one(same, same).method) == ("no-difference-seen", "exact")
    assert one(same, [0.6, 0.6, 0.6]).answer == "worse"
    assert one(same, [0.4, 0.4, 0.4]).answer == "better"
    assert one(same, [0.5000001] * 3).answer == "no-difference-seen", "the last bit of a 32-bit float"


def test_values_that_are_missing() -> None:
    some = [1.0, 1.1, 1.2, 1.3]
    assert one(some, [None] * 4, missing="too-short").answer == "undetermined"
    assert one(some, [*some, None], missing="too-short").method == "welch", "one run cut short is left out"
    decision = one([*some, 1.4], [None] * 4 + [1.0], missing="never-reached")
    assert (decision.method, decision.answer) == ("rank", "no-difference-seen")
    assert one([*some, 1.4], [None] * 5, missing="not-finite").answer == "worse"
    few = one(some[:1], [None], missing="not-finite", rel_tol=0.1)
    assert (few.method, few.answer) == ("tolerance", "worse")


def test_mlperfs_limit() -> None:
    reference = [10.0, 11, 12, 13, 14, 15, 16, 17]
    assert one(reference, [12.0, 13, 14, 15], test="rcp").answer == "no-difference-seen"
    worse = one(reference, [20.0, 21, 22, 23], test="rcp")
    assert worse.answer == "worse"
    assert worse.limit is not None
    assert worse.baseline_mean == 13.5
    assert worse.baseline_mean < worse.limit < 21.5
    one_failed = one(reference, [12.0, 13, 14, None], test="rcp", missing="never-reached")
    assert one_failed.answer == "no-difference-seen", "one run that does not converge is dropped as the worst"
    two_failed = one(reference, [12.0, 13, None, None], test="rcp", missing="never-reached")
    assert two_failed.answer == "worse"
    assert one(reference[:3], reference, test="rcp").answer == "undetermined"
