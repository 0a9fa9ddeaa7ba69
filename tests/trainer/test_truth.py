"""States on curves made here, whose truth is plain; and scenarios that are quick enough, verified for real."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.trainer.scenarios import PAGE, RESULTS, WANTED, page
from loglens import read_scalars
from loglens.trainer.corpus import FIRST_SEED, make_corpus
from loglens.trainer.experiments import conduct, experiment, verified
from loglens.trainer.history import History
from loglens.trainer.interventions import CHANGES, changed
from loglens.trainer.labels import labels
from loglens.trainer.measures import swing
from loglens.trainer.scenarios import SCENARIOS, scenario
from loglens.trainer.settings import Settings, from_dict
from loglens.trainer.states import STATES, states
from loglens.trainer.styles import STYLES, columns
from loglens.trainer.trainings import train_many

EPOCHS = 40
TIMES = np.arange(EPOCHS + 1)
FALLING = 0.2 + 1.8 * np.exp(-TIMES / 4)


def history(population: np.ndarray, train: np.ndarray = FALLING, val: np.ndarray | None = None) -> History:
    settings = Settings(train_size=320, batch_size=32, epochs=EPOCHS)
    accuracy = np.full(EPOCHS + 1, 0.9)
    steps = np.repeat(train[1:], 10)
    return History(
        settings=settings,
        step_loss=steps,
        step_accuracy=np.full(len(steps), 0.9),
        step_lr=np.full(len(steps), 0.1),
        train_loss=train,
        train_accuracy=accuracy,
        val_loss=population if val is None else val,
        val_accuracy=accuracy,
        val20_loss=population,
        population_loss=population,
        population_accuracy=accuracy,
        classes=10,
        wall_times=TIMES.astype(float),
    )


def test_a_calm_curve_has_no_fault() -> None:
    found = states(history(FALLING), {})
    assert {name for name in STATES if found[name].present} == {"plateau"}


def test_overfitting_is_a_rise_of_the_population_while_train_falls() -> None:
    rising = FALLING + 0.02 * np.maximum(TIMES - 10, 0)
    found = states(history(rising, 0.05 + 1.9 * np.exp(-TIMES / 12)), {})["overfitting"]
    assert found.present
    assert found.size == pytest.approx(0.02 * 28 / (rising[0] - rising.min()), abs=0.1)
    assert abs(found.details["onset_epoch"] - int(np.argmin(rising))) <= 1
    assert states(history(FALLING + 0.02), {})["overfitting"].present is False


def test_the_cause_of_an_oscillation_is_what_removes_it() -> None:
    swinging = FALLING + 0.3 * (-1.0) ** TIMES * (TIMES > 0)
    noisy = history(FALLING, val=swinging)
    assert states(noisy, {})["oscillation"].details["cause"] == "eval-noise"  # the large set is calm
    stepping = history(swinging)
    assert states(stepping, {})["oscillation"].details["cause"] == "undetermined"
    cured = states(stepping, {"lower-rate": history(FALLING)})["oscillation"]
    assert (cured.present, cured.details["cause"]) == (True, "step-noise")
    assert states(stepping, {"lower-rate": stepping})["oscillation"].details["cause"] == "undetermined"


def test_a_plateau_is_stalled_when_another_rate_unlocks_it() -> None:
    flat = np.full(EPOCHS + 1, 2.3)
    stuck = history(flat, flat)
    found = states(stuck, {"longer": history(flat, flat), "lower-rate": history(FALLING)})
    assert (found["plateau"].present, found["stalled"].present) == (True, True)
    found = states(stuck, {"lower-rate": history(flat, flat)})
    assert found["stalled"].present is False


def test_blow_ups_and_non_finite_values() -> None:
    rising = 0.5 + 1e-3 * np.exp(TIMES / 3)
    assert states(history(rising, rising), {})["divergence"].present
    broken = dataclasses.replace(history(FALLING), step_loss=np.where(np.arange(400) >= 123, np.nan, 0.3))
    found = states(broken, {})["non-finite"]
    assert (found.present, found.details["first_step"], found.details["recovered"]) == (True, 123, False)


def test_a_second_descent_is_told_from_a_swing() -> None:
    hump = FALLING + 0.5 * np.exp(-(((TIMES - 18) / 4) ** 2))
    assert states(history(hump), {})["late-recovery"].present
    assert states(history(FALLING), {})["late-recovery"].present is False


def test_a_swing_has_the_size_it_was_given() -> None:
    assert swing(FALLING + 0.1 * np.sin(TIMES * 2.5)).amplitude == pytest.approx(0.1 / 2**0.5, rel=0.15)
    assert swing(FALLING).amplitude < 0.005


QUICK = ("healthy-digits", "momentum", "divergence", "not-a-number", "rate-too-low", "double-descent", "overfitting")


@pytest.mark.parametrize("name", QUICK)
def test_quick_scenarios_are_verified(name: str) -> None:
    outcome = conduct([experiment(scenario(name), 3)], "cpu")[0]
    known = outcome.truth({"scenario": name, "style": "torch", "seed": 3})
    assert verified(known), {state: known["states"][state] for state in (*known["shows"], *known["lacks"])}
    assert json.loads(json.dumps(known, allow_nan=False)) == known
    assert set(labels(known)["expected"]) <= {*STATES}


def test_every_scenario_names_states_and_interventions_that_exist() -> None:
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS) >= 25
    for one in SCENARIOS:
        assert {*one.shows, *one.lacks} <= {*STATES}
        assert {*one.reruns} <= {*CHANGES}
        assert one.shows or one.lacks
        for seed in range(6):
            settings = one.training(seed)
            assert from_dict(json.loads(json.dumps(settings.as_dict()))) == settings
            for change in one.reruns:
                assert changed(settings, change) != settings, (one.name, change)


@pytest.mark.parametrize("style", STYLES)
def test_a_log_written_in_parts_is_the_log_written_at_once(style: str) -> None:
    settings = Settings(train_size=64, val_size=32, population_size=64, width=8, batch_size=16, epochs=6)
    trained = train_many([settings])[0]
    whole = columns(trained, style, 0, 6, 3)
    parts = [columns(trained, style, epoch, epoch + 1, 3) for epoch in range(6)]
    for index, column in enumerate(whole):
        pieces = [part[index] for part in parts if index < len(part) and part[index].tag == column.tag]
        np.testing.assert_array_equal(column.steps, np.concatenate([piece.steps for piece in pieces]))
        np.testing.assert_array_equal(column.values, np.concatenate([piece.values for piece in pieces]))
        assert np.all(np.diff(column.moments) > 0)


def test_a_corpus_goes_on_where_it_stopped_and_keeps_its_seeds_apart(tmp_path: Path) -> None:
    quick = [scenario("momentum"), scenario("divergence")]
    made = make_corpus(tmp_path, "reporting", 4, device="cpu", command="test", scenarios=quick)
    assert (made.runs, made.trainings) == (8, 4 * 3 + 4 * 2)
    index = [json.loads(line) for line in (tmp_path / "reporting" / "index.jsonl").read_text().splitlines()]
    assert {line["seed"] for line in index} == {FIRST_SEED["reporting"] + i for i in range(4)}
    assert {line["style"] for line in index} == {*STYLES}
    for line in index:
        assert len(read_scalars(tmp_path / "reporting" / line["run"])) >= 5
    again = make_corpus(tmp_path, "reporting", 4, device="cpu", command="test", scenarios=quick)
    assert again.runs == 0


def test_the_page_holds_what_was_measured() -> None:
    told = json.loads(RESULTS.read_text())
    assert PAGE.read_text() == page(PAGE.read_text(), told), "run python -m benchmarks.trainer.scenarios --no-training"
    for name, one in told.items():
        assert one["promised"] == list(scenario(name).shows), name
        assert one["lacks"] == list(scenario(name).lacks), name
        assert one["seeds"] >= 30, name
        assert one["verified"] >= WANTED * one["seeds"], name
