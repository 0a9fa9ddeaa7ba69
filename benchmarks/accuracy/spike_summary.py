"""What LogLens and the rules made of the step logs with spikes, in numbers and as a part of docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.rates import mean, rate
from benchmarks.accuracy.spike_logs import DURATIONS, HEIGHTS, LENGTHS, SPIKES, SpikeOutcome
from benchmarks.accuracy.tables import Numbers, percent, short, table


def spike_summary(outcomes: Mapping[str, Sequence[SpikeOutcome]]) -> dict[str, Any]:
    """By noise and judge: false events a healthy log, recall, by length too, and precision."""
    return {
        noise: {who: _told([o for o in found if o.who == who]) for who in dict.fromkeys(o.who for o in found)}
        for noise, found in outcomes.items()
    }


def _told(outcomes: Sequence[SpikeOutcome]) -> dict[str, Any]:
    return {
        "logs": len(outcomes),
        "false_events": mean([float(o.false_events) for o in outcomes]),
        "recall": rate([hit for o in outcomes for hit in o.found]),
        "recall_by_length": {
            str(points): rate([hit for o in outcomes if o.points == points for hit in o.found]) for points in LENGTHS
        },
        "precision": rate([event < o.right for o in outcomes for event in range(o.told)]),
    }


def spike_page(summary: Mapping[str, Any]) -> str:
    """The table, and what the logs are."""
    intro = (
        f"Losses of single batches, {LENGTHS[0]:,} to {LENGTHS[-1]:,} points, with {SPIKES} spikes of {HEIGHTS[0]:g} "
        f"to {HEIGHTS[1]:g} sd of the noise that fall to a quarter within {DURATIONS[0]} to {DURATIONS[-1]} points, "
        "and the same logs without them, for the false events. The rules are those of OLMo, llm-foundry, trainspotter "
        "and runwise as their sources have them.\n\n"
    )
    head = ("noise", "who", "logs", "false events a healthy log", "recall", "precision", *(f"{n:,}" for n in LENGTHS))
    rows = [
        (
            noise,
            who,
            str(told["logs"]),
            _events(told["false_events"]),
            percent(told["recall"]),
            percent(told["precision"]),
            *(short(told["recall_by_length"][str(n)]) for n in LENGTHS),
        )
        for noise, by in summary.items()
        for who, told in by.items()
    ]
    return intro + table(head, rows) + "\nThe last columns: recall by the points of the log. In percent.\n"


def _events(estimate: Numbers) -> str:
    return f"{estimate['value']:.3f} ({estimate['low']:.3f}-{estimate['high']:.3f})"
