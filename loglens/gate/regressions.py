"""Regressions: the groups of a report against those of a baseline, never two different experiments in silence."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from loglens.config import CheckRule
from loglens.gate.baseline import Baseline, differences
from loglens.gate.decisions import Pair, decide_all
from loglens.gate.result import Decision, Outcome, Result
from loglens.gate.samples import Group, Sample, applies, collect, pair_groups
from loglens.gate.wording import advice, sentence
from loglens.report import Report

TIMED = ("time-to", "throughput")
"""Statistics that depend on the machine: compared only where the environments are the same."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A baseline to compare with, and its name for the user."""

    name: str
    baseline: Baseline


@dataclass(frozen=True, slots=True)
class Options:
    """`allow_empty`: nothing matched is no finding. `allow_different`: compare although the experiments differ.
    `environment` is the key of the machine kind that the logs come from; `today` decides on waivers."""

    environment: str
    today: datetime.date
    allow_empty: bool = False
    allow_different: bool = False


def is_compared(rule: CheckRule) -> bool:
    """Whether a rule speaks of a baseline: it sets a key of the comparison, or it has no threshold."""
    asks = (rule.rel_tol, rule.abs_tol, rule.alpha, rule.min_seeds)
    return rule.test == "rcp" or any(value is not None for value in asks) or (rule.min is None and rule.max is None)


def judge_regressions(
    report: Report, rules: Sequence[CheckRule], reference: Reference, options: Options
) -> tuple[list[Outcome], tuple[Decision, ...]]:
    outcomes: list[Outcome] = []
    pairs: list[Pair] = []
    groups = collect(report, rules)
    for group, old in pair_groups(groups, reference.baseline.groups):
        if old is None:
            outcomes.append(_lost(group.name, reference, present=True))
            continue
        different = differences(old, group)
        if different:
            outcomes.append(_different(group, different, reference, options))
        if not different or options.allow_different:
            found, unpaired = _pairs(group, old, rules)
            pairs += found
            outcomes += [_without_counterpart(item, reference) for item in unpaired]
    outcomes += [
        _lost(name, reference, present=False) for name in _names_left(groups, reference.baseline.groups, rules)
    ]
    same_machine = options.environment == reference.baseline.environment
    kept = [pair for pair in pairs if same_machine or pair.rule.statistic not in TIMED]
    outcomes += [_other_machine(pair, reference, options) for pair in pairs if pair not in kept]
    decisions = decide_all(kept)
    outcomes += [_decided(pair.rule, decision) for pair, decision in zip(kept, decisions, strict=True)]
    return outcomes, decisions


def _names_left(new: Sequence[Group], old: Sequence[Group], rules: Sequence[CheckRule]) -> list[str]:
    if len(new) == len(old) == 1:
        return []
    present = {group.name for group in new}
    return [
        group.name
        for group in old
        if group.name not in present and any(applies(rule, group, s) for rule in rules for s in group.samples)
    ]


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A sample that is on one side only: `known` where it is in the baseline."""

    rule: CheckRule
    group: str
    sample: Sample
    known: bool


def _pairs(group: Group, old: Group, rules: Sequence[CheckRule]) -> tuple[list[Pair], list[Unpaired]]:
    before = {sample.key: sample for sample in old.samples}
    now = {sample.key: sample for sample in group.samples}
    pairs: list[Pair] = []
    unpaired: list[Unpaired] = []
    for rule in rules:
        for sample in group.samples:
            if not applies(rule, group, sample):
                continue
            if sample.key in before or sample.harmful == "none":  # without a direction the decision says why not
                pairs.append(Pair(rule, group.name, old.name, before.get(sample.key, sample), sample))
            else:
                unpaired.append(Unpaired(rule, group.name, sample, known=False))
        gone = (sample for sample in old.samples if sample.key not in now and applies(rule, old, sample))
        unpaired += [Unpaired(rule, group.name, sample, known=True) for sample in gone]
    return pairs, unpaired


def _decided(rule: CheckRule, decision: Decision) -> Outcome:
    results: dict[str, Result] = {"worse": "fail" if rule.level == "fail" else "warn", "undetermined": "undetermined"}
    return Outcome(
        kind="regression",
        rule=rule.name,
        subject=decision.group,
        result=results.get(decision.answer, "pass"),
        summary=sentence(decision),
        advice=advice(decision),
        dir=decision.dir,
        tag=decision.tag,
        value=decision.current_mean,
        threshold=decision.limit if decision.limit is not None else decision.baseline_mean,
        step=decision.parts_at_step,
        line=rule.line,
    )


def _different(group: Group, different: Sequence[str], reference: Reference, options: Options) -> Outcome:
    listed = "; ".join(different[:4]) + (f"; and {len(different) - 4} more" if len(different) > 4 else "")
    return Outcome(
        kind="experiment",
        rule="experiment",
        subject=group.name,
        result="warn" if options.allow_different else "fail",
        summary=f"{_spoken(group.name)} is not the experiment of the baseline {reference.name}: {listed}",
        advice="Compare it all the same with --allow-different, or make it the new one: loglens baseline update LOGDIR",
    )


def _lost(name: str, reference: Reference, *, present: bool) -> Outcome:
    there, here = ("the logs", "the baseline") if present else ("the baseline", "the logs")
    return Outcome(
        kind="unmatched",
        rule="baseline",
        subject=name,
        result="warn",
        summary=f"{_spoken(name)} is in {there} but not in {here} ({reference.name}): it is compared with nothing",
        advice="Add it with: loglens baseline update LOGDIR" if present else "Was it not run, or was it renamed?",
    )


def _spoken(group: str) -> str:
    """A group's name in a sentence: that of LOGDIR itself is a mere dot."""
    return "LOGDIR itself" if group == "." else group


def _without_counterpart(one: Unpaired, reference: Reference) -> Outcome:
    rule, sample = one.rule, one.sample
    if one.known:
        summary = f"{sample.tag} is in the baseline {reference.name} but was not logged by {_spoken(one.group)}"
        told = "Was the tag renamed? Then take it up with: loglens baseline update LOGDIR"
    else:
        summary = f"The baseline {reference.name} holds no {rule.name} of {sample.tag} for {_spoken(one.group)}"
        told = "It was made before the rule or the tag: take the number up with loglens baseline update LOGDIR"
    return Outcome(
        kind="unmatched",
        rule=rule.name,
        subject=one.group,
        result="fail" if rule.level == "fail" else "warn",
        summary=summary,
        advice=told,
        tag=sample.tag,
        dir=sample.dir,
        line=rule.line,
    )


def _other_machine(pair: Pair, reference: Reference, options: Options) -> Outcome:
    return Outcome(
        kind="regression",
        rule=pair.rule.name,
        subject=pair.group,
        result="undetermined",
        summary=f"{pair.rule.name} is not compared: the baseline comes from {reference.baseline.environment}, "
        f"the logs from {options.environment}",
        advice="Keep one baseline a kind of machine, named with --environment.",
        dir=pair.current.dir,
        tag=pair.current.tag,
        line=pair.rule.line,
    )
