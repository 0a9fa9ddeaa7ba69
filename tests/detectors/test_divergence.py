"""divergence: a rise that stays and costs half the progress, and what only looks like it."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detector import judge_run
from loglens.detectors.divergence import Divergence
from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Phase, Role, Run
from loglens.verdict import Verdict

Array = np.ndarray


def curve(tag: str, phase: Phase, values: Array, pair: str | None) -> Curve:
    steps = 10 * np.arange(1, len(values) + 1)
    role = Role(phase, "loss", "", "min", 1.0, "")
    key = None if pair is None else SeriesKey(".", pair)
    return Curve(SeriesKey(".", tag), role, "step", steps, steps.astype(np.float64), values, steps / 10, key)


def judge(train: Array | None, validation: Array | None = None) -> dict[str, Verdict]:
    curves = []
    if train is not None:
        curves.append(curve("train", "train", train, None if validation is None else "val"))
    if validation is not None:
        curves.append(curve("val", "validation", validation, None if train is None else "train"))
    found = judge_run(Run("run", (".",), tuple(curves)), [Divergence()])
    return {verdict.tags[0].tag: verdict for verdict in found}


def falling(n: int, seed: int = 0) -> Array:
    return 2 * np.exp(-np.arange(n) / (0.15 * n)) + 0.4 + 0.01 * np.random.default_rng(seed).standard_normal(n)


@pytest.mark.parametrize("n", [12, 40, 1000])
def test_an_exponential_rise_is_found_where_it_leaves(n: int) -> None:
    at = int(0.7 * n)
    t = np.arange(n)
    verdict = judge(falling(n) + np.where(t >= at, 0.1 * np.exp((t - at) * 12 / n), 0.0))["train"]
    assert verdict.status == "fail"
    assert verdict.start_step is not None
    assert abs(verdict.start_step / 10 - 1 - at) <= max(2, 0.1 * n)
    assert verdict.end_step is None
    lost = verdict.details["lost_progress"]
    assert isinstance(lost, float)
    assert lost > 0.5


def test_a_collapse_to_the_start_is_a_divergence() -> None:
    values = falling(50)
    values[30:] = 2.3 + 0.01 * np.random.default_rng(1).standard_normal(20)
    verdict = judge(values)["train"]
    assert verdict.status == "fail"
    assert verdict.details["lost_progress"] == pytest.approx(1.0, abs=0.1)


def test_beyond_the_start_without_ever_having_gained() -> None:
    verdict = judge(2.3 + np.linspace(0, 4, 40) ** 2)["train"]
    assert verdict.status == "fail"
    assert "above where it began" in verdict.summary or "from the beginning" in verdict.summary


def test_growth_over_many_orders_of_magnitude_after_a_first_gain() -> None:
    verdict = judge(np.r_[5.9, 4.1, 3.6, 3.65 * 1.4 ** np.arange(50)])["train"]
    assert verdict.status == "fail"
    assert verdict.start_step in (40, 50, 60)
    lost = verdict.details["lost_progress"]
    assert isinstance(lost, float)
    assert lost > 1e5


@pytest.mark.parametrize("case", ["falls", "flat and noisy", "spike at the end", "slight rise", "hump"])
def test_what_is_no_divergence(case: str) -> None:
    n = 60
    t = np.arange(n)
    noise = np.random.default_rng(2).standard_normal(n)
    values = {
        "falls": falling(n),
        "flat and noisy": 2.3 + 0.05 * noise,
        "spike at the end": falling(n) + 5.0 * (t == n - 1),
        "slight rise": falling(n) + 0.3 * np.clip((t - 30) / 30, 0, None),
        "hump": falling(n) + 2 * np.exp(-0.5 * ((t - 30) / 5) ** 2),
    }[case]
    assert judge(values)["train"].status == "pass"


def test_overfitting_is_not_divergence() -> None:
    n = 60
    validation = falling(n, 3) + 2.5 * np.clip((np.arange(n) - 15) / 45, 0, None)
    found = judge(falling(n), validation)
    assert found["train"].status == "pass"
    assert found["val"].status == "pass"
    assert "not a divergence" in found["val"].summary


def test_both_rising_is_divergence_of_both() -> None:
    n = 60
    rise = 2.5 * np.clip((np.arange(n) - 40) / 20, 0, None)
    found = judge(falling(n) + rise, falling(n, 4) + rise)
    assert found["train"].status == "fail"
    assert found["val"].status == "fail"


def test_a_validation_loss_alone_is_undetermined() -> None:
    n = 60
    verdict = judge(None, falling(n) + 2.5 * np.clip((np.arange(n) - 20) / 40, 0, None))["val"]
    assert verdict.status == "undetermined"
    assert verdict.missing == ("train/loss",)


def test_a_non_finite_end_belongs_to_non_finite() -> None:
    values = falling(40)
    values[30:] = np.nan
    assert judge(values)["train"].status == "not-applicable"


def test_wild_swings_that_end_high_are_no_sure_rise() -> None:
    n = 60
    false = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        false += judge(falling(n, seed) + 0.5 * rng.standard_normal(n))["train"].is_finding
    assert false <= 2


def test_one_lucky_first_batch_is_no_level_that_was_left() -> None:
    """A rest that lies 15 % above its first value may be that value's luck; one that lies 64 % above it is not."""
    noise = 0.01 * np.random.default_rng(3).standard_normal(50)
    first = np.r_[-0.3, np.zeros(49)]
    assert judge(2.3 + first + noise)["train"].status == "pass"
    assert judge(2.3 + 3.0 * first + noise)["train"].status == "fail"


def test_a_small_gain_that_is_lost_again_is_no_divergence() -> None:
    """From 2.3 down to 2.1 and back to 2.25: three quarters of next to nothing."""
    t = np.arange(60) / 60
    course = 2.3 - 0.2 * np.minimum(3.0 * t, 1.0) + 0.15 * np.clip((t - 0.6) / 0.2, 0.0, 1.0)
    assert judge(course + 0.002 * np.random.default_rng(4).standard_normal(60))["train"].status == "pass"
