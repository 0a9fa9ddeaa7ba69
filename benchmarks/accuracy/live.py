"""Healthy runs judged at every evaluation: which ones are ever flagged, and of which ones a watch speaks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.accuracy.rates import rate
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.shapes import FAINT
from benchmarks.accuracy.synthetic import Synthetic
from benchmarks.accuracy.tables import Numbers, percent, table
from benchmarks.accuracy.truth import Truth
from loglens.changes import Standing
from loglens.config import Config
from loglens.gate.run import UNDRAWN
from loglens.health import worst_verdicts
from loglens.judge import Plan, judge, make_plan
from loglens.runs.curve import Run
from loglens.verdict import FINDINGS, Status

FIRST_LIVE = 4
"""A live view has something to say from the fifth evaluation on."""


@dataclass(frozen=True, slots=True)
class Life:
    """Whether a false finding was there at any evaluation of a run, and whether `loglens watch` told one.

    `changes` and `lines` count the turns from or to any finding, right or false: as they were, and as they were told.
    """

    flagged: bool
    told: bool
    changes: int
    lines: int


def lives(name: str, purpose: Purpose, start: int, end: int) -> list[Life]:
    """The runs `start` to `end` - 1 of a family, each judged at all its evaluations from the fifth on."""
    family, plan = Synthetic(name, purpose), make_plan(Config(), max_points=UNDRAWN)
    return [_life(*family.run(number), plan) for number in range(start, end)]


def _life(run: Run, truth: Truth, plan: Plan) -> Life:
    """What was seen and told of one run.

    A watch tells a change when it has stood for some points (`loglens.changes`), or when the run has ended.
    """
    standing = Standing()
    before: dict[str, Status] = {}
    flagged = told = False
    changes = lines = 0
    steps = run.curves[0].steps
    for seen, step in enumerate(steps[FIRST_LIVE:], FIRST_LIVE + 1):
        report = judge(until(run, int(step)), plan)
        news = list(standing.changes(report, ""))
        if seen == len(steps):
            news += standing.changes(report, "", final=True)
        now = {name: verdict.status for name, verdict in worst_verdicts(report.verdicts).items()}
        flagged |= _is_false(now.items(), truth, seen)
        told |= _is_false([(one.detector or "", one.status) for one in news], truth, seen)
        changes += sum(_is_turn(before.get(name), status) for name, status in now.items())
        lines += sum(_is_turn(one.old, one.status) for one in news)
        before = now
    return Life(flagged, told, changes, lines)


def _is_turn(old: Status | None, new: Status | None) -> bool:
    return old != new and (old in FINDINGS or new in FINDINGS)


def _is_false(statuses: Iterable[tuple[str, Status | None]], truth: Truth, seen: int) -> bool:
    """Whether any of them is a finding that is wrong after so many evaluations."""
    allowed = truth.unclear | truth.faults | ({"overfitting"} if _has_risen(truth, seen) else set())
    return any(status in FINDINGS and detector not in allowed for detector, status in statuses)


def _has_risen(truth: Truth, seen: int) -> bool:
    """Whether the clean course of the first `seen` evaluations has risen: then overfitting is right so far.

    Before its second descent a recovery is what overfitting is; no log of that time can tell them apart.
    """
    assert truth.course is not None
    course = truth.course[:seen]
    lowest = float(course.min())
    return float(course[-1]) - lowest > FAINT * (float(course[0]) - lowest)


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


def live_summary(found: Mapping[str, Sequence[Life]]) -> dict[str, dict[str, Any]]:
    """By family: the shares of runs that were ever flagged and ever told of, and lines a run of either."""
    return {
        family: {
            "flagged": rate([life.flagged for life in all_of_them]),
            "told": rate([life.told for life in all_of_them]),
            "changes": sum(life.changes for life in all_of_them) / len(all_of_them),
            "lines": sum(life.lines for life in all_of_them) / len(all_of_them),
        }
        for family, all_of_them in found.items()
    }


def live_page(results: Numbers) -> str:
    """The table of docs/accuracy.md, with its explanation."""
    rows = (
        (family, percent(row["flagged"]), percent(row["told"]), f"{row['changes']:.2f}", f"{row['lines']:.2f}")
        for family, row in results.items()
    )
    return (
        "Judged again at every evaluation: the share of healthy runs for which `loglens analyze`, called each time, "
        "would ever have given a finding, and the share of which `loglens watch` ever told one: it waits until a "
        "finding has stood for two more points, unless it is at least 95 % sure. Overfitting told while the clean "
        "course has risen by more than 2 % of its progress is neither right nor wrong: before its second descent, a "
        "recovery is that. Turns are those from or to any finding, a run.\n\n"
        + table(("family", "any analysis", "watch", "turns seen", "turns told"), rows)
    )
