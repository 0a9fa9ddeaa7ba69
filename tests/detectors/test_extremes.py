"""Values at the ends of what a float holds: every detector answers, and numpy has nothing to warn of."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loglens
from loglens.events.series import Floats

TAGS = ("train/loss", "train/loss_epoch", "val/loss", "val/accuracy", "val/error", "learning_rate")


def courses(n: int, random: np.random.Generator) -> dict[str, Floats]:
    """Courses of n points, each of which once made a detector fail or numpy warn, and their like."""
    t = np.arange(n, dtype=np.float64)
    return {
        "tiny and constant": np.full(n, 1e-300),
        "the smallest number there is": np.full(n, 5e-324),
        "huge noise": random.standard_normal(n) * 1e77,
        "noise beyond what can be squared": random.standard_normal(n) * 1e160,
        "one enormous point on a curve that stands still": np.where(t == n // 2, 1e12, 1.0),
        "down to nothing": np.exp(-1.7 * t),
        "up to infinity": np.exp(np.minimum(1.9 * t, 709.0)),
        "to and fro from zero": t % 2,
        "falling, with infinities": np.where(random.random(n) < 0.2, np.inf, np.exp(-t / 9.0)),
        "NaN only": np.full(n, np.nan),
        "no mean and no variance": random.standard_cauchy(n),
        "a step in a flat line": np.where(t < n // 2, 2.0, 1.0) + 1e-9 * random.standard_normal(n),
    }


NAMES = tuple(courses(1, np.random.default_rng(0)))


@given(
    st.dictionaries(
        st.sampled_from(TAGS), st.tuples(st.sampled_from(NAMES), st.sampled_from((1, 7, 11, 60, 201)))
    ).filter(bool),
    st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_every_detector_answers_to_extreme_curves(chosen: dict[str, tuple[str, int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    curves = {tag: courses(points, random)[name] for tag, (name, points) in chosen.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = loglens.analyze_curves(curves)
    assert [verdict.summary for verdict in run.verdicts if verdict.status == "error"] == []
    for verdict in run.verdicts:
        assert all(np.isfinite(x) for x in (verdict.value, verdict.confidence) if x is not None)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("points", [7, 60, 400])
@pytest.mark.parametrize("tag", TAGS)
def test_each_extreme_curve_by_itself(name: str, points: int, tag: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = loglens.analyze_curves({tag: courses(points, np.random.default_rng(1))[name]})
    assert [verdict.summary for verdict in run.verdicts if verdict.status == "error"] == []
