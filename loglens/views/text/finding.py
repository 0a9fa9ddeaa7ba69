"""One finding in full: what, since when, how sure, the evidence, the likely cause, what to try."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import RenderableType

from loglens.digits import plural
from loglens.report import CurveReport, RunReport
from loglens.verdict import Evidence, Fact, Interval, Marker, Verdict
from loglens.views.text import words
from loglens.views.text.layout import Words, line, rows
from loglens.views.text.look import STYLES, Look, literal

LISTED = 8
"""Lines of evidence shown; the rest are in the JSON report."""

CAUSE = "cause"
"""The key of `details` that names a likely cause (see the detector oscillation)."""


def finding(verdict: Verdict, run: RunReport, look: Look, advised: Collection[str] = ()) -> RenderableType:
    """A finding (or any verdict, when verbose) as a headline and labelled rows; advice in `advised` is not repeated."""
    style = STYLES.get(verdict.status, "")
    labelled: list[tuple[str, Words]] = [(verdict.status, line((verdict.detector, style or "bold"), *_place(verdict)))]
    labelled.append(("", literal(verdict.summary)))
    curve = curve_of(run, verdict)
    if curve is not None:
        labelled.append(("curve", curve_words(run, curve)))
    labelled += [("evidence" if i == 0 else "", text) for i, text in enumerate(_evidence(verdict, look))]
    cause = verdict.details.get(CAUSE)
    if isinstance(cause, str) and cause:
        labelled.append(("cause", literal(cause.replace("-", " "))))
    if verdict.missing:
        labelled.append(("missing", literal("; ".join(verdict.missing))))
    if verdict.advice:
        labelled.append(("try", "as above" if verdict.advice in advised else literal(verdict.advice)))
    return rows(labelled, look)


def curve_of(run: RunReport, verdict: Verdict) -> CurveReport | None:
    """The judged curve as the run describes it."""
    return run.curve(verdict.tags[0] if verdict.tags else None)


def curve_words(run: RunReport, curve: CurveReport) -> str:
    """`val/loss (validation loss), 50 points, steps 0 to 49`."""
    steps = "" if curve.first_step is None else f", {words.steps(curve.first_step, curve.last_step)}"
    label = literal(run.label((curve.dir, curve.tag)))
    return f"{label} ({words.role(curve)}), {plural(curve.points, 'point')}{steps}"


def _place(verdict: Verdict) -> list[str]:
    told = [words.since(verdict)] if verdict.start_step is not None else []
    if verdict.confidence is not None:
        told.append(f"{words.percent(verdict.confidence)} sure")
    return [f"  {'; '.join(told)}"] if told else []


def _evidence(verdict: Verdict, look: Look) -> list[str]:
    told = []
    if verdict.value is not None:
        limit = verdict.threshold
        against = "" if limit is None else f", threshold {words.quantity(limit, _bare(verdict.unit))}"
        told.append(f"measured {words.quantity(verdict.value, verdict.unit)}{against}")
    told += [text for text in (_evidence_words(one) for one in verdict.evidence) if text]
    if len(told) > LISTED and not look.verbose:
        told = [*told[: LISTED - 1], f"and {len(told) - LISTED + 1} more in the JSON report"]
    return told


def _bare(unit: str) -> str:
    """The unit of a threshold beside a value that has it already: only so much as decides how a number is written."""
    return "share" if unit.startswith("share") else unit if unit == "probability" else ""


def _evidence_words(evidence: Evidence) -> str:
    """Overlays are for drawing and say nothing in words."""
    if isinstance(evidence, Fact):
        return f"{literal(evidence.label)}: {words.quantity(evidence.value, evidence.unit)}"
    if isinstance(evidence, Marker):
        value = "" if evidence.value is None else f", value {words.number(evidence.value)}"
        return f"{literal(evidence.label)}: step {evidence.step}{value}"
    if isinstance(evidence, Interval):
        return f"{literal(evidence.label)}: {words.steps(evidence.start_step, evidence.end_step)}"
    return ""
