"""What was checked over many runs, what was not and why, what was lost; and what a pass does not mean."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence

from rich.console import RenderableType

from loglens.digits import plural
from loglens.health import doubtful_curves, has_damage, health_of, severity, some, why_not_judged
from loglens.report import Lost, Report, RunReport
from loglens.views.text.layout import Words, blank, command_line, line, rows
from loglens.views.text.look import Look, literal, shorten
from loglens.views.text.losses import lost_words
from loglens.views.text.run import run_name
from loglens.views.text.run_coverage import guessed, unjudged_non_finite

CLOSING = (
    "A pass means that a check found nothing in the curves as logged. It does not mean that the model is good: leaks "
    "between training and validation data, wrong labels or a metric that misses the point leave no trace here."
)
NAME_CELLS = 44
"""A tag, or what is missing, inside a sentence."""

REASONS = 6
"""Reasons listed; the JSON report has those of every run."""

NO_DETECTORS = "no detector ran"


def coverage(runs: Sequence[RunReport], look: Look) -> list[RenderableType]:
    """Detectors that ran; those that could not decide, in how many runs and for what most common reason; losses."""
    labelled: list[tuple[str, Words]] = [("checked", _checked(runs))]
    for index, told in enumerate(_not_judged(runs, look) + guessed(runs)):
        labelled.append(("not judged" if index == 0 else "", told))
    labelled += [("NaN or Inf", told) for told in unjudged_non_finite(runs)]
    for index, told in enumerate(_undecided(runs, look)):
        labelled.append(("undecided" if index == 0 else "", told))
    damaged = [run for run in runs if has_damage(run.lost)]
    if damaged:
        total = lost_words(_sum([run.lost for run in damaged]))
        labelled.append(
            ("lost", f"in {plural(len(damaged), 'run')} ({some([run_name(r, look) for r in damaged])}): {total}")
        )
    return [rows(labelled, look)]


def closing(report: Report, look: Look) -> list[RenderableType]:
    """Where to go on, and the closing words wherever something passed."""
    parts: list[RenderableType] = []
    if any(map(_roles_would_help, report.runs)):
        parts.append(line("What LogLens takes each tag for, and the line to paste where it is wrong:"))
        parts.append(command_line(f"loglens runs {shlex.quote(literal(look.where))}"))
    example = _example(report, look)
    if example:
        parts.append(line("One run in full (all of them: --verbose):"))
        parts.append(command_line(f"loglens analyze {example}"))
    if any(verdict.status == "pass" for run in report.runs for verdict in run.verdicts):
        parts += [blank()] if parts else []
        parts.append(line((CLOSING, "dim")))
    return parts


def _roles_would_help(run: RunReport) -> bool:
    """Whether a line of config may be all that keeps the run, or a curve of it, from being judged."""
    return health_of(run) == "not-judged" or bool(doubtful_curves(run))


def _example(report: Report, look: Look) -> str:
    """The path of the worst run that can be named by itself, "" where there is none."""
    if len(report.runs) < 2 or any(sign in look.where for sign in "*?["):
        return ""
    ordered = sorted(report.runs, key=severity)
    name = next((run.name for run in ordered if run.name.isprintable() and not set(run.name) & set("#:")), None)
    if name is None:
        return ""
    return shlex.quote(look.where if name == "." else f"{look.where}/{name}")


def _checked(runs: Sequence[RunReport]) -> str:
    ran = {verdict.detector for run in runs for verdict in run.verdicts}
    if not ran:
        return NO_DETECTORS
    decided = Counter(
        verdict.detector
        for run in runs
        for verdict in {v.detector: v for v in run.verdicts if v.status in ("pass", "warn", "fail")}.values()
    )
    idle = sorted(ran - set(decided))
    told = f"{plural(len(decided), 'detector')} decided in at least one of {plural(len(runs), 'run')}"
    return told + (f"; without use here: {', '.join(map(literal, idle))}" if idle else "")


def _not_judged(runs: Sequence[RunReport], look: Look) -> list[str]:
    """Runs by the reason why nothing can be said of them, the most frequent first."""
    reasons: dict[str, list[tuple[str, ...]]] = {}
    for run in runs:
        if health_of(run) == "not-judged":
            why = why_not_judged(run)
            reasons.setdefault(why.reason, []).append(why.tags)
    told = []
    for reason, tags in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))[:REASONS]:
        distinct = list(dict.fromkeys(tag for of_run in tags for tag in of_run))
        about = f" ({some([shorten(literal(tag), NAME_CELLS, look) for tag in distinct])})" if distinct else ""
        told.append(f"{plural(len(tags), 'run')}: {literal(reason)}{about}")
    return told


def _undecided(runs: Sequence[RunReport], look: Look) -> list[str]:
    """How many runs each detector could not decide, and what is most often missing; detectors alike share a line."""
    where: dict[str, set[str]] = {}
    why: dict[str, Counter[str]] = {}
    for run in runs:
        for verdict in run.verdicts:
            if verdict.status in ("undetermined", "error"):
                where.setdefault(verdict.detector, set()).add(run.name)
                missing = some([shorten(literal(one), NAME_CELLS, look) for one in verdict.missing])
                reason = f"missing: {missing}" if missing else verdict.summary.rstrip(".")
                why.setdefault(verdict.detector, Counter())[reason] += 1
    alike: dict[str, list[str]] = {}
    for detector, names in sorted(where.items(), key=lambda item: (-len(item[1]), item[0])):
        reason = why[detector].most_common(1)[0][0]
        often = "most often " if len(why[detector]) > 1 else ""
        told = f"in {plural(len(names), 'run')} ({often}{literal(reason)})"
        alike.setdefault(told, []).append(literal(detector))
    return [f"{', '.join(detectors)} {told}" for told, detectors in alike.items()]


def _sum(losses: Sequence[Lost]) -> Lost:
    return Lost(
        bad_records=sum(lost.bad_records for lost in losses),
        skipped_bytes=sum(lost.skipped_bytes for lost in losses),
        zero_bytes=sum(lost.zero_bytes for lost in losses),
        undecodable_values=sum(lost.undecodable_values for lost in losses),
    )
