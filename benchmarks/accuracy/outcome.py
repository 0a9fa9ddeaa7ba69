"""What LogLens and the rules said of one run, held against its truth: the raw material of every measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.rules import CHOICES, FINDINGS, PLATEAUS, beside, judged_loss
from benchmarks.accuracy.truth import Truth
from loglens.detector import Detector, judge_run
from loglens.detectors.diminishing_returns import DiminishingReturns
from loglens.events.series import Floats
from loglens.runs.curve import Curve, Run
from loglens.statistics.stopping_rules import patience
from loglens.verdict import Verdict

MAIN = ("overfitting", "plateau", "oscillation", "stopping")
"""The four verdicts that people come for."""
POINTS_AN_EPOCH = 3
"""From so many on a train loss tells something of what lies between two evaluations."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Which checkpoint was kept: `regrets` by rule, as shares of the progress of the clean course with its swings.

    `covered` and `width` (a share of the run) are of LogLens' set, `stop_*` of its recommended stop, `patience_*` of
    patience 10; `used` is the share of the evaluations run by then.
    """

    regrets: Mapping[str, float]
    covered: bool
    width: float
    stop_regret: float
    stop_used: float
    patience_regret: float
    patience_used: float


@dataclass(frozen=True, slots=True)
class Told:
    """The true and the told cause of an oscillation, and whether the log holds a train loss within the epochs."""

    true: str
    told: str
    within: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. `false_alarms` and `hits` name detectors; fields are None where the truth does not say.

    `rules[detector]` and `state_rules` name the rules that found it. `sure` holds (detector, confidence, right),
    `state` the plateau state (true, said). Onset errors are shares of the run, by the detector that found the fault.
    `told` adds late-recovery, which is never a finding, where it says that there was one.
    """

    family: str
    noise: str
    points: int
    sd: float
    findings: frozenset[str]
    false_alarms: frozenset[str]
    hits: frozenset[str]
    told: frozenset[str]
    faults: frozenset[str]
    recovers: bool | None
    statuses: Mapping[str, str]
    rules: Mapping[str, frozenset[str]]
    sure: tuple[tuple[str, float, bool], ...]
    onset_errors: Mapping[str, float]
    cause: Told | None
    state: tuple[str, str] | None
    state_rules: frozenset[str]
    settled_error: float | None
    stop: Stop | None


def outcome(run: Run, truth: Truth, detectors: Sequence[Detector]) -> Outcome:
    """Judge one run with LogLens and every rule, and compare with the truth."""
    verdicts = judge_run(run, [_priced(detector, truth.price) for detector in detectors])
    findings = frozenset(v.detector for v in verdicts if v.is_finding)
    judged = judged_loss(run)
    main = {v.detector: v for v in verdicts if v.tags and v.tags[0] == judged.key}
    recovered = {v.detector for v in verdicts if v.detector == "late-recovery" and v.status == "pass"}
    values, train = beside(run)
    stop = _stop(main.get("stopping"), judged, truth, train)
    return Outcome(
        family=truth.family,
        noise=truth.noise,
        points=len(values),
        sd=truth.sd,
        findings=findings,
        false_alarms=findings - truth.faults - truth.unclear,
        hits=findings & truth.faults,
        told=findings | recovered,
        faults=truth.faults,
        recovers=truth.recovers,
        statuses={name: main[name].status for name in main},
        rules={
            fault: frozenset(name for name, rule in named.items() if rule(values, train))
            for fault, named in FINDINGS.items()
        },
        sure=tuple(_sure(main, truth, stop)),
        onset_errors=dict(_onset_errors(verdicts, main, judged, truth)),
        cause=_cause(verdicts, truth, within=any(_is_within_epochs(curve, judged) for curve in run.curves)),
        state=None if "plateau" not in main or not truth.state else (truth.state, _state(main["plateau"])),
        state_rules=frozenset(name for name, rule in PLATEAUS.items() if rule(values, train)),
        settled_error=_settled_error(main.get("plateau"), judged, truth),
        stop=stop,
    )


def _sure(main: Mapping[str, Verdict], truth: Truth, stop: Stop | None) -> Iterator[tuple[str, float, bool]]:
    for name in ("overfitting", "oscillation", "loss-spike", "divergence"):
        verdict = main.get(name)
        known = name in truth.faults or name not in truth.unclear
        if verdict is not None and verdict.confidence is not None and known:
            yield name, verdict.confidence, verdict.is_finding == (name in truth.faults)
    plateau = main.get("plateau")
    if plateau is not None and plateau.confidence is not None and truth.state:
        yield "plateau", plateau.confidence, _state(plateau) == truth.state
    stopping = main.get("stopping")
    if stopping is not None and stopping.confidence is not None and stop is not None:
        yield "stopping", stopping.confidence, stop.covered


def _state(plateau: Verdict) -> str:
    return str(plateau.details.get("state")) if plateau.status != "not-applicable" else "not-applicable"


def _onset_errors(
    verdicts: Sequence[Verdict], main: Mapping[str, Verdict], judged: Curve, truth: Truth
) -> Iterator[tuple[str, float]]:
    """How far each fault that was found is told from where it begins; of several curves the judged one counts."""
    for fault in truth.faults if truth.onset is not None else ():
        told = [v for v in verdicts if v.detector == fault and v.is_finding and v.start_step is not None]
        chosen = main.get(fault)
        if told and truth.onset is not None:
            verdict = chosen if chosen in told else told[0]
            assert verdict is not None
            yield fault, abs(_index(judged, verdict.start_step) - truth.onset) / len(judged.steps)


def _cause(verdicts: Sequence[Verdict], truth: Truth, *, within: bool) -> Told | None:
    """What was told of an oscillation that was found; the surest told cause of several curves."""
    if not truth.cause:
        return None
    told = [str(v.details.get("cause")) for v in verdicts if v.detector == "oscillation" and v.is_finding]
    return Told(truth.cause, next((c for c in told if c != "undetermined"), told[0]), within) if told else None


def _is_within_epochs(curve: Curve, judged: Curve) -> bool:
    train = curve.role.phase in ("train", "none") and curve.role.quantity == "loss"
    return train and len(curve.steps) >= POINTS_AN_EPOCH * len(judged.steps)


def _priced(detector: Detector, price: float) -> Detector:
    """The detector, with the price of this run where it asks for one."""
    return DiminishingReturns(price=price) if price and detector.name == DiminishingReturns.name else detector


def _settled_error(verdict: Verdict | None, judged: Curve, truth: Truth) -> float | None:
    if verdict is None or truth.settled is None or truth.state != "plateau" or _state(verdict) != "plateau":
        return None
    return abs(_index(judged, verdict.start_step) - truth.settled) / len(judged.steps)


def _stop(verdict: Verdict | None, judged: Curve, truth: Truth, train: Floats) -> Stop | None:
    if verdict is None or truth.course is None or verdict.status != "pass":
        return None
    values, n = judged.values, len(judged.values)
    score = truth.course if truth.swing is None else truth.course + truth.swing
    score = np.where(np.isfinite(values), score, np.nan)  # weights that give NaN are no checkpoint to keep
    regret = (score - np.nanmin(score)) / truth.progress
    first, last, best, stop = (
        _index(judged, verdict.details[key]) for key in ("set_first_step", "set_last_step", "best_step", "stop_step")
    )
    regrets = {"LogLens": float(regret[best])}
    finite = np.flatnonzero(np.isfinite(values))  # NaN is no minimum to the rules either, as their authors have them
    regrets |= {name: float(regret[finite[choose(values[finite], train[finite])]]) for name, choose in CHOICES.items()}
    ten = patience(values[finite], 10)
    return Stop(
        regrets=regrets,
        covered=first <= int(np.nanargmin(score)) <= last,
        width=(last - first + 1) / n,
        stop_regret=float(regret[stop]),
        stop_used=(stop + 1) / n,
        patience_regret=float(regret[finite[ten.kept]]),
        patience_used=float(finite[ten.last] + 1) / n,
    )


def _index(judged: Curve, step: object) -> int:
    assert isinstance(step, int)
    return int(np.searchsorted(judged.steps, step))
