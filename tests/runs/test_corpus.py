"""Real logs of 31 repositories: labelled runs are grouped and paired right; only losses and metrics are judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.recognised import render
from loglens.detector import discover
from loglens.events.errors import LogLensError
from loglens.runs.curve import Curve, Run
from loglens.runs.find import find_runs
from loglens.runs.load import LoadedRuns, RunSettings, load_many

JUDGED = {"loss", "loss-part", "accuracy", "error-rate", "metric", "perplexity", "reward"}
NEVER_JUDGED = (
    *("lr", "learning_rate", "learning rate", "fps", "time", "memory", "epoch", "step", "iter", "sps", "wall", "speed"),
    *("sec", "second", "seconds", "runtime", "flos", "grad_norm", "momentum", "env_step", "iterations", "mfu", "gib"),
)


@pytest.fixture(scope="module")
def loaded(shared: Path) -> list[LoadedRuns]:
    return load_many(find_runs([str(shared / "corpus/files")]).sources, RunSettings())


@pytest.fixture(scope="module")
def runs(loaded: list[LoadedRuns]) -> list[Run]:
    return [run for one in loaded for run in one.runs]


def curves(runs: list[Run]) -> list[tuple[Run, Curve]]:
    return [(run, curve) for run in runs for curve in run.curves]


def test_every_labelled_run_is_grouped_and_paired(shared: Path, runs: list[Run]) -> None:
    labels = json.loads((shared / "corpus/labels.json").read_text(encoding="utf-8"))["runs"]
    assert len(labels) >= 19
    for label in labels:
        train, held = label["train"], label["val"]
        folder = str(Path(held["file"]).parent).removeprefix("files/")
        found = [
            (run, curve)
            for run, curve in curves(runs)
            if curve.key == (folder, held["tag"])
            and len(curve.steps) == held["n"]
            and (curve.steps[0], curve.steps[-1]) == (held["first_step"], held["last_step"])
        ]
        want = (str(Path(train["file"]).parent).removeprefix("files/"), train["tag"])
        good = [run for run, curve in found if curve.pair == want and curve.trusted]
        assert good, (label["id"], found)
        direction = "max" if label["higher_is_better"] else "min"
        assert all(curve.role.direction == direction for _, curve in found), label["id"]
        assert {curve.role.phase for _, curve in found} <= {"validation", "test"}, label["id"]


def test_no_throughput_timer_counter_or_learning_rate_is_judged(runs: list[Run]) -> None:
    wanted = [wanted for detector in discover() for wanted in (*detector.judges, *detector.reads)]
    for run, curve in curves(runs):
        tag = curve.key.tag.lower()
        last = tag.split("/")[-1]
        if any(last == word or last.endswith((f"_{word}", f" {word}")) for word in NEVER_JUDGED):
            named = "loss" in tag or "acc" in tag
            kept = named and tag.endswith(("_epoch", "_step", "_vs_iterations", "/epoch"))  # how it was reduced
            assert kept or curve.role.quantity not in JUDGED, (run.name, curve.key, curve.role)
            assert kept or not any(one.matches(curve) and one.directed for one in wanted), curve.key


def test_what_counts_is_never_judged(runs: list[Run]) -> None:
    """By value, whatever its name: a series that equals its own steps is a counter."""
    for run, curve in curves(runs):
        if len(curve.steps) > 3 and curve.trusted and curve.role.direction != "none":
            assert curve.values.tolist() != curve.steps.tolist(), (run.name, curve.key, curve.role)


def test_reinforcement_learning_losses_have_no_direction(runs: list[Run]) -> None:
    frameworks = {"Stable-Baselines3", "Unity ML-Agents", "Tianshou", "CleanRL"}
    for run, curve in curves(runs):
        if run.framework in frameworks and "loss" in curve.key.tag.lower():
            assert curve.role.direction == "none", (run.name, curve.key)
            assert curve.role.quantity not in JUDGED, (run.name, curve.key)


def test_pairs_are_mutual_or_point_to_the_same_train_curve(runs: list[Run]) -> None:
    for run, curve in curves(runs):
        if curve.pair is not None:
            partner = run.curve(curve.pair)
            assert partner is not None
            assert partner.pair is not None
            assert {curve.role.phase, partner.role.phase} in ({"train", "validation"}, {"train", "test"})
            assert curve.role.quantity == partner.role.quantity


def test_steps_per_epoch_of_real_logs(runs: list[Run]) -> None:
    known = {run.name: run.steps_per_epoch for run in runs if run.steps_per_epoch}
    keras = [value for name, value in known.items() if "Topo_ML" in name]
    assert len(keras) == 48
    assert set(keras) == {102.0}  # 3060 iterations after 30 epochs, as the last evaluation says
    lightning = {value for name, value in known.items() if "da6401_assignment3" in name}
    assert lightning == {691.0, 1382.0}  # validation at 690, 1381, ... or, with half the batch, at 1381, 2763, ...
    tiberiu = sorted(value for name, value in known.items() if "CM4107" in name)
    assert tiberiu == [782.0, 782.0, 3125.0]  # epoch 1.0 is logged at steps 782 and 3125


def test_names_are_unique_and_steps_increase(runs: list[Run], loaded: list[LoadedRuns]) -> None:
    assert len({run.name for run in runs}) == len(runs)
    for _, curve in curves(runs):
        assert len(curve.steps) == len(curve.values) == len(curve.wall_times)
        assert (curve.steps[1:] > curve.steps[:-1]).all()
    assert all(problem.reason for one in loaded for problem in one.problems)


def test_one_source_alone_gives_what_it_gives_among_many(shared: Path, runs: list[Run]) -> None:
    names = {run.name for run in runs}
    for source in find_runs([str(shared / "corpus/files")]).sources[::17]:
        try:
            alone = load_many([source], RunSettings())[0]
        except LogLensError as error:  # pragma: no cover
            pytest.fail(str(error))
        assert {run.name for run in alone.runs} <= names


def test_the_page_of_what_is_recognised_is_fresh(shared: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "recognised.md"
    assert page.read_text(encoding="utf-8") == render(shared / "corpus"), "run python -m benchmarks.recognised"
