"""Since where a curve rises: what the train curve beside it may tell of that, and when it may not."""

from __future__ import annotations

import dataclasses

import numpy as np

from benchmarks.accuracy.synthetic import Synthetic
from loglens.detectors._onset import onset_of
from loglens.detectors._turned import turned
from loglens.detectors.overfitting import Overfitting
from loglens.events.series import Floats
from loglens.prepared import Preparations
from loglens.runs.curve import Curve
from tests.detectors.runs import run_of, verdict_of

T = np.arange(40) / 39


def onset(values: Floats, train: Curve | None) -> int:
    run = run_of(val_loss=values)
    preparations = Preparations(run)
    prepared = preparations.of(run.curves[0])
    rise = turned(prepared)
    assert rise is not None
    found = onset_of(prepared, rise, None if train is None else preparations.of(train))
    assert found is not None
    return found


def train_curve(values: Floats) -> Curve:
    return run_of(train_loss=values).curves[0]


def noisy(seed: int) -> tuple[Floats, Floats, int]:
    """A validation loss, the train loss beside it, and where the first is lowest."""
    random = np.random.default_rng(seed)
    fall = (1.0 + T / random.uniform(0.02, 0.1)) ** -random.uniform(0.6, 1.5)
    after = np.maximum(T - random.uniform(0.3, 0.7), 0.0)
    course = fall + 0.2 * after
    train = fall - 0.1 * (1.0 - np.exp(-T / 0.3)) - 0.1 * after + 0.004 * random.standard_normal(40)
    return course + 0.01 * random.standard_normal(40), train, int(np.argmin(course))


def test_the_train_loss_beside_it_places_the_onset_better() -> None:
    alone, both = [], []
    for seed in range(150):
        values, train, lowest = noisy(seed)
        alone.append(abs(onset(values, None) - lowest))
        both.append(abs(onset(values, train_curve(train)) - lowest))
    assert float(np.mean(both)) < 0.9 * float(np.mean(alone))


def test_a_train_curve_within_the_epochs_tells_what_its_means_tell() -> None:
    values, train, _ = noisy(3)
    curve = train_curve(train)
    within = dataclasses.replace(
        curve,
        steps=np.arange(6, 406, dtype=np.int64),  # ten a step of the other, evenly around it
        values=np.repeat(train, 10),
        wall_times=np.arange(400.0),
        epochs=None,
    )
    assert onset(values, within) == onset(values, curve)


def test_a_train_curve_that_is_no_loss_or_is_logged_less_often_tells_nothing() -> None:
    values, train, _ = noisy(5)
    accuracy = run_of(val_acc=1.0 - train).curves[0]
    assert onset(values, accuracy) == onset(values, None)
    assert onset(values, train_curve(train[:20])) == onset(values, None)


def test_the_scale_does_not_matter() -> None:
    values, train, _ = noisy(7)
    assert onset(1e3 * values, train_curve(1e3 * train)) == onset(values, train_curve(train))


def test_nothing_gets_worse_from_the_last_evaluation_on() -> None:
    """Where all points together are lowest at their end, what its last points show is left open."""
    run, _ = Synthetic("slow", "tuning").run(86)
    curve = next(curve for curve in run.curves if curve.role.phase == "validation")
    prepared = Preparations(run).of(curve)
    rise = turned(prepared)
    assert rise is not None
    assert rise.bottom < len(curve.steps) - 1
    assert onset_of(prepared, rise, None) is None
    verdict = verdict_of(Overfitting(), run, curve.key.tag)
    assert (verdict.status, verdict.missing) == ("undetermined", ("more evaluations",))
