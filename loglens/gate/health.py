"""Health: which verdicts of the detectors count in the gate, and how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loglens.config import HealthRule
from loglens.detector import discover
from loglens.gate.result import Outcome, Result
from loglens.health import worst_verdicts
from loglens.report import Report, RunReport
from loglens.runs.overrides import matches
from loglens.verdict import Verdict


def default_health() -> tuple[HealthRule, ...]:
    """Without a [[health]] table every detector counts by its own status: a fail fails, a warn warns."""
    return (HealthRule(detectors=tuple(detector.name for detector in discover())),)


def detectors_needed(rules: Iterable[HealthRule]) -> tuple[str, ...]:
    """The names of the detectors whose verdicts any rule counts."""
    return tuple(dict.fromkeys(name for rule in rules if rule.level != "off" for name in rule.detectors))


def judge_health(report: Report, rules: Sequence[HealthRule]) -> list[Outcome]:
    """One outcome a run and detector; the first rule that names both decides."""
    return [outcome for run in report.runs for outcome in _of_run(run, rules)]


def _of_run(run: RunReport, rules: Sequence[HealthRule]) -> Iterable[Outcome]:
    mine = [rule for rule in rules if matches(rule.runs, run.name)]
    for detector, worst in worst_verdicts(run.verdicts).items():
        rule = next((rule for rule in mine if detector in rule.detectors), None)
        if rule is not None and rule.level != "off":
            findings = [verdict for verdict in run.verdicts if verdict.detector == detector and verdict.is_finding]
            for verdict in findings or [worst]:
                yield _outcome(run, rule, verdict)


def _outcome(run: RunReport, rule: HealthRule, verdict: Verdict) -> Outcome:
    result: Result = "pass"
    if verdict.status == "fail" and rule.level == "fail":
        result = "fail"
    elif verdict.status in ("warn", "fail", "error"):
        result = "warn"
    elif verdict.status == "undetermined":
        result = "undetermined"
    where = verdict.tags[0] if verdict.tags else None
    return Outcome(
        kind="health",
        rule=verdict.detector,
        subject=run.name,
        result=result,
        summary=verdict.summary,
        advice=verdict.advice,
        dir=where.dir if where else "",
        tag=where.tag if where else "",
        value=verdict.value,
        threshold=verdict.threshold,
        step=verdict.start_step,
        line=rule.line,
    )
