"""The trainer's corpus by scenario: what was found of what was verified, and what was reported besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.outcome import Outcome
from benchmarks.accuracy.rates import mean, rate

RULES = ("LogLens", "argmin", "MA3 argmin", "patience 5", "patience 10")
DECIDED = ("step-noise", "eval-noise", "lr-schedule", "data-order")
"""Causes that the detector can name; of others (momentum) undetermined is the right answer."""


def corpus_summary(by_scenario: Mapping[str, Sequence[Outcome]]) -> dict[str, Any]:
    """By scenario, and over all."""
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
