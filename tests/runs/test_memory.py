"""A run from arrays in memory: shapes, pandas columns, and mistakes that name the tag."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loglens.events.errors import LogLensError
from loglens.runs.memory import run_from_arrays
from tests.runs.logs import curve_of


def test_values_alone_get_steps_from_zero() -> None:
    curve = curve_of(run_from_arrays({"train/loss": [3, 2, 1]}, name="mine"), "train/loss")
    assert curve.key == ("mine", "train/loss")
    assert curve.steps.tolist() == [0, 1, 2]
    assert curve.values.tolist() == [3.0, 2.0, 1.0]


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_steps_and_values_in_any_kind_of_column(kind: type) -> None:
    curve = curve_of(run_from_arrays({"val/loss": (kind([10, 20, 30]), kind([3.0, 2.0, 1.0]))}), "val/loss")
    assert curve.steps.tolist() == [10, 20, 30]
    assert curve.values.tolist() == [3.0, 2.0, 1.0]


def test_the_index_of_a_pandas_series_is_its_steps() -> None:
    frame = pd.DataFrame({"loss": [3.0, 2.0, 1.0]}, index=[5, 10, 15])
    assert curve_of(run_from_arrays({"loss": frame["loss"]}), "loss").steps.tolist() == [5, 10, 15]
    named = pd.Series([3.0, 2.0], index=["a", "b"])
    assert curve_of(run_from_arrays({"loss": named}), "loss").steps.tolist() == [0, 1]


def test_the_callers_arrays_are_left_alone() -> None:
    values = np.array([3.0, 2.0, 1.0])
    curve = curve_of(run_from_arrays({"loss": values}), "loss")
    values[0] = 9
    assert curve.values[0] == 3
    assert not curve.values.flags.writeable
    assert values.flags.writeable


def test_unordered_and_repeated_steps() -> None:
    curve = curve_of(run_from_arrays({"loss": ([2, 0, 1, 1], [5.0, 4.0, 3.0, 2.0])}), "loss")
    assert curve.steps.tolist() == [0, 1, 2]
    assert curve.values.tolist() == [4.0, 2.0, 5.0]
    assert curve.repeated_steps == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (([1, 2], [1.0, 2.0, 3.0]), "2 steps but 3 values"),
        (["a", "b"], "not a list of numbers"),
        ([[1.0, 2.0], [3.0, 4.0]], "2 dimensions"),
        (([0.5, 1.5], [1.0, 2.0]), "whole numbers"),
        (3.0, "0 dimensions"),
    ],
)
def test_mistakes_name_the_tag(data: object, said: str) -> None:
    with pytest.raises(LogLensError, match=said) as caught:
        run_from_arrays({"val/loss": data})
    assert "val/loss" in str(caught.value)


def test_empty_curves_are_no_trouble() -> None:
    run = run_from_arrays({"loss": [], "val_loss": ([], [])})
    assert [len(c.steps) for c in run.curves] == [0, 0]
    assert run_from_arrays({}).curves == ()
