"""Restarts: TensorBoard's two rules, resumed checkpoints, repeated and backward steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loglens.events.writer import EventFileWriter
from tests.runs.logs import START, curve_of, falling, runs_of, write


def test_session_start_purges_every_tag_from_its_step_on(tmp_path: Path) -> None:
    write(tmp_path, {"loss": (range(10), falling(10)), "val_loss": ([4, 9], 1.0)})
    write(tmp_path, {"loss": (range(6, 12), 0.05)}, wall=START + 60, resumed_at=6)
    (run,) = runs_of(tmp_path).values()
    loss, val = curve_of(run, "loss"), curve_of(run, "val_loss")
    assert loss.steps.tolist() == list(range(12))
    assert (loss.values[6:] == np.float32(0.05)).all()
    assert val.steps.tolist() == [4]  # its point at 9 was of the training that was given up
    assert [(r.step, r.removed_points, r.rule) for r in run.restarts] == [(6, 5, "SessionLog START")]
    assert loss.repeated_steps == 0


def test_session_start_within_one_file(tmp_path: Path) -> None:
    with EventFileWriter(tmp_path, wall_time=START) as writer:
        for step in range(5):
            writer.add_scalar("loss", 1.0, step, START + step)
        writer.add_session_start(2, START + 5)
        for step in range(2, 4):
            writer.add_scalar("loss", 0.5, step, START + 5 + step)
    (run,) = runs_of(tmp_path).values()
    assert curve_of(run, "loss").steps.tolist() == [0, 1, 2, 3]
    assert curve_of(run, "loss").values.tolist() == [1.0, 1.0, 0.5, 0.5]
    assert [(r.step, r.removed_points) for r in run.restarts] == [(2, 3)]


def test_decrease_purges_its_own_tag_in_old_files_only(tmp_path: Path) -> None:
    steps, values = [0, 1, 2, 3, 4, 2, 3], [9, 8, 7, 6, 5, 1, 0.5]
    for version, name in ((1, "old"), (None, "unversioned"), (2, "new")):
        write(tmp_path / name, {"loss": (steps, values), "lr": (range(7), 0.1)}, version=version)
    runs = runs_of(tmp_path)
    for name in ("old", "unversioned"):
        assert curve_of(runs[name], "loss").steps.tolist() == [0, 1, 2, 3]
        assert curve_of(runs[name], "loss").values.tolist() == [9, 8, 1, 0.5]
        assert curve_of(runs[name], "lr").steps.tolist() == list(range(7))
        assert [r.removed_points for r in runs[name].restarts] == [3]
    new = curve_of(runs["new"], "loss")
    assert new.steps.tolist() == [0, 1, 2, 3, 4]
    assert new.values.tolist() == [9, 8, 1, 0.5, 5]  # the last written wins, nothing else is lost
    assert new.repeated_steps == 2
    assert runs["new"].restarts == ()
    assert any("went backwards in 1 curve without" in note for note in runs["new"].notes)


def test_a_session_start_means_nothing_in_an_old_file(tmp_path: Path) -> None:
    with EventFileWriter(tmp_path, wall_time=START, file_version=1) as writer:
        writer.add_series("loss", range(5), falling(5), START + np.arange(5))
        writer.add_session_start(2, START + 5)
        writer.add_series("loss", range(5, 8), falling(3), START + 6 + np.arange(3))
    (run,) = runs_of(tmp_path).values()
    assert curve_of(run, "loss").steps.tolist() == list(range(8))


def test_a_later_file_resumed_from_a_checkpoint_replaces_what_was_given_up(tmp_path: Path) -> None:
    write(tmp_path, {"loss": (range(10, 110, 10), 1.0)})
    write(tmp_path, {"loss": (range(65, 105, 10), 2.0)}, wall=START + 100)
    (run,) = runs_of(tmp_path).values()
    loss = curve_of(run, "loss")
    assert loss.steps.tolist() == [10, 20, 30, 40, 50, 60, 65, 75, 85, 95]
    assert loss.values.tolist() == [1.0] * 6 + [2.0] * 4
    assert [(r.step, r.removed_points, r.rule) for r in run.restarts] == [
        (65, 4, "a later file resumed at an earlier step")
    ]


def test_repeated_steps_are_counted_and_the_last_written_wins(tmp_path: Path) -> None:
    write(tmp_path, {"loss": ([0, 1, 1, 2, 2, 2, 3], [7, 6, 5, 4, 3, 2, 1])})
    (run,) = runs_of(tmp_path).values()
    loss = curve_of(run, "loss")
    assert loss.steps.tolist() == [0, 1, 2, 3]
    assert loss.values.tolist() == [7, 5, 2, 1]
    assert loss.repeated_steps == 3


def test_steps_that_are_all_zero_give_order_only(tmp_path: Path) -> None:
    write(tmp_path, {"train-accuracy": ([0] * 6, [1, 2, 3, 4, 5, 6]), "train-loss": ([0], [3])})
    (run,) = runs_of(tmp_path).values()
    accuracy = curve_of(run, "train-accuracy")
    assert accuracy.x_unit == "order"
    assert accuracy.steps.tolist() == list(range(6))
    assert accuracy.values.tolist() == [1, 2, 3, 4, 5, 6]
    assert accuracy.repeated_steps == 0
    assert accuracy.epochs is None
    assert any(note.startswith("Every step of 1 curve is 0") for note in run.notes)


def test_non_finite_values_stay(tmp_path: Path) -> None:
    write(tmp_path, {"loss": (range(4), [1.0, np.nan, np.inf, -np.inf])})
    (run,) = runs_of(tmp_path).values()
    values = curve_of(run, "loss").values
    assert np.isnan(values[1])
    assert values[2:].tolist() == [np.inf, -np.inf]


def test_curves_are_read_only(tmp_path: Path) -> None:
    write(tmp_path, {"loss": ([0, 1, 1], [3, 2, 1]), "val_loss": ([0, 1], [3, 2])})
    (run,) = runs_of(tmp_path).values()
    for curve in run.curves:
        assert not curve.steps.flags.writeable
        assert not curve.values.flags.writeable
        assert not curve.wall_times.flags.writeable
