"""Outcomes of many runs as the numbers that are reported, a family at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from benchmarks.accuracy.outcome import MAIN, Outcome
from benchmarks.accuracy.rates import Estimate, mean, rate
from benchmarks.accuracy.rules import FINDINGS, PLATEAUS
from benchmarks.accuracy.stopping import stopping
from benchmarks.accuracy.tables import Numbers


def family_summary(outcomes: Sequence[Outcome], detectors: Sequence[str]) -> Numbers:
    """Everything about one family: false alarms, recall, undetermined, onset, plateau, stopping, rules."""
    faults = sorted({fault for o in outcomes for fault in o.faults})
    return {
        "runs": len(outcomes),
        "faults": faults,
        "false_alarms": {name: rate([name in o.false_alarms for o in outcomes]) for name in detectors},
        "false_alarms_per_run": rate([bool(o.false_alarms) for o in outcomes]),
        "recall": {name: rate([name in o.hits for o in outcomes if name in o.faults]) for name in faults},
        "recovery_told": {
            known: rate(["late-recovery" in o.told for o in outcomes if o.recovers is truth])
            for known, truth in (("there", True), ("not there", False))
        },
        "undetermined": undetermined(outcomes),
        "rules": {
            fault: {name: rate([name in o.rules[fault] for o in outcomes]) for name in named}
            for fault, named in FINDINGS.items()
        },
        "onset_error": {
            name: {
                "median": mean(_onsets(outcomes, name), 0.5),
                "mean": mean(_onsets(outcomes, name)),
                "p90": mean(_onsets(outcomes, name), 0.9),
            }
            for name in faults
            if _onsets(outcomes, name)
        },
        "stopping": stopping([o.stop for o in outcomes if o.stop is not None]),
    }


def _onsets(outcomes: Sequence[Outcome], fault: str) -> list[float]:
    return [o.onset_errors[fault] for o in outcomes if fault in o.onset_errors]


def undetermined(outcomes: Sequence[Outcome]) -> dict[str, Estimate | None]:
    """The undetermined share of each main verdict, and of the four together."""
    shares = {name: rate([o.statuses.get(name) == "undetermined" for o in outcomes]) for name in MAIN}
    shares["all four"] = rate([o.statuses.get(name) == "undetermined" for o in outcomes for name in MAIN])
    return shares


def plateaus(outcomes: Sequence[Outcome]) -> Numbers:
    """Plateaus found, false ones on improving courses, and the error of the onset; the rules beside."""
    known = [o for o in outcomes if o.state is not None]
    flat = [o for o in known if o.state is not None and o.state[0] == "plateau"]
    improving = [o for o in known if o.state is not None and o.state[0] == "improving"]
    settled = [o.settled_error for o in flat if o.settled_error is not None]
    return {
        "found": rate([o.state is not None and o.state[1] == "plateau" for o in flat]),
        "false_on_improving": rate([o.state is not None and o.state[1] == "plateau" for o in improving]),
        "improving_found": rate([o.state is not None and o.state[1] == "improving" for o in improving]),
        "undetermined": rate([o.state is not None and o.state[1] == "undetermined" for o in known]),
        "right_when_decided": rate(
            [o.state[0] == o.state[1] for o in known if o.state is not None and o.state[1] in ("plateau", "improving")]
        ),
        "onset_error_median": mean(settled, 0.5),
        "onset_error_p90": mean(settled, 0.9),
        "rules": {
            name: {
                "found": rate([name in o.state_rules for o in flat]),
                "false_on_improving": rate([name in o.state_rules for o in improving]),
            }
            for name in PLATEAUS
        },
    }


def reliability(outcomes: Sequence[Outcome]) -> dict[str, list[Numbers]]:
    """Of verdicts given with confidence in a bin: how many, their mean confidence, the share that was right."""
    bins = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)
    given = [entry for o in outcomes for entry in o.sure]
    table: dict[str, list[Numbers]] = {}
    for name in (*sorted({n for n, _, _ in given}), "all"):
        rows: list[Numbers] = []
        for low, high in pairwise(bins):
            inside = [(c, right) for n, c, right in given if name in (n, "all") and low <= c < high]
            if inside:
                rows.append(
                    {
                        "low": low,
                        "high": min(high, 1.0),
                        "confidence": sum(c for c, _ in inside) / len(inside),
                        "right": rate([right for _, right in inside]),
                    }
                )
        table[name] = rows
    return table
