"""Live training: an interruption leaves complete files, a resume a real restart, and the truth beside the log."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from loglens import read_scalars
from loglens.cli.train import command
from loglens.events.errors import LogLensError
from loglens.trainer.experiments import experiment
from loglens.trainer.live import Plan, saved_plan, train_live
from loglens.trainer.scenarios import scenario

SMALL = {"train_size": 64, "val_size": 32, "population_size": 640, "width": 8, "batch_size": 16, "epochs": 8}


def plan(folder: Path, truth: bool = False) -> Plan:
    run = experiment(scenario("overfitting"), 0, **SMALL)
    return Plan(
        folder, (("overfitting/seed0", run),), "torch", "cpu", "loglens train", 1, checkpoint_every=2, truth=truth
    )


def interrupt_after(epochs: int) -> object:
    left = iter(range(epochs - 1))

    def done(_: int) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return done


def test_an_interrupted_and_resumed_training_logs_the_same_values(tmp_path: Path) -> None:
    whole, broken = plan(tmp_path / "whole"), plan(tmp_path / "broken")
    train_live(whole)
    broken.save()
    with pytest.raises(KeyboardInterrupt):
        train_live(broken, done=interrupt_after(5))  # type: ignore[arg-type]
    so_far = read_scalars(tmp_path / "broken" / "overfitting" / "seed0")
    assert len(next(s for key, s in so_far.items() if key.tag == "Loss/val").steps) == 5  # complete up to there
    train_live(saved_plan(tmp_path / "broken"), resume=True)
    files = list((tmp_path / "broken" / "overfitting" / "seed0").glob("events*"))
    assert len(files) == 2
    logged = read_scalars(tmp_path / "broken" / "overfitting" / "seed0")
    for key, series in read_scalars(tmp_path / "whole" / "overfitting" / "seed0").items():
        again = logged[key]
        last = {int(step): value for step, value in zip(again.steps, again.values, strict=True)}  # the last wins
        np.testing.assert_array_equal(series.values, [last[int(step)] for step in series.steps])
    repeated = next(s for key, s in logged.items() if key.tag == "Loss/val")
    assert len(repeated.steps) == 9  # epoch 5 again, from the checkpoint after epoch 4: a real restart
    assert not (tmp_path / "broken" / "checkpoints").exists()


def test_the_truth_stands_beside_the_log_with_what_made_it(tmp_path: Path) -> None:
    train_live(plan(tmp_path, truth=True))
    known = json.loads((tmp_path / "overfitting" / "seed0" / "truth.json").read_text())
    assert known["schema"] == "loglens.truth/1"
    assert {"scenario", "seed", "device", "versions", "command", "states", "best", "curves"} <= set(known)
    assert set(known["interventions"]) == {"dropout", "weight-decay", "half-width", "twice-the-data"}
    assert known["interventions"]["twice-the-data"]["settings"] == {"train_size": 128}
    regret = known["best"]["regret"]
    assert min(regret) == 0
    assert regret.index(0) == known["best"]["epoch"]
    assert len(known["curves"]["population_loss"]) == SMALL["epochs"] + 1


def test_resume_without_a_training_or_after_its_end_says_so(tmp_path: Path) -> None:
    with pytest.raises(LogLensError, match="nothing to resume"):
        saved_plan(tmp_path)
    finished = plan(tmp_path)
    finished.save()
    train_live(finished)
    before = read_scalars(tmp_path / "overfitting" / "seed0")
    with pytest.raises(LogLensError, match="has finished"):
        train_live(saved_plan(tmp_path), resume=True)
    after = read_scalars(tmp_path / "overfitting" / "seed0")
    assert {key: len(series.steps) for key, series in before.items()} == {k: len(s.steps) for k, s in after.items()}


def test_the_command_trains_and_answers_mistakes(tmp_path: Path) -> None:
    arguments = [f"--set={name}={value}" for name, value in SMALL.items()]
    result = CliRunner().invoke(
        command, ["healthy", "--output", str(tmp_path), "--no-truth", "--style", "keras", *arguments]
    )
    assert result.exit_code == 0, result.exception
    found = read_scalars(tmp_path / "healthy" / "seed0")
    assert {(key.dir, key.tag) for key in found} >= {("train", "epoch_loss"), ("validation", "epoch_loss")}
    for mistake, told in (
        (["helthy"], "There is no scenario 'helthy'; did you mean 'healthy'?"),
        (["healthy", "--set", "widht=1"], "there is no setting 'widht'; did you mean 'width'?"),
        (["healthy", "--set", "width"], "write it as NAME=VALUE"),
        (["healthy", "--set", "lr=much"], "'much' is no number"),
        (["healthy", "--output", str(tmp_path)], "exists"),
        (["healthy", "--device", "tpu"], "choose cpu, cuda or auto"),
        (["healthy", "--set", "seed=3"], "seeds are chosen by --seed"),
        (["healthy", "--set", "dropout=1"], "between 0.0 and 0.95"),
        (["healthy", "--set", "population_size=0"], "at least 1"),
    ):
        answer = CliRunner().invoke(command, mistake).exception
        assert isinstance(answer, LogLensError), mistake
        assert told in str(answer)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--corpus", "tuning", "--style", "keras"],
        ["--corpus", "tuning", "--set", "lr=1"],
        ["--corpus", "tuning", "--resume"],
        ["--samples", "there", "healthy"],
        ["--samples", "there", "--output", "here"],
        ["--resume", "--seeds", "3"],
    ],
)
def test_an_option_of_another_mode_is_refused(arguments: list[str]) -> None:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert f"{arguments[0]} takes no" in result.output


def test_nothing_is_trained_unasked(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--output", str(tmp_path / "logs")])
    assert result.exit_code == 2
    assert "Name a scenario" in result.output
    assert not (tmp_path / "logs").exists()


def test_a_corpus_of_the_scenarios_that_are_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["divergence", "--corpus", "reporting", "--output", str(tmp_path)])
    assert result.exit_code == 0, result.exception
    assert [path.name for path in (tmp_path / "reporting").iterdir() if path.is_dir()] == ["divergence"]


def test_a_rerun_that_a_finite_set_cannot_feed_is_told_before_training(tmp_path: Path) -> None:
    """Twice the data is one of the reruns: the digits hold 800 samples to train on, but no 1,600."""
    sizes = ["--data=digits", "--set=train_size=800", "--set=val_size=100", "--set=population_size=497"]
    answer = CliRunner().invoke(command, ["overfitting", "--output", str(tmp_path / "logs"), *sizes]).exception
    assert isinstance(answer, LogLensError)
    assert "train_size 1600" in str(answer)
    assert not (tmp_path / "logs").exists()


def test_ctrl_c_leaves_complete_files_and_says_how_to_go_on(tmp_path: Path) -> None:
    arguments = [f"--set={name}={value}" for name, value in (SMALL | {"epochs": 100_000}).items()]
    program = "from loglens.cli.main import main; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", program, "train", "healthy", "--no-truth", "--output", str(tmp_path), *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    checkpoint = tmp_path / "checkpoints" / "0.pt"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert f"loglens train --resume --output {tmp_path}" in said
    assert "Traceback" not in said
    for series in read_scalars(tmp_path / "healthy" / "seed0").values():
        assert len(series.steps) >= 5  # the epochs before the first checkpoint, at least


def test_without_torch_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    answer = CliRunner().invoke(command, ["healthy"]).exception
    assert "pip install 'loglens[trainer]'" in str(answer)
