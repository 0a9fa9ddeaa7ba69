"""The state of a run in one word, from its verdicts: the same word in the text, the page, the panel and the gate."""

from __future__ import annotations

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


def why_not_judged(run: RunReport) -> str:
    """One sentence for a run that is neither healthy nor has findings."""
    doubtful = [curve.tag for curve in run.curves if curve.role_confidence < TRUSTED_CONFIDENCE]
    trusted = [c for c in run.curves if c.role_confidence >= TRUSTED_CONFIDENCE and c.direction != "none"]
    if not run.curves:
        return "no scalar curve was found"
    if not trusted and doubtful:
        return f"what its tags are could not be told ({some(doubtful)})"
    if not trusted:
        return f"no loss or metric was logged, only {some([curve.tag for curve in run.curves])}"
    most = max(curve.points for curve in trusted)
    ran = sorted({verdict.detector for verdict in run.verdicts})
    if len(ran) < PASSES_NEEDED:
        return f"only {ran[0]} was run, too little to call it healthy" if ran else "no detector was run"
    if most <= 2:
        return f"too short: {'only one point' if most == 1 else f'{most} points'} a curve"
    undetermined = next((verdict for verdict in run.verdicts if verdict.status == "undetermined"), None)
    return undetermined.summary.rstrip(".") if undetermined else "no detector applies to what was logged"


def severity(run: RunReport) -> tuple[int, int, float, str]:
    """Sort key, worst first: state, number of fails, sureness of the first finding, then name."""
    found = findings(run)
    fails = sum(verdict.status == "fail" for verdict in found)
    sure = found[0].confidence or 0.0 if found else 0.0
    return WORST_FIRST.index(health_of(run)), -fails, -sure, run.name


def some(names: list[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
