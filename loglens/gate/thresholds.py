"""Thresholds: the numbers of each run against the min and max of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from loglens.config import CheckRule
from loglens.gate.result import Outcome, Result
from loglens.report import Measurement, Missing, Report, RunReport
from loglens.runs.overrides import matches

WHY_MISSING: Mapping[Missing, tuple[str, str]] = MappingProxyType(
    {
        "never-reached": ("never reaches the target", "Train longer, or see why it stalls: loglens analyze."),
        "not-finite": ("is not finite", "Find the first bad step: loglens analyze."),
        "too-short": ("cannot be taken: the log ends before", "Was the run cut short? Or ask for an earlier point."),
        "no-points": ("cannot be taken: the curve has no points", "Was anything logged?"),
        "no-epochs": ("cannot be taken: how many steps an epoch has is unknown", "Use at-step, or set x_unit."),
        "no-direction": ("cannot be taken: which way is better is unknown", "Say so with [[role]] tag, direction."),
        "no-wall-times": ("cannot be taken: the wall times do not advance", "Was the log rewritten by a converter?"),
    }
)
"""What a missing number means, in words that follow the name of the rule, and what to do."""


def judge_thresholds(report: Report, rules: Iterable[CheckRule]) -> list[Outcome]:
    """One outcome for each rule with a threshold, run and curve that it matches."""
    bounded = [rule for rule in rules if rule.min is not None or rule.max is not None]
    return [outcome for run in report.runs for outcome in _of_run(run, bounded)]


def _of_run(run: RunReport, rules: Sequence[CheckRule]) -> Iterable[Outcome]:
    for rule in rules:
        if rule.level == "off" or not matches(rule.runs, run.name):
            continue
        for measured in run.measurements:
            # a glob may well sweep up a tag that has no better and worse; a tag written out may not
            if measured.rule == rule.name and not (measured.missing == "no-direction" and rule.tag != measured.tag):
                yield _outcome(run, rule, measured)


def _outcome(run: RunReport, rule: CheckRule, measured: Measurement) -> Outcome:
    value, advice, broken, threshold = measured.value, "", False, None
    if value is None:
        said, advice = WHY_MISSING[measured.missing]
        summary, broken = f"{rule.name} of {measured.tag} {said}", True
    else:
        summary = f"{rule.name} = {value:.6g}"
        if rule.max is not None and value > rule.max:
            summary, broken, threshold = f"{summary} is above the maximum {rule.max:g}", True, rule.max
        elif rule.min is not None and value < rule.min:
            summary, broken, threshold = f"{summary} is below the minimum {rule.min:g}", True, rule.min
    finding: Result = "fail" if rule.level == "fail" else "warn"
    return Outcome(
        kind="threshold",
        rule=rule.name,
        subject=run.name,
        result=finding if broken else "pass",
        summary=summary,
        advice=advice,
        dir=measured.dir,
        tag=measured.tag,
        value=value,
        threshold=threshold if broken else (rule.max if rule.max is not None else rule.min),
        line=rule.line,
    )
