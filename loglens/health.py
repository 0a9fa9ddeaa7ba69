"""The state of a run in one word, from its verdicts: the same word in the text, the page, the panel and the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from loglens.runs.curve import TRUSTED_CONFIDENCE
from loglens.verdict import Verdict

if TYPE_CHECKING:
    from loglens.report import RunReport

Health = Literal["fail", "warn", "not-judged", "healthy"]
WORST_FIRST: tuple[Health, ...] = ("fail", "warn", "not-judged", "healthy")

PASSES_NEEDED = 2
"""Detectors that must have passed on one curve with a direction: a lone "all values are finite" on a curve of one
point, or one detector that the user picked, says too little of the training to call it healthy."""


SHORT = 5
"""A longest curve of fewer points is named as the reason before anything a detector says of it."""


def findings(run: RunReport) -> tuple[Verdict, ...]:
    """The verdicts that are findings, worst first: fails before warnings, surer before less sure."""
    found = [verdict for verdict in run.verdicts if verdict.is_finding]
    return tuple(sorted(found, key=lambda v: (v.status != "fail", -(v.confidence or 0.0), v.detector)))


def health_of(run: RunReport) -> Health:
    """`fail` or `warn` by its worst finding; `healthy` only when its course was judged; else `not-judged`."""
    statuses = {verdict.status for verdict in run.verdicts}
    if "fail" in statuses:
        return "fail"
    if "warn" in statuses:
        return "warn"
    directed = {(curve.dir, curve.tag) for curve in run.curves if curve.direction != "none"}
    passed: dict[tuple[str, str], set[str]] = {}
    for verdict in run.verdicts:
        if verdict.status == "pass" and verdict.tags and tuple(verdict.tags[0]) in directed:
            passed.setdefault(verdict.tags[0], set()).add(verdict.detector)
    return "healthy" if any(len(names) >= PASSES_NEEDED for names in passed.values()) else "not-judged"


@dataclass(frozen=True, slots=True)
class WhyNotJudged:
    """Why a run is neither healthy nor has findings: a reason that runs can share, and the tags it speaks of."""

    reason: str
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.reason + (f" ({some(self.tags)})" if self.tags else "")


def why_not_judged(run: RunReport) -> WhyNotJudged:
    """The first reason that explains it, from "nothing there" to "a detector could not decide"."""
    doubtful = tuple(curve.tag for curve in run.curves if curve.role_confidence < TRUSTED_CONFIDENCE)
    trusted = [curve for curve in run.curves if curve.role_confidence >= TRUSTED_CONFIDENCE]
    directed = [curve for curve in trusted if curve.direction != "none"]
    if not run.curves:
        return WhyNotJudged("no scalar curve was found")
    if not directed and doubtful:
        return WhyNotJudged("what its tags are could not be told surely enough", doubtful)
    if not directed:
        return WhyNotJudged("neither a loss nor a metric to judge was logged", tuple(c.tag for c in trusted))
    ran = sorted({verdict.detector for verdict in run.verdicts})
    if len(ran) < PASSES_NEEDED:
        return WhyNotJudged(f"only {ran[0]} was run, too little to call it healthy" if ran else "no detector was run")
    if max(curve.points for curve in directed) < SHORT:
        return WhyNotJudged(f"too short, fewer than {SHORT} points a curve")
    undetermined = next((verdict for verdict in run.verdicts if verdict.status == "undetermined"), None)
    if undetermined:
        return WhyNotJudged(undetermined.summary.rstrip("."))
    passed = sorted({verdict.detector for verdict in run.verdicts if verdict.status == "pass"})
    return WhyNotJudged(f"only {some(passed)} had something to judge" if passed else "no detector applies to it")


def severity(run: RunReport) -> tuple[int, int, float, str]:
    """Sort key, worst first: state, number of fails, sureness of the first finding, then name."""
    found = findings(run)
    fails = sum(verdict.status == "fail" for verdict in found)
    sure = found[0].confidence or 0.0 if found else 0.0
    return WORST_FIRST.index(health_of(run)), -fails, -sure, run.name


def some(names: Sequence[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
