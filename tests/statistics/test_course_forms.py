"""Forms of courses: what their names promise, at any steps."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.statistics.course_forms import BENDS, HUMPS, MOST_DROPS, ONSETS, course_forms
from loglens.statistics.levelling import LATEST


@pytest.mark.parametrize("n", [3, 4, 10, 50, 200])
def test_decays_fall_from_one_to_zero(n: int) -> None:
    decays = course_forms(np.arange(float(n))).decays
    assert decays[0] == pytest.approx(1.0)
    assert decays[-1] == pytest.approx(0.0)
    assert np.all(np.diff(decays, axis=0) <= 0)


@pytest.mark.parametrize("n", [3, 10, 50, 200])
def test_turns_rise_drops_fall_and_humps_do_both(n: int) -> None:
    events = course_forms(np.arange(float(n))).events
    early = sum(onset <= LATEST for onset in ONSETS)
    turns = events[:, : len(ONSETS) * len(BENDS) + early]
    drops = events[:, turns.shape[1] : -len(HUMPS)]
    humps = events[:, -len(HUMPS) :]
    assert np.all(np.diff(turns, axis=0) >= 0)
    assert turns[-1] == pytest.approx(1.0)
    if n >= 50:  # those that level off have risen by half within a quarter of their time
        late = [turns[np.searchsorted(turns[:, k], 0.5) :, k] for k in range(turns.shape[1] - early, turns.shape[1])]
        assert all(len(half) > 0.7 * n * (1 - onset) for half, onset in zip(late, ONSETS, strict=False))
    assert np.all(np.diff(drops, axis=0) <= 0)
    assert np.all((drops[0] > 0) & (drops[-1] == 0))
    assert drops.shape[1] == 2 * min(n - 2, MOST_DROPS)
    assert np.all(humps <= 1.0)
    if n >= 50:
        assert np.all((humps.argmax(axis=0) > 0) & (humps.argmax(axis=0) < n - 1))


def test_only_the_place_in_the_run_matters() -> None:
    x = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0])
    one, other = course_forms(x), course_forms(977.0 + 40.0 * x)
    assert other.decays == pytest.approx(one.decays)
    assert other.events == pytest.approx(one.events)


def test_weights_leave_some_for_no_event() -> None:
    weights = course_forms(np.arange(30.0)).weights
    assert np.all(weights > 0)
    assert 0.0 < 1.0 - weights.sum() < 1.0
