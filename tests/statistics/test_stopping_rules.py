"""The usual stopping rules against loops written straight from their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.statistics.stopping_rules import (
    PATIENCES,
    generalisation_loss,
    patience,
    progress_quotient,
    successive_rises,
    usual_rules,
)

curves = st.lists(st.floats(0.1, 10.0), min_size=1, max_size=40)


@given(curves, st.integers(1, 6))
def test_patience_is_the_loop_of_keras(values: list[float], k: int) -> None:
    best, kept, waited, last = float("inf"), 0, 0, len(values) - 1
    for i, value in enumerate(values):
        if value < best:
            best, kept, waited = value, i, 0
        else:
            waited += 1
            if waited >= k:
                last = i
                break
    stopped = patience(np.array(values), k)
    assert (stopped.last, stopped.kept) == (last, kept)


@given(curves)
def test_generalisation_loss_is_prechelts(values: list[float]) -> None:
    last = len(values) - 1
    for i in range(len(values)):
        if 100 * (values[i] / min(values[: i + 1]) - 1) > 5.0 + 1e-9:
            last = i
            break
    stopped = generalisation_loss(np.array(values))
    assert stopped.last == last or values[stopped.last] == pytest.approx(1.05 * min(values[: stopped.last + 1]))
    assert values[stopped.kept] == min(values[: stopped.last + 1])


def test_successive_rises_by_hand() -> None:
    values = np.arange(30.0)  # strips of 5 end at 4, 9, 14, 19: the third rise is seen at 19
    assert successive_rises(values).last == 19
    assert not successive_rises(-values).early


def test_progress_quotient_stops_when_train_stands_still() -> None:
    values = np.r_[np.linspace(2, 1, 10), np.linspace(1, 1.2, 10)]
    still, falling = np.ones(20), np.linspace(2, 0.1, 20)
    assert progress_quotient(values, still).last == 11  # the tenth is the minimum again
    assert progress_quotient(values, falling).last > 11


@given(curves, st.integers(0, 2**32 - 1))
def test_progress_quotient_is_prechelts(values: list[float], seed: int) -> None:
    train = np.random.default_rng(seed).uniform(0.5, 1.5, len(values))
    last = len(values) - 1
    for i in range(4, len(values)):
        strip = train[i - 4 : i + 1]
        progress = max(1000 * (strip.mean() / strip.min() - 1), 1e-9)
        if 100 * (values[i] / min(values[: i + 1]) - 1) > 0.75 * progress + 1e-9:
            last = i
            break
    assert progress_quotient(np.array(values), train).last == last


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_successive_rises_are_prechelts(values: list[int]) -> None:
    ends = values[4::5]
    stops = [i for i in range(3, len(ends)) if ends[i - 3] < ends[i - 2] < ends[i - 1] < ends[i]]
    assert successive_rises(np.array(values, dtype=np.float64)).last == (5 * stops[0] + 4 if stops else len(values) - 1)


@given(curves, st.integers(0, 2**32 - 1))
def test_all_rules_together_are_each_by_itself(values: list[float], seed: int) -> None:
    data, train = np.array(values), np.random.default_rng(seed).uniform(0.5, 1.5, len(values))
    by_itself = {f"patience {k}": patience(data, k) for k in PATIENCES}
    by_itself |= {"GL 5": generalisation_loss(data), "UP 3": successive_rises(data)}
    assert usual_rules(data, None) == by_itself
    assert usual_rules(data, train) == {**by_itself, "PQ 0.75": progress_quotient(data, train)}


@given(curves)
def test_every_rule_keeps_a_step_that_it_ran(values: list[float]) -> None:
    data = np.array(values)
    for stopped in usual_rules(data, data).values():
        assert 0 <= stopped.kept <= stopped.last < len(data)
        assert data[stopped.kept] == data[: stopped.last + 1].min()
