"""Every scalar of 445 real event files, against an independent reading of them."""

from __future__ import annotations

import json
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.events.errors import LogLensError
from loglens.events.reader import read_event_files
from loglens.events.series import EventFile

SHARED = os.environ.get("LOGLENS_SHARED")
pytestmark = pytest.mark.skipif(
    not SHARED,
    reason="the corpus of real logs is not part of the project: set LOGLENS_SHARED to the folder that holds corpus/",
)


@cache
def expected() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads((Path(SHARED or "") / "corpus/expected.json").read_text())
    return loaded


@cache
def corpus() -> dict[str, EventFile | LogLensError]:
    results = read_event_files([(str(Path(SHARED or "") / "corpus" / name), ".") for name in expected()])
    return dict(zip(expected(), results, strict=True))


def test_every_scalar_tag_of_every_file() -> None:
    tags = 0
    for name, contents in expected().items():
        result = corpus()[name]
        series = {} if isinstance(result, LogLensError) else {one.tag: one for one in result.series}
        assert set(series) == set(contents["scalars"]), name
        for tag, truth in contents["scalars"].items():
            one, where = series[tag], (name, tag)
            finite = one.values[np.isfinite(one.values)]
            assert len(one.steps) == len(one.values) == len(one.wall_times) == truth["count"], where
            assert (one.steps[0], one.steps[-1]) == (truth["first_step"], truth["last_step"]), where
            assert (one.steps.min(), one.steps.max()) == (truth["min_step"], truth["max_step"]), where
            assert np.isnan(one.values).sum() == truth["nan_count"], where
            assert np.isinf(one.values).sum() == truth["inf_count"], where
            assert math.isclose(math.fsum(finite), truth["finite_sum"], rel_tol=1e-9, abs_tol=1e-12), where
            tags += 1
    assert tags > 1000


def test_what_is_no_scalar_is_told() -> None:
    for name, contents in expected().items():
        result = corpus()[name]
        if isinstance(result, EventFile):
            told = {note.tag for note in result.notes} | set(result.other_tags)
            assert set(contents["not_scalars"]) <= told, name


def test_files_without_scalars_are_named_for_what_they_are() -> None:
    reasons = [str(result) for result in corpus().values() if isinstance(result, LogLensError)]
    for reason in reasons:
        assert "Git LFS pointer" in reason or "empty" in reason
