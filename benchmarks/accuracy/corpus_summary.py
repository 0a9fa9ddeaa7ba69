"""The trainer's corpus by scenario, in numbers and as a part of docs/accuracy.md: found of what was verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.outcome import Outcome
from benchmarks.accuracy.rates import mean, rate
from benchmarks.accuracy.tables import Numbers, percent, short, table

RULES = ("LogLens", "argmin", "MA3 argmin", "patience 5", "patience 10")
DECIDED = ("step-noise", "eval-noise", "lr-schedule", "data-order")
"""Causes that the detector can name; of others (momentum) undetermined is the right answer."""


def corpus_summary(by_scenario: Mapping[str, Sequence[Outcome]]) -> dict[str, Any]:
    """By scenario, and over all."""
    if not by_scenario:
        return {}
    everything = [o for outcomes in by_scenario.values() for o in outcomes]
    return {name: _scenario(outcomes) for name, outcomes in {**by_scenario, "all": everything}.items()}


def _scenario(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    faults = sorted({fault for o in outcomes for fault in o.faults})
    onsets = [e for o in outcomes for e in o.onset_errors.values()]
    stops = [o.stop for o in outcomes if o.stop is not None]
    causes = [o.cause for o in outcomes if o.cause is not None]
    named = [c for c in causes if c.true in DECIDED]
    alarms = sorted({name for o in outcomes for name in o.false_alarms})
    neither = [o.findings - o.hits - o.false_alarms for o in outcomes]
    return {
        "runs": len(outcomes),
        "found": {fault: rate([fault in o.hits for o in outcomes if fault in o.faults]) for fault in faults},
        "false_alarms": rate([bool(o.false_alarms) for o in outcomes]),
        "false_alarms_of": {name: rate([name in o.false_alarms for o in outcomes]) for name in alarms},
        "neither_of": {
            name: rate([name in told for told in neither])
            for name in sorted({name for told in neither for name in told})
        },
        "onset_error_median": mean(onsets, 0.5),
        "onset_error_p90": mean(onsets, 0.9),
        "regret": {name: mean([s.regrets[name] for s in stops]) for name in RULES} if stops else {},
        "covered": rate([s.covered for s in stops]),
        "stop_regret": mean([s.stop_regret for s in stops]),
        "stop_used": mean([s.stop_used for s in stops]),
        "patience_10_used": mean([s.patience_used for s in stops]),
        "cause_right": rate([c.true == c.told for c in named if c.told != "undetermined"]),
        "cause_undetermined": rate([c.told == "undetermined" for c in named if c.within]),
        "cause_unlogged_left_open": rate([c.told == "undetermined" for c in named if not c.within]),
        "cause_open_left_open": rate([c.told == "undetermined" for c in causes if c.true not in DECIDED]),
    }


def corpus_page(corpus: Mapping[str, Any]) -> str:
    """The trainer's scenarios: found of what was verified, alarms besides, onset, regret, cause."""
    intro = (
        "Trainings by `loglens train --corpus` on reporting seeds: truth is what was measured on fresh samples and by "
        "reruns with one thing changed (docs/trainer.md), logs are in the styles of four frameworks. Found: of the "
        "runs in which the fault was verified. Other alarms: runs with any finding that the truth rules out; what it "
        "leaves open is neither right nor wrong to report. Overfitting is not ruled out where the population loss, "
        "averaged over the seeds of the scenario, surely ends above its lowest epoch by more than 2 % of the progress "
        "after the first epoch, which is where logs begin, while the train loss went on falling (rate-drop: small "
        "networks that memorise a little once the rate has dropped). A spike that nobody injected is not ruled out "
        "where the train loss on fixed weights rose from one epoch to the next by a tenth of the untrained loss, nor "
        "slow learning where three times the epochs add less than they do to the slowest course of the healthy family "
        "slow. Regret: mean, on the population loss, in percent "
        "of the progress. Cause: of the oscillations found, right of those decided; undetermined where the train loss "
        "is logged within the epochs; and where it is not, as it should be. In percent.\n\n"
    )
    rows = [_corpus_row(name, s) for name, s in corpus.items()]
    head = (
        "scenario",
        "runs",
        "found",
        "other alarms",
        "which",
        "neither right nor wrong",
        "onset error",
        "regret LogLens / argmin / patience 10",
        "set covers",
        "cause right / undetermined / not logged, left open",
    )
    return intro + table(head, rows)


def _corpus_row(name: str, s: Numbers) -> tuple[str, ...]:
    regrets = (
        [f"{100 * s['regret'][who]['value']:.2f}" for who in ("LogLens", "argmin", "patience 10")]
        if s["regret"]
        else []
    )
    told = [s.get(f"cause_{what}") for what in ("right", "undetermined", "unlogged_left_open")]
    cause = " / ".join(short(share) or "-" for share in told) if any(told) else ""
    if s["cause_open_left_open"] and not cause:
        cause = f"left open {short(s['cause_open_left_open'])}"
    return (
        name,
        str(s["runs"]),
        "; ".join(f"{fault} {percent(found)}" for fault, found in s["found"].items()),
        percent(s["false_alarms"]),
        ", ".join(f"{who} {short(share)}" for who, share in s["false_alarms_of"].items()),
        ", ".join(f"{who} {short(share)}" for who, share in s["neither_of"].items()),
        short(s["onset_error_median"]),
        " / ".join(regrets),
        percent(s["covered"]),
        cause,
    )
