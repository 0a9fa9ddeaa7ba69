"""Of one run: what passed, what could not be decided and what would decide it, what was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from loglens.digits import plural
from loglens.health import doubtful_curves, health_of, some
from loglens.report import RunReport
from loglens.runs.curve import TRUSTED_CONFIDENCE
from loglens.verdict import Verdict
from loglens.views.text.finding import curve_of
from loglens.views.text.layout import Words
from loglens.views.text.look import Look, literal
from loglens.views.text.losses import lost_words

LISTED = 3
"""Verdicts of one detector told one by one (a run may have hundreds of curves); with --verbose all of them are."""

REASONS = 4
"""Reasons for not being applicable; which detectors they are of matters less than what was found."""

NOTES = 8

FOUND: Mapping[str, str] = MappingProxyType({"plateau": "flat"})
"""A state in another word where it is the detector's own name: a "plateau" that passed is no contradiction."""


def run_coverage(run: RunReport, look: Look) -> list[tuple[str, Words]]:
    """Labelled rows; each part is bounded, whatever the number of curves, unless the look is verbose."""
    labelled: list[tuple[str, Words]] = _under("not judged", guessed([run]))
    labelled += _under("NaN or Inf", unjudged_non_finite([run]))
    passed = [verdict for verdict in run.verdicts if verdict.status == "pass"]
    if passed:
        labelled.append(("passed", _named(passed)))
    for status, label in (("undetermined", "undecided"), ("error", "failed")):
        verdicts = [verdict for verdict in run.verdicts if verdict.status == status]
        of_the_run = _by_reason([verdict for verdict in verdicts if not verdict.tags], look)
        labelled += _under(label, of_the_run + _by_curve([verdict for verdict in verdicts if verdict.tags], run, look))
    labelled += _under("n/a", _by_reason([v for v in run.verdicts if v.status == "not-applicable"], look))
    labelled += _under("lost", [lost] if (lost := lost_words(run.lost)) else [])
    labelled += _under("note", _capped([literal(note) for note in run.notes], NOTES, "note", look))
    return labelled


def _under(label: str, texts: Iterable[str]) -> list[tuple[str, Words]]:
    return [(label if index == 0 else "", text) for index, text in enumerate(texts)]


def _capped(texts: Sequence[str], most: int, noun: str, look: Look) -> list[str]:
    if len(texts) <= most or look.verbose:
        return list(texts)
    return [*texts[:most], f"and {plural(len(texts) - most, f'more {noun}')} (--verbose)"]


def _named(verdicts: Sequence[Verdict]) -> str:
    """Detectors by name, with what they found instead of a finding (improving, converged) and on how many curves."""
    told = []
    for name, group in _by_detector(verdicts).items():
        found = (verdict.details.get("kind") or verdict.details.get("state") for verdict in group)
        notes = sorted({FOUND.get(text, text) for text in found if isinstance(text, str)})
        if len(group) > 1:
            notes.insert(0, plural(len(group), "curve"))
        told.append(literal(name) + (f" ({', '.join(map(literal, notes))})" if notes else ""))
    return ", ".join(told)


def _by_curve(verdicts: Sequence[Verdict], run: RunReport, look: Look) -> list[str]:
    """Verdicts on curves, detector by detector."""
    told = []
    for name, group in _by_detector(verdicts).items():
        distinct = list({verdict.summary: verdict for verdict in group}.values())
        shown = distinct if look.verbose else distinct[:LISTED]
        told += [_reason(verdict, run) for verdict in shown]
        rest = distinct[len(shown) :]
        if rest:
            told.append(f"{literal(name)} on {_tags(rest, run)} as well")
    return told


def _reason(verdict: Verdict, run: RunReport) -> str:
    curve = curve_of(run, verdict)
    told = curve is None or curve.tag in verdict.summary
    on = "" if told else f" on {literal(run.label(verdict.tags[0]))}"
    missing = f" Would decide: {literal(some(verdict.missing))}." if verdict.missing else ""
    return f"{literal(verdict.detector)}{on}: {literal(verdict.summary)}{missing}"


def _by_reason(verdicts: Sequence[Verdict], look: Look) -> list[str]:
    """Verdicts on the run as a whole: detectors that give one reason share a line."""
    by_reason: dict[str, dict[str, Verdict]] = {}
    for verdict in verdicts:
        by_reason.setdefault(verdict.summary, {})[literal(verdict.detector)] = verdict
    told = []
    for reason, named in by_reason.items():
        missing = next(iter(named.values())).missing
        decisive = f" Would decide: {literal(some(missing))}." if missing else ""
        told.append(f"{', '.join(named)}: {literal(reason)}{decisive}")
    return _capped(told, REASONS, "reason", look)


def guessed(runs: Sequence[RunReport]) -> list[str]:
    """Curves that are described, not judged, of runs that are: why others are not judged is told beside their state."""
    curves = [curve for run in runs if health_of(run) != "not-judged" for curve in doubtful_curves(run)]
    if not curves:
        return []
    tags = list(dict.fromkeys(literal(curve.tag) for curve in curves))
    return [f"{plural(len(curves), 'curve')} whose role is a guess: {some(tags)}"]


def unjudged_non_finite(runs: Sequence[RunReport]) -> list[str]:
    """Curves that are described, not judged: that they hold NaN is a fact whatever they are."""
    curves = [curve for run in runs for curve in run.curves]
    held = [curve for curve in curves if curve.non_finite and curve.role_confidence < TRUSTED_CONFIDENCE]
    if not held:
        return []
    tags = [f"{literal(curve.tag)} ({curve.non_finite:,} of {curve.points:,} values)" for curve in held]
    return [f"in {plural(len(held), 'curve')} whose role is not sure: {some(tags)}"]


def _tags(verdicts: Sequence[Verdict], run: RunReport) -> str:
    """`7 more curves (a, b, c and 4 more)`."""
    labels = run.labels()
    tags = [literal(labels.get(verdict.tags[0], verdict.tags[0].tag)) for verdict in verdicts if verdict.tags]
    return f"{plural(len(verdicts), 'more curve')} ({some(tags)})"


def _by_detector(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.detector, []).append(verdict)
    return groups
