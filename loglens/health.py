"""The state of a run in one word, from its verdicts: the same word in the text, the page, the panel and the gate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from loglens.runs.curve import NEVER_JUDGED, TRUSTED_CONFIDENCE
from loglens.verdict import Status, Verdict

if TYPE_CHECKING:
    from loglens.report import CurveReport, Lost, RunReport

Health = Literal["fail", "warn", "not-judged", "healthy"]
WORST_FIRST: tuple[Health, ...] = ("fail", "warn", "not-judged", "healthy")

PASSES_NEEDED = 2
"""Detectors that must have passed on one curve with a direction: a lone "all values are finite" on a curve of one
point, or one detector that the user picked, says too little of the training to call it healthy."""

WEIGHT: Mapping[Status, int] = MappingProxyType(
    {"fail": 5, "warn": 4, "error": 3, "undetermined": 2, "pass": 1, "not-applicable": 0}
)
"""Which of several verdicts of a detector speaks for it: the one with the highest."""

SHORT = 5
"""A longest curve of fewer points is named as the reason before anything a detector says of it."""


def findings(run: RunReport) -> tuple[Verdict, ...]:
    """The verdicts that are findings, worst first: fails before warnings, surer before less sure."""
    found = [verdict for verdict in run.verdicts if verdict.is_finding]
    return tuple(sorted(found, key=lambda v: (v.status != "fail", -(v.confidence or 0.0), v.detector)))


def worst_verdicts(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    """The worst verdict of each detector, the surest of equals, in the order of the detectors."""
    worst: dict[str, Verdict] = {}
    for verdict in verdicts:
        known = worst.get(verdict.detector)
        if known is None or _weight(verdict) > _weight(known):
            worst[verdict.detector] = verdict
    return worst


def _weight(verdict: Verdict) -> tuple[int, float]:
    return WEIGHT[verdict.status], verdict.confidence or 0.0


def health_of(run: RunReport) -> Health:
    """`fail` or `warn` by its worst finding; `healthy` only when its course was judged; else `not-judged`.

    The course was judged when, on one of the run's main curves, at least two detectors passed and more passed than
    could not decide: a run whose one validation point is finite is not healthy, whatever its training loss does.
    """
    statuses = {verdict.status for verdict in run.verdicts}
    if "fail" in statuses:
        return "fail"
    if "warn" in statuses:
        return "warn"
    judged: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in run.verdicts:
        if verdict.tags:
            judged.setdefault(verdict.tags[0], []).append(verdict)
    for curve in main_curves(run):
        on_it = judged.get((curve.dir, curve.tag), [])
        passed = {verdict.detector for verdict in on_it if verdict.status == "pass"}
        undecided = {verdict.detector for verdict in on_it if verdict.status in ("undetermined", "error")}
        if len(passed) >= PASSES_NEEDED and len(passed) > len(undecided):
            return "healthy"
    return "not-judged"


def main_curves(run: RunReport) -> tuple[CurveReport, ...]:
    """The curves that stand for the run: those with a direction and a sure role, of validation if there are any.

    Curves of a test phase alone do not: whether training went well is not decided on them.
    """
    directed = tuple(
        curve for curve in run.curves if curve.direction != "none" and curve.role_confidence >= TRUSTED_CONFIDENCE
    )
    return tuple(curve for curve in directed if curve.phase == "validation") or tuple(
        curve for curve in directed if curve.phase != "test"
    )


def undecided_checks(run: RunReport) -> int:
    """Detectors that could not decide on some curve of the run."""
    return len({verdict.detector for verdict in run.verdicts if verdict.status in ("undetermined", "error")})


@dataclass(frozen=True, slots=True)
class WhyNotJudged:
    """Why a run is neither healthy nor has findings: a reason that runs can share, and the tags it speaks of."""

    reason: str
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.reason + (f" ({some(self.tags)})" if self.tags else "")


def lacks_validation(run: RunReport) -> bool:
    """Whether no validation curve could be judged: healthy then speaks of the training alone."""
    return all(curve.phase != "validation" for curve in main_curves(run))


def doubtful_curves(run: RunReport) -> tuple[CurveReport, ...]:
    """The curves whose role is a guess, where that keeps them from being judged: they are described only."""
    return tuple(
        curve
        for curve in run.curves
        if curve.role_confidence < TRUSTED_CONFIDENCE and curve.quantity not in NEVER_JUDGED
    )


def has_damage(lost: Lost) -> bool:
    """Whether points are gone for good (a cut last record and repeated steps are normal)."""
    return bool(lost.bad_records or lost.skipped_bytes or lost.zero_bytes or lost.undecodable_values)


def limits(run: RunReport) -> tuple[str, ...]:
    """What "healthy" does not speak of in this run, in words: the same on every face."""
    told = []
    if lacks_validation(run):
        guessed = any(curve.phase == "validation" for curve in doubtful_curves(run))
        told.append("validation curves only guessed" if guessed else "no validation curve")
    if has_damage(run.lost):
        told.append("records lost")
    if undecided := undecided_checks(run):
        told.append(f"{undecided} check{'' if undecided == 1 else 's'} undecided")
    return tuple(told)


def why_not_judged(run: RunReport) -> WhyNotJudged:
    """The first reason that explains it, from "nothing there" to "a detector could not decide"."""
    doubtful = tuple(curve.tag for curve in doubtful_curves(run))
    trusted = [curve for curve in run.curves if curve.role_confidence >= TRUSTED_CONFIDENCE]
    directed = main_curves(run)
    if not run.curves:
        return WhyNotJudged("no scalar curve was found")
    if not directed and doubtful:
        return WhyNotJudged("what the tags are could not be told surely enough", doubtful)
    if any(curve.phase == "test" and curve.direction != "none" for curve in trusted) and not directed:
        return WhyNotJudged("only curves of a test phase were logged", tuple(c.tag for c in trusted))
    if not directed:
        return WhyNotJudged("neither a loss nor a metric to judge was logged", tuple(c.tag for c in trusted))
    ran = sorted({verdict.detector for verdict in run.verdicts})
    if len(ran) < PASSES_NEEDED:
        return WhyNotJudged(f"only {ran[0]} was run, too little to call it healthy" if ran else "no detector was run")
    if max(curve.points for curve in directed) < SHORT:
        phase = "validation " if directed[0].phase == "validation" else ""
        return WhyNotJudged(f"too short, fewer than {SHORT} points a {phase}curve")
    undecided = sorted({verdict.detector for verdict in run.verdicts if verdict.status == "undetermined"})
    if undecided:
        return WhyNotJudged(f"{some(undecided)} could not decide")
    passed = sorted({verdict.detector for verdict in run.verdicts if verdict.status == "pass"})
    return WhyNotJudged(f"only {some(passed)} had something to judge" if passed else "no detector applies to it")


def remark(run: RunReport) -> str:
    """What stands beside the state of a run without findings: why it is not judged, or what "healthy" leaves out."""
    health = health_of(run)
    return str(why_not_judged(run)) if health == "not-judged" else ", ".join(limits(run)) if health == "healthy" else ""


def in_number_order(name: str) -> tuple[str | int, ...]:
    """Sort key by which seed2 stands before seed10: text and numbers in turn."""
    parts = re.split(r"([0-9]{1,18})", name)  # so long that Python still reads it in no time
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def severity(run: RunReport) -> tuple[int, int, int, float, tuple[str | int, ...]]:
    """Sort key, worst first: state, how many detectors fail, how many find something, the surest finding, then name."""
    found = [verdict for verdict in worst_verdicts(run.verdicts).values() if verdict.is_finding]
    fails = sum(verdict.status == "fail" for verdict in found)
    sure = max((v.confidence or 0.0 for v in found if v.status == "fail" or not fails), default=0.0)
    return WORST_FIRST.index(health_of(run)), -fails, -len(found), -sure, in_number_order(run.name)


def some(names: Sequence[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
