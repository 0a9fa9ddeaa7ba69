"""What the installed peers and LogLens said of the same logs: as rates, and as a part of docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.peers import Said
from benchmarks.accuracy.rates import rate
from benchmarks.accuracy.scores import balanced, beaten
from benchmarks.accuracy.tables import percent, short, table


def peers_summary(by_family: Mapping[str, Sequence[Said]], versions: Mapping[str, str], absent: Sequence[str]) -> Any:
    """False alarms on healthy families, recall and the false alarms of the same fault on the others, by tool."""
    healthy = {name: said for name, said in by_family.items() if not any(s.truth for s in said)}
    pooled = [s for said in healthy.values() for s in said]
    everything = [s for said in by_family.values() for s in said]
    tools = ["LogLens", *versions]
    faulty = {}
    for name, said in by_family.items():
        for fault in sorted({fault for s in said for fault in s.truth}):
            rates = {who: balanced(_told(said, who, fault, True), _told(pooled, who, fault, False)) for who in tools}
            faulty[f"{name}: {fault}"] = {"tools": rates, "beaten_by": beaten(rates)}
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


def peers_page(peers: Mapping[str, Any]) -> str:
    """The installed peers beside LogLens: alarms on healthy runs, recall, and who is better in both."""
    if not peers["versions"]:
        return f"Not installed, so not measured: {', '.join(peers['absent'])} (see `benchmarks/accuracy/peers.py`).\n"
    versions = ", ".join(f"{name} {version}" for name, version in peers["versions"].items())
    absent = f" Not installed, so not measured: {', '.join(peers['absent'])}." if peers["absent"] else ""
    tools = ["LogLens", *peers["versions"]]
    healthy = table(
        ("any finding on healthy runs", *tools),
        ((name, *(percent(row[who]) for who in tools)) for name, row in peers["healthy"].items()),
    )
    faulty = table(
        ("fault found / same alarm on healthy runs", *tools, "better in both"),
        (
            (
                name,
                *(f"{short(f['tools'][who]['recall'])} / {short(f['tools'][who]['false_alarms'])}" for who in tools),
                ", ".join(f["beaten_by"]) or "none",
            )
            for name, f in peers["faulty"].items()
        ),
    )
    better = {name: f["beaten_by"] for name, f in peers["faulty"].items() if f["beaten_by"]}
    verdict = (
        "No peer has both a higher recall and fewer false alarms, in any family."
        if not better
        else "A peer has both a higher recall and fewer false alarms in: "
        + "; ".join(f"{name} ({', '.join(who)})" for name, who in better.items())
        + "."
    )
    silent = ", ".join(f"{who} {short(share)} %" for who, share in peers["no_answer"].items() if share["value"])
    no_answer = f" Stopped with an error instead of an answer: {silent} of the logs." if silent else ""
    return (
        f"{versions}, as installed from PyPI (`benchmarks/accuracy/peers.py` has the line), with their own defaults, "
        f"on the first {peers['runs']} runs of each family, written as event files that all of them read; sk-autod "
        "reads lists, and got the two losses an epoch. What a peer calls a finding (not what it calls info) is "
        f"counted; in percent.{no_answer}{absent}\n\n{healthy}\n{faulty}\n{verdict}\n"
    )
