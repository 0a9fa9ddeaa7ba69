"""Whether a curve has turned: how sure, since where, how deep."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors._onset import onset_of
from loglens.detectors._turned import FEWEST, Turned, turned
from loglens.detectors.overfitting import Overfitting
from loglens.events.series import Floats
from loglens.prepared import Preparations
from loglens.statistics.first_order import first_order_noise
from tests.detectors.runs import falling, run_of

T = np.arange(40) / 40
RISE = np.maximum(T - 0.5, 0.0)
ALPHA = Overfitting().alpha


def turned_of(values: Floats, tag: str = "val_loss") -> Turned | None:
    run = run_of(val_loss=values) if tag == "val_loss" else run_of(episode_return=values)
    return turned(Preparations(run).of(run.curves[0]))


def onset(values: Floats) -> int:
    run = run_of(val_loss=values)
    prepared = Preparations(run).of(run.curves[0])
    found = turned(prepared)
    assert found is not None
    since = onset_of(prepared, found, None)
    assert since is not None
    return since


def sure(values: Floats, tag: str = "val_loss") -> Turned:
    found = turned_of(values, tag)
    assert found is not None
    return found


def test_depth_onset_and_level_are_those_of_the_course() -> None:
    course = 2.0 * np.exp(-12.0 * T) + 0.3 + 0.8 * RISE
    found = sure(course + 0.005 * np.random.default_rng(1).standard_normal(40))
    progress = course[0] - course.min()
    assert found.chance < 0.001
    assert found.depth == pytest.approx((course[-1] - course.min()) / progress, abs=0.01)
    assert abs(found.bottom - int(np.argmin(course))) <= 2
    assert found.lowest == pytest.approx(course.min(), abs=0.01)
    assert found.lasted == pytest.approx(39 - int(np.argmin(course)), abs=2)
    assert len(found.steps) == len(found.course)


def test_scale_and_level_do_not_matter() -> None:
    values = falling() + 0.2 * RISE
    one, other = sure(values), sure(1000.0 * values)
    assert other.chance == pytest.approx(one.chance, rel=1e-6)
    assert other.depth == pytest.approx(one.depth)
    assert other.bottom == one.bottom
    assert onset(1000.0 * values) == onset(values)


def test_the_onset_is_the_lowest_point_also_after_a_blow_up() -> None:
    course = 2.0 * np.exp(-12.0 * T) + 0.3 + 0.8 * RISE
    values = course + 0.002 * np.random.default_rng(1).standard_normal(40)
    lowest = int(np.argmin(course))
    assert abs(onset(values) - lowest) <= 1
    values[1] = 500.0
    assert abs(onset(values) - lowest) <= 1


def test_a_metric_that_drops_is_judged_like_a_loss_that_rises() -> None:
    values = 0.4 * falling(noise=0.01) + 0.04 * RISE
    loss, score = sure(values), sure(-values, "episode_return")
    assert score.chance == pytest.approx(loss.chance, rel=1e-6)
    assert score.depth == pytest.approx(loss.depth)


def test_what_only_the_last_evaluation_shows_counts_less_than_what_several_do() -> None:
    """One high value at the end, and the same height reached by three."""
    flat = falling(noise=0.01)
    last, three = flat.copy(), flat.copy()
    last[-1:] += 0.06
    three[-3:] += 0.06
    assert sure(three).chance < sure(last).chance


def test_of_curves_that_do_not_rise_few_surely_seem_to() -> None:
    """White noise around a level: a rise of 1 % of the progress is rarely told, and mostly there is none at all."""
    found = [sure(falling(noise=0.02, seed=seed)) for seed in range(200)]
    assert np.mean([one.chance < ALPHA and one.depth > 0.01 for one in found]) <= 0.03
    assert np.median([one.chance for one in found]) > 0.8


def test_slow_swings_of_noise_that_remembers_rarely_seem_to_rise() -> None:
    course = falling(noise=0)
    white = np.random.default_rng(3).standard_normal((200, len(course)))
    found = [sure(course + 0.02 * noise) for noise in first_order_noise(white, 0.8)]
    assert np.mean([one.chance < ALPHA and one.depth > 0.01 for one in found]) <= 0.04


def test_evaluations_that_are_not_looked_at_would_change_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    curves = [falling(noise=0.02, seed=seed) + random.uniform(0.0, 0.6) * RISE for seed in range(150)]
    screened = np.array([sure(values).chance for values in curves])
    monkeypatch.setattr("loglens.detectors._turned.HOPELESS", -np.inf)
    monkeypatch.setattr("loglens.detectors._turned.CERTAIN", np.inf)
    full = np.array([sure(values).chance for values in curves])
    assert not np.array_equal(screened, full)
    assert np.array_equal(screened < ALPHA, full < ALPHA)


def test_a_fall_to_the_end_has_certainly_not_turned() -> None:
    assert sure(2.0 - T).chance == 1.0


def test_long_curves_are_judged_by_their_blocks() -> None:
    t = np.arange(4000) / 4000
    course = 2.0 * np.exp(-12.0 * t) + 0.3 + 0.8 * np.maximum(t - 0.5, 0.0)
    found = sure(course + 0.01 * np.random.default_rng(2).standard_normal(4000))
    assert abs(found.bottom - int(np.argmin(course))) <= 200
    assert found.lasted == pytest.approx(4000 - int(np.argmin(course)), abs=200)


def test_too_few_points_tell_nothing() -> None:
    assert turned_of(np.linspace(2.0, 1.0, FEWEST - 1)) is None
    assert turned_of(np.empty(0)) is None
