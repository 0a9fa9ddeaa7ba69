"""The same trainings logged in other ways: rounded to half precision, in percent, negative, hundreds of evaluations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.accuracy.draft import Setting
from benchmarks.accuracy.rates import rate
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.synthetic import VALIDATION, Synthetic
from benchmarks.accuracy.tables import percent, short, table
from loglens.detector import discover, judge_run
from loglens.events.series import Floats
from loglens.runs.curve import Curve, Run

HEALTHY = ("converged", "lr-drop", "slow")
FAULTY = ("overfitting 0.2", "oscillation 0.2")
FAULTY_AND_HEALTHY = (*HEALTHY, *FAULTY)
PLAIN = Setting(noise="white", sd=0.01)
"""The noise of every way: what changes from row to row is the logging alone."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a run is drawn and what its writer does to the values of every loss; judged on `most` runs a family."""

    setting: Setting
    written: Callable[[Curve], Curve]
    most: int = 2000


def _rounded(bits: int) -> Callable[[Curve], Curve]:
    """Values with `bits` of mantissa, as losses computed in half precision are."""

    def written(curve: Curve) -> Curve:
        mantissa, exponent = np.frexp(curve.values)
        return _with(curve, np.ldexp(np.round(mantissa * 2.0 ** (bits + 1)) / 2.0 ** (bits + 1), exponent))

    return written


def _as_logged(curve: Curve) -> Curve:
    return curve


def _negative(curve: Curve) -> Curve:
    """A log-likelihood, an energy: what is minimised lies below zero."""
    return _with(curve, curve.values - 10.0)


def _summed(curve: Curve) -> Curve:
    """The sum over a batch of 512 in place of its mean."""
    return _with(curve, 512.0 * curve.values)


def _accuracy(top: float) -> Callable[[Curve], Curve]:
    """What rises where a loss falls, up to `top`: 1 for fractions, 100 for percent."""

    def written(curve: Curve) -> Curve:
        role = dataclasses.replace(curve.role, quantity="accuracy", direction="max")
        return dataclasses.replace(_with(curve, top * (0.95 - 0.2 * curve.values)), role=role)

    return written


WAYS: Mapping[str, Way] = {
    "as drawn": Way(PLAIN, _as_logged),
    "float16": Way(PLAIN, _rounded(10)),
    "bfloat16": Way(PLAIN, _rounded(7)),
    "negative": Way(PLAIN, _negative),
    "summed": Way(PLAIN, _summed),
    "accuracy, fractions": Way(PLAIN, _accuracy(1.0)),
    "accuracy, percent": Way(PLAIN, _accuracy(100.0)),
    "irregular steps": Way(dataclasses.replace(PLAIN, irregular=True), _as_logged),
    "smoothed by its writer": Way(dataclasses.replace(PLAIN, smoothed=0.6), _as_logged),
    "200 evaluations": Way(dataclasses.replace(PLAIN, length=200), _as_logged),
    "1,000 evaluations": Way(dataclasses.replace(PLAIN, length=1000), _as_logged, 200),
    "10,000 evaluations": Way(dataclasses.replace(PLAIN, length=10_000), _as_logged, 40),
}


@dataclass(frozen=True, slots=True)
class WayOutcome:
    """Whether a run got a false alarm, whether its fault was found, and whether its plateau was (None: has none)."""

    false_alarm: bool
    hit: bool
    plateau: bool | None


def way_outcomes(way: str, family: str, purpose: Purpose, start: int, end: int) -> list[WayOutcome]:
    """The runs `start` to `end` - 1 of a family, logged that way and judged."""
    detectors = [kind() for kind in discover()]
    runs = Synthetic(family, purpose, WAYS[way].setting)
    found = []
    for number in range(start, end):
        run, truth = runs.run(number)
        verdicts = judge_run(_written(run, WAYS[way]), detectors)
        told = {v.detector for v in verdicts if v.is_finding}
        states = [v.details.get("state") for v in verdicts if v.detector == "plateau" and v.tags[:1] == (VALIDATION,)]
        found.append(
            WayOutcome(
                false_alarm=bool(told - truth.faults - truth.unclear),
                hit=bool(told & truth.faults),
                plateau="plateau" in states if truth.state == "plateau" else None,
            )
        )
    return found


def _written(run: Run, way: Way) -> Run:
    curves = tuple(way.written(curve) if curve.role.quantity == "loss" else curve for curve in run.curves)
    return dataclasses.replace(run, curves=curves)


def _with(curve: Curve, values: Floats) -> Curve:
    return dataclasses.replace(curve, values=np.asarray(values, dtype=np.float64))


def ways_summary(outcomes: Mapping[str, Sequence[WayOutcome]]) -> dict[str, Any]:
    """By way: false alarms of healthy runs, faults found, plateaus found; `outcomes` by "way: family"."""
    by_way: dict[str, dict[str, Any]] = {}
    for name, found in outcomes.items():
        way, family = name.split(": ")
        row = by_way.setdefault(way, {})
        if family in HEALTHY:
            row[family] = rate([o.false_alarm for o in found])
        else:
            row[family] = rate([o.hit for o in found])
        if family == "converged":
            row["plateau"] = rate([o.plateau for o in found if o.plateau is not None])
    return by_way


def ways_page(summary: Mapping[str, Any]) -> str:
    """The table, and what it shows."""
    intro = (
        "The same kinds of trainings, white noise of .01 of the progress, 10 to 50 epochs unless told, logged in "
        "the ways that people do. False alarms of any detector on healthy runs, faults found, and plateaus "
        "found of converged runs, in percent.\n\n"
    )
    rows = [
        (way, *(percent(row[f]) for f in HEALTHY), *(percent(row[f]) for f in FAULTY), short(row["plateau"]))
        for way, row in summary.items()
    ]
    head = ("logged", *(f"false alarms, {f}" for f in HEALTHY), *(f"{f} found" for f in FAULTY), "plateau found")
    return intro + table(head, rows)
