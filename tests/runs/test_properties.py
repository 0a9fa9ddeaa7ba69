"""What must not change a run: the order of files and series, the name of its folder, where its steps begin."""

from __future__ import annotations

import random
import string
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.runs.curve import Run
from loglens.runs.memory import run_from_arrays
from loglens.runs.quantities import measure_of
from loglens.runs.restarts import resolve_written
from loglens.runs.roles import Seen, assign_roles
from loglens.runs.tokens import read_tag
from tests.runs.logs import START, Columns, falling, runs_of, write

PARTS = ["train", "val", "loss", "acc", "eval", "epoch", "lr", "f1", "grad", "norm", "time", "per", "sec", "test", "kl"]
TAGS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["/", "_", " ", "-", "."]).map(lambda mark: mark.join(parts))
)


def shape(run: Run, rename: str = "") -> list[tuple[object, ...]]:
    """What a run says, curve by curve, without its name."""
    cut = len(rename)
    return [
        (c.key.dir[cut:], c.key.tag, c.role, c.x_unit, c.steps.tolist(), c.values.tolist(), c.repeated_steps)
        + ((c.pair.dir[cut:], c.pair.tag) if c.pair else ())
        + (tuple(c.epochs.tolist()) if c.epochs is not None else ())
        for c in run.curves
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(TAGS, min_size=1, max_size=8, unique=True), st.randoms())
def test_the_order_of_the_series_changes_nothing(tags: list[str], chance: random.Random) -> None:
    log = {tag: falling(5 + len(tag)) for tag in tags}
    mixed = list(log.items())
    chance.shuffle(mixed)
    assert shape(run_from_arrays(log)) == shape(run_from_arrays(dict(mixed)))


@settings(max_examples=60, deadline=None)
@given(st.lists(TAGS, min_size=1, max_size=6, unique=True), st.integers(1, 10**6))
def test_where_the_steps_begin_changes_no_role_and_no_pair(tags: list[str], by: int) -> None:
    log = {tag: (np.arange(10) * 50 + 50, falling(10)) for tag in tags}
    moved = {tag: (steps + 50 * by, values) for tag, (steps, values) in log.items()}
    here, there = run_from_arrays(log), run_from_arrays(moved)
    assert [(c.key, c.role, c.pair) for c in here.curves] == [(c.key, c.role, c.pair) for c in there.curves]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_tag(tag: str) -> None:
    (role,), _ = assign_roles([Seen("", tag)])
    assert 0 <= role.confidence <= 1
    assert role.reason
    assert len(read_tag(tag).tokens) == len(read_tag(tag).part)


@settings(max_examples=200, deadline=None)
@given(st.text(string.ascii_lowercase, min_size=9, max_size=14))
def test_one_long_unknown_word_means_nothing(word: str) -> None:
    measure = measure_of(word)
    tokens = read_tag(word).tokens
    assert measure.quantity == "other" or len(tokens) > 1 or measure.used, (word, tokens)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 20), st.floats(-5, 5)), min_size=1, max_size=40))
def test_one_value_a_step_the_last_written(points: list[tuple[int, float]]) -> None:
    from loglens.events.series import ScalarSeries  # noqa: PLC0415

    steps = np.array([step for step, _ in points], dtype=np.int64)
    values = np.array([value for _, value in points])
    done = resolve_written(ScalarSeries(".", "loss", steps, np.zeros(len(points)), values))
    if not steps.any() and len(steps) > 1:
        assert done.order_only
        return
    last = dict(points)
    assert done.steps.tolist() == sorted(last)
    assert done.values.tolist() == [last[step] for step in sorted(last)]
    assert done.repeated_steps == len(points) - len(last)


def make(root: Path, order: int) -> None:
    """The same two trainings of a Keras-like folder, the files made in this or that order."""
    files: list[tuple[Path, Columns, float]] = [
        (root / "train", {"epoch_loss": (range(6), falling(6)), "epoch_lr": (range(6), 0.1)}, START),
        (root / "validation", {"epoch_loss": (range(6), falling(6))}, START + 1),
        (root / "train", {"epoch_loss": (range(9), falling(9))}, START + 100),
        (root / "validation", {"epoch_loss": (range(9), falling(9))}, START + 101),
    ]
    for folder, columns, wall in files[::order]:
        write(folder, columns, wall=wall)


def test_the_order_in_which_files_appear_changes_nothing(tmp_path: Path) -> None:
    make(tmp_path / "a/exp", 1)
    make(tmp_path / "b/exp", -1)
    here, there = runs_of(tmp_path / "a"), runs_of(tmp_path / "b")
    assert list(here) == list(there) == ["exp", "exp#2"]
    assert [shape(run) for run in here.values()] == [shape(run) for run in there.values()]


def test_the_name_of_the_folder_changes_nothing_but_names(tmp_path: Path) -> None:
    for name in ("exp", "evaluation of train & test, lr=0.1", "test", "日本"):
        make(tmp_path / name / "a", 1)
        assert list(runs_of(tmp_path / name)) == ["a", "a#2"]
    plain = runs_of(tmp_path / "exp")
    for name in ("evaluation of train & test, lr=0.1", "test", "日本"):
        renamed = runs_of(tmp_path / name)
        assert [shape(run) for run in plain.values()] == [shape(run) for run in renamed.values()]
        above = runs_of(tmp_path)
        assert [shape(run, "exp/") for key, run in above.items() if key.startswith("exp/")] == [
            shape(run, f"{name}/") for key, run in above.items() if key.startswith(f"{name}/")
        ]
