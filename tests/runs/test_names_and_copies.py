"""What sentences call a curve, and which of two curves with the very same values is judged."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detector import judge_run
from loglens.detectors.non_finite import NonFinite
from loglens.events.series import SeriesKey
from loglens.runs.memory import run_from_arrays
from loglens.runs.names import folder_names

FALL = np.exp(-np.arange(12) / 4)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([("run", "loss"), ("run", "acc")], ["", ""]),
        ([("r/train", "loss"), ("r/validation", "loss"), ("r/train", "lr")], ["train", "validation", ""]),
        ([(".", "loss"), ("eval", "loss")], ["", "eval"]),
        ([("a/b/train", "loss"), ("a/c/train", "loss")], ["b/train", "c/train"]),
        ([("a:x/train", "l"), ("a:x/validation", "l")], ["train", "validation"]),
    ],
)
def test_a_folder_is_named_only_where_the_tag_is_not_enough(keys: list[tuple[str, str]], expected: list[str]) -> None:
    assert folder_names([SeriesKey(*key) for key in keys]) == expected


def test_the_same_values_under_two_tags_are_judged_once() -> None:
    run = run_from_arrays(
        {"train/loss": FALL, "val/loss": FALL + 0.1, "val/loss_by_step": (range(0, 120, 10), FALL + 0.1)}
    )
    (copy,) = [curve for curve in run.curves if curve.same_as]
    assert copy.key.tag == "val/loss_by_step"
    assert copy.same_as == SeriesKey(copy.key.dir, "val/loss")
    judged = {key.tag for verdict in judge_run(run, [NonFinite()]) for key in verdict.tags}
    assert judged == {"train/loss", "val/loss"}


def test_another_meaning_or_another_value_is_no_copy() -> None:
    almost = FALL.copy()
    almost[5] = np.nextafter(almost[5], 1)
    run = run_from_arrays({"train/loss": FALL, "val/loss": FALL, "val/loss_b": almost, "val/accuracy": FALL})
    assert [curve.same_as for curve in run.curves] == [None] * 4


def test_curves_that_never_change_are_no_copies() -> None:
    run = run_from_arrays({"val/recall": np.zeros(9), "val/precision": np.zeros(9), "val/f1": np.zeros(9)})
    assert all(curve.same_as is None for curve in run.curves)
