"""What the installed peers and LogLens said of the same logs, as rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.peers import Said
from benchmarks.accuracy.rates import rate
from benchmarks.accuracy.scores import balanced, beaten


def peers_summary(by_family: Mapping[str, Sequence[Said]], versions: Mapping[str, str], absent: Sequence[str]) -> Any:
    """False alarms on healthy families, recall and the false alarms of the same fault on the others, by tool."""
    healthy = {name: said for name, said in by_family.items() if not any(s.truth for s in said)}
    pooled = [s for said in healthy.values() for s in said]
    everything = [s for said in by_family.values() for s in said]
    tools = ["LogLens", *versions]
    faulty = {}
    for name, said in by_family.items():
        for fault in sorted({fault for s in said for fault in s.truth}):
            table = {who: balanced(_told(said, who, fault, True), _told(pooled, who, fault, False)) for who in tools}
            faulty[f"{name}: {fault}"] = {"tools": table, "beaten_by": beaten(table)}
    return {
        "versions": dict(versions),
        "absent": list(absent),
        "runs": max((sum(s.who == "LogLens" for s in said) for said in by_family.values()), default=0),
        "healthy": {
            name: {who: rate([bool(s.faults - s.unclear) for s in said if s.who == who]) for who in tools}
            for name, said in {**healthy, "all of them": pooled}.items()
        },
        "faulty": faulty,
        "no_answer": {who: rate([s.failed for s in everything if s.who == who]) for who in tools},
    }


def _told(said: Sequence[Said], who: str, fault: str, present: bool) -> list[bool]:
    """Whether a tool named the fault, of the runs that have it, or of those where it would be wrong."""
    asked = [s for s in said if s.who == who and (fault in s.truth if present else fault not in s.truth | s.unclear)]
    return [fault in s.faults for s in asked]
