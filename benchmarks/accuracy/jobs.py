"""What one job does: judge some runs of one family, once or at every evaluation, or hand them to the peers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.accuracy.corpus import read
from benchmarks.accuracy.draft import Setting
from benchmarks.accuracy.outcome import Outcome, outcome
from benchmarks.accuracy.peers import Said, said
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.shapes import FAINT
from benchmarks.accuracy.synthetic import Synthetic
from benchmarks.accuracy.truth import Truth
from loglens.detector import discover, judge_run
from loglens.runs.curve import Run

LENGTHS_OF_BAR = (20, 30, 50)
FIRST_LIVE = 4
"""A live view has something to say from the fifth evaluation on."""


def outcomes(label: str, name: str, narrow: Setting, purpose: Purpose, start: int, end: int) -> list[Outcome]:  # noqa: PLR0917
    """The runs `start` to `end` - 1 of a family, each judged once."""
    detectors = [kind() for kind in discover()]
    found = []
    for number in range(start, end):
        fixed = narrow
        if label.startswith("white .01"):
            fixed = dataclasses.replace(narrow, length=LENGTHS_OF_BAR[number % len(LENGTHS_OF_BAR)])
        run, truth = Synthetic(name, purpose, fixed).run(number)
        with np.errstate(all="ignore"):  # rules divide by losses that are NaN in some families
            found.append(outcome(run, truth, detectors))
    return found


def ever_flagged(name: str, purpose: Purpose, start: int, end: int) -> list[bool]:
    """Whether each healthy run is flagged by any detector at any of its evaluations from the fifth on."""
    detectors = [kind() for kind in discover()]
    ever = []
    for number in range(start, end):
        run, truth = Synthetic(name, purpose).run(number)
        steps = run.curves[0].steps
        allowed = truth.unclear | truth.faults
        ever.append(
            any(
                v.is_finding and v.detector not in allowed and not (v.detector == "overfitting" and _risen(truth, seen))
                for seen, step in enumerate(steps[FIRST_LIVE:], FIRST_LIVE + 1)
                for v in judge_run(until(run, int(step)), detectors)
            )
        )
    return ever


def _risen(truth: Truth, seen: int) -> bool:
    """Whether the clean course of the first `seen` evaluations has risen: then overfitting is right so far.

    Before its second descent a recovery is what overfitting is; no log of that time can tell them apart.
    """
    assert truth.course is not None
    course = truth.course[:seen]
    lowest = float(course.min())
    return float(course[-1]) - lowest > FAINT * (float(course[0]) - lowest)


def peers_say(name: str, purpose: Purpose, start: int, end: int, python: str) -> list[Said]:
    """What LogLens and the installed peers say of the event files of these runs."""
    family = Synthetic(name, purpose)
    return said([family.run(number) for number in range(start, end)], python)


def corpus_outcomes(places: Sequence[str]) -> list[Outcome]:
    """Logs of the trainer's corpus, read from their files and judged."""
    detectors = [kind() for kind in discover()]
    with np.errstate(all="ignore"):
        return [outcome(run, truth, detectors) for run, truth in read([Path(place) for place in places])]


def until(run: Run, step: int) -> Run:
    """The run as its log stood at `step`."""
    curves = []
    for curve in run.curves:
        n = int((curve.steps <= step).sum())
        epochs = None if curve.epochs is None else curve.epochs[:n]
        curves.append(
            dataclasses.replace(
                curve, steps=curve.steps[:n], wall_times=curve.wall_times[:n], values=curve.values[:n], epochs=epochs
            )
        )
    return dataclasses.replace(run, curves=tuple(curves))
