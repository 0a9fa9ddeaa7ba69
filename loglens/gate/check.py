"""The gate: health, thresholds and regressions of one report under one config, with waivers, to one result."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from loglens import __version__
from loglens.config import CheckRule, Config
from loglens.gate.baseline import rules_of
from loglens.gate.health import default_health, judge_health
from loglens.gate.regressions import Options, Reference, is_compared, judge_regressions
from loglens.gate.result import Decision, GateResult, Outcome
from loglens.gate.thresholds import judge_thresholds
from loglens.gate.waivers import apply_waivers
from loglens.report import Report
from loglens.runs.overrides import matches


def check(report: Report, config: Config, reference: Reference | None, options: Options) -> GateResult:
    """What the gate says of a report that was measured under `config`."""
    rules = rules_of(config) if config.checks or reference else ()
    health = config.health or default_health()
    compared = [rule for rule in rules if is_compared(rule)]
    outcomes = judge_health(report, health) + judge_thresholds(report, rules)
    decisions: tuple[Decision, ...] = ()
    notes: list[str] = []
    if reference is not None:
        found, decisions = judge_regressions(report, compared, reference, options)
        outcomes += found
        other = sorted({(d.group, d.baseline_group) for d in decisions if d.group != d.baseline_group})
        notes += [f"{new} was compared with {old} of the baseline: each is the only group." for new, old in other]
    elif compared:
        names = ", ".join(rule.name for rule in compared)
        notes.append(f"No baseline was given, so that nothing was compared for: {names}.")
    outcomes += _unmatched(report, config, rules, outcomes, options)
    outcomes += [_unreadable(item.path, item.reason) for item in report.unreadable]
    outcomes, more = apply_waivers(outcomes, config.waivers, options.today)
    return GateResult(
        loglens_version=__version__,
        config=config.path,
        baseline=reference.name if reference else "",
        runs=len(report.runs),
        outcomes=tuple(outcomes),
        decisions=decisions,
        notes=(*notes, *more),
        unreadable=report.unreadable,
    )


def _unmatched(
    report: Report, config: Config, rules: Sequence[CheckRule], outcomes: Sequence[Outcome], options: Options
) -> list[Outcome]:
    """Rules that met no run or no tag; and a gate that looked at nothing."""
    if options.allow_empty:
        return []
    found = []
    names = [run.name for run in report.runs]
    for rule in rules if config.checks else ():
        runs = [run for run in report.runs if matches(rule.runs, run.name)]
        if not runs:
            found.append(_no_match(rule.name, rule.line, "run", rule.runs, names))
        elif not any(measured.rule == rule.name for run in runs for measured in run.measurements):
            tags = sorted({curve.tag for run in runs for curve in run.curves})
            found.append(_no_match(rule.name, rule.line, "tag", rule.tag, tags))
    for health in config.health:
        if health.level != "off" and not any(matches(health.runs, name) for name in names):
            found.append(_no_match(", ".join(health.detectors), health.line, "run", health.runs, names))
    if not outcomes and not found:
        why, advice = "no rule applies to what was logged", "Add [[check]] rules, or use --allow-empty."
        if not report.runs:
            why, advice = "there is no event file", "Name the folder that holds the logs, or use --allow-empty."
        found.append(Outcome("unmatched", "gate", ".", "fail", f"The gate looked at nothing: {why}", advice))
    return found


def _no_match(rule: str, line: int, what: str, glob: str, known: Iterable[str]) -> Outcome:
    names = list(known)
    close = difflib.get_close_matches(glob, names, n=1, cutoff=0.4)
    near = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(map(repr, names[:6]))}."
    return Outcome(
        kind="unmatched",
        rule=rule,
        subject=glob,
        result="fail",
        summary=f"The rule {rule} matches no {what}: {glob!r}",
        advice=f"{near} A rule that may match nothing needs --allow-empty.",
        line=line,
    )


def _unreadable(path: str, reason: str) -> Outcome:
    return Outcome("unreadable", "read", path, "warn", f"{path} could not be read: {reason}")
