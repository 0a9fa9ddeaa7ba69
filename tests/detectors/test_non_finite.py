"""non-finite: where NaN and Inf begin, whether the curve came back, and words that fit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.detector import judge_run
from loglens.detectors.non_finite import NonFinite
from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Phase, Quantity, Role, Run
from loglens.verdict import Verdict


def judge(values: list[float], *, quantity: Quantity = "loss", epochs: bool = True) -> Verdict:
    steps = 100 * np.arange(1, len(values) + 1)
    curve = Curve(
        SeriesKey(".", "train/loss"),
        Role("train", quantity, "", "min", 1.0, ""),
        "step",
        steps,
        steps.astype(np.float64),
        np.array(values, dtype=np.float64),
        steps / 100 if epochs else None,
    )
    (verdict,) = judge_run(Run("run", (".",), (curve,)), (NonFinite(),))
    return verdict


@pytest.mark.parametrize(
    ("values", "status", "start", "end", "count", "recovered"),
    [
        ([1.0, 0.5, 0.2], "pass", None, None, 0, True),
        ([1.0, math.nan, 0.2], "warn", 200, 200, 1, True),
        ([math.inf, math.nan, 0.2, math.inf, 0.1], "warn", 100, 400, 3, True),
        ([1.0, 0.5, math.nan, math.nan], "fail", 300, None, 2, False),
        ([1.0, math.nan, 0.5, -math.inf], "fail", 200, None, 2, False),
        ([math.nan, math.nan], "fail", 100, None, 2, False),
    ],
)
def test_cases(
    values: list[float], status: str, start: int | None, end: int | None, count: int, *, recovered: bool
) -> None:
    verdict = judge(values)
    assert (verdict.status, verdict.start_step, verdict.end_step) == (status, start, end)
    assert (verdict.details["count"], verdict.details["recovered"]) == (count, recovered)
    assert verdict.start_epoch == (None if start is None else start / 100)


def test_a_tail_after_an_isolated_one_is_told_apart() -> None:
    verdict = judge([1, math.nan, 1, 1, math.nan, math.nan])
    assert verdict.start_step == 200
    assert verdict.details["tail_start_step"] == 500
    assert verdict.details["last_finite_step"] == 400
    assert "step 200 (epoch 2)" in verdict.summary
    assert "500" in verdict.summary


def test_one_last_value_is_told_with_less_confidence() -> None:
    one, many = judge([1, 1, math.nan]), judge([1, math.nan, math.nan])
    assert one.confidence is not None
    assert many.confidence is not None
    assert one.confidence < many.confidence


def test_words() -> None:
    assert "never held a finite value" in judge([math.nan] * 3).summary
    assert judge([1, math.inf, 1]).summary == "train/loss was Inf once, at step 200 (epoch 2), and came back."
    assert judge([1, math.nan, 1, math.inf, 1]).summary.endswith(
        "was NaN or Inf 2 times, first at step 200 (epoch 2) (NaN), and came back each time."
    )
    assert "was NaN 2 times, first at step 200 (epoch 2), and" in judge([1, math.nan, 1, math.nan, 1]).summary
    assert judge([math.nan] * 3).summary.endswith("all 3 are NaN.")
    assert judge([math.inf]).summary.endswith("its one value is Inf.")
    stretch = judge([1, math.nan, math.nan, math.nan, 1, 1])
    assert "was NaN from step 200 (epoch 2) to step 400 (epoch 4) (3 of 6 values), and came back." in stretch.summary
    assert "loss scaling" in judge([1, math.inf, 1], quantity="gradient-norm").advice
    assert "computed" in judge([1, math.nan, math.nan], quantity="metric").advice
    assert "epoch" not in judge([1, math.nan, 1], epochs=False).summary


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=60))
def test_any_values(values: list[float]) -> None:
    verdict = judge(values)
    finite = np.isfinite(values)
    assert verdict.is_finding == (not finite.all())
    assert verdict.details["count"] == int((~finite).sum())
    assert (verdict.status == "fail") == (not finite[-1])
    if verdict.start_step is not None:
        assert verdict.start_step == 100 * (1 + int(np.argmin(finite)))


def advice_for(**values: list[float]) -> dict[str, str]:
    """The advice on each curve, by phase: `train` and `validation`, a loss value every 100 steps each."""
    phases: dict[str, Phase] = {"train": "train", "validation": "validation"}
    curves = []
    for name, one in values.items():
        steps = 100 * np.arange(1, len(one) + 1)
        role = Role(phases[name], "loss", "", "min", 1.0, "")
        walls, losses = steps.astype(np.float64), np.array(one, dtype=np.float64)
        curves.append(Curve(SeriesKey(".", f"{name}/loss"), role, "step", steps, walls, losses, None))
    found = judge_run(Run("run", (".",), tuple(curves)), (NonFinite(),))
    return {verdict.tags[0].tag.partition("/")[0]: verdict.advice for verdict in found}


def test_an_evaluation_that_breaks_beside_a_sane_training_is_not_blamed_on_the_weights() -> None:
    nan, sane = math.nan, [3.0, 2.0, 1.0, 0.9, 0.8]
    for broken in ([nan] * 5, [3.0, 2.0, nan, nan, nan]):
        advice = advice_for(train=sane, validation=broken)["validation"]
        assert "look first at the evaluation" in advice
        assert "No checkpoint" not in advice
        assert "Nothing after" not in advice
    for train in ([3.0, 2.0, 1.0, nan, nan], sane[:3]):  # broken as well, or silent from then on: nothing is known
        assert "evaluation" not in advice_for(train=train, validation=[3.0, 2.0, nan, nan, nan])["validation"]


def test_a_loss_that_had_risen_before_is_not_sent_back_to_the_checkpoint_before_nan() -> None:
    assert "before it." in advice_for(train=[3.0, 2.0, 1.0, math.nan, math.nan])["train"]
    blown = advice_for(train=[3.0, 2.0, 1.0, 50.0, 4000.0, math.nan, math.nan])["train"]
    assert "near its lowest value, at step 300" in blown
