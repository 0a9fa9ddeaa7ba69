"""The whole measurement as plain data: which jobs there are, and what is made of their results."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.accuracy.campaign import Job, carry_out
from benchmarks.accuracy.cause_logs import CAUSES, MOST_RUNS, cause_outcomes
from benchmarks.accuracy.cause_summary import cause_summary
from benchmarks.accuracy.corpus import Corpus
from benchmarks.accuracy.corpus_summary import corpus_summary
from benchmarks.accuracy.disagreements import disagreements
from benchmarks.accuracy.draft import Setting
from benchmarks.accuracy.foreign import foreign_curves
from benchmarks.accuracy.jobs import corpus_outcomes, outcomes, peers_say
from benchmarks.accuracy.live import live_summary, lives
from benchmarks.accuracy.outcome import Outcome
from benchmarks.accuracy.peers import NAMES, installed
from benchmarks.accuracy.peers_summary import peers_summary
from benchmarks.accuracy.rates import Estimate
from benchmarks.accuracy.scores import balanced, beaten
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.spike_logs import NOISES, spike_outcomes
from benchmarks.accuracy.spike_summary import spike_summary
from benchmarks.accuracy.stopping import five_families
from benchmarks.accuracy.summary import family_summary, plateaus, reliability
from benchmarks.accuracy.synthetic import HEALTHY, LIVE, SHAPES
from benchmarks.accuracy.ways import FAULTY_AND_HEALTHY, WAYS, way_outcomes, ways_summary
from loglens.detector import discover

LENGTHS_OF_BAR = (20, 30, 50)
"""Epochs of the runs on which the bars of overfitting and oscillation are set."""
WHITE = Setting(LENGTHS_OF_BAR, noise="white", sd=0.01)
NARROWED: dict[str, tuple[str, Setting]] = {
    **{f"white .01: overfitting {d:g}": (f"overfitting {d:g}", WHITE) for d in (0.05, 0.1, 0.2, 0.4)},
    **{
        f"white .01: overfitting {d:g} nominal": (f"overfitting {d:g}", replace(WHITE, nominal=True))
        for d in (0.05, 0.1, 0.2, 0.4)
    },
    **{f"20 to 50 epochs: oscillation {a:g}": (f"oscillation {a:g}", Setting(LENGTHS_OF_BAR)) for a in (0.05, 0.1)},
    **{f"white: {name}": (name, Setting(noise="white")) for name in HEALTHY},
    **{f"ar .8: {name}": (name, Setting(noise="ar.8")) for name in ("converged", "lr-drop", "warm-up", "slow")},
    **{f"t3: {name}": (name, Setting(noise="t3")) for name in ("converged", "lr-drop", "warm-up", "slow")},
}
"""Families with some of what is otherwise drawn held fixed, for the bars that name a noise or a length."""
CHUNK, LIVE_CHUNK, PEER_CHUNK, CORPUS_CHUNK = 100, 20, 100, 50
"""Runs a job: each some seconds, and the peers' long enough to be worth their start."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Runs a family: judged once, judged at every evaluation, read by the peers."""

    runs: int
    live: int
    peers: int


def measure(
    purpose: Purpose,
    sizes: Sizes,
    *,
    processes: int,
    python: str,
    corpus: Path | None,
    checkpoint: Path,
    wanted: Sequence[str] = (),
) -> dict[str, Any]:
    """All numbers as plain data, estimates as {value, low, high, count}; `wanted` narrows the families."""
    families = {name: (name, Setting()) for name in SHAPES} | NARROWED
    if wanted:
        families = {k: v for k, v in families.items() if any(part in k for part in wanted)}
    peers = installed(python) if sizes.peers else {}
    print(f"peers installed: {', '.join(peers) or 'none'}", file=sys.stderr)
    jobs = _jobs(purpose, sizes, families, python if peers else "", corpus)
    done = carry_out(jobs, processes, checkpoint)
    by_family = {label: done[("family", label)] for label in families}
    drawn = {name: by_family[name] for name in SHAPES if name in families}
    healthy = [o for name in HEALTHY if name in drawn for o in drawn[name]]
    detectors = [kind.name for kind in discover()]
    results = {
        "purpose": purpose,
        "runs": sizes.runs,
        "families": {label: family_summary(found, detectors) for label, found in by_family.items()},
        "scores": _scores(drawn),
        "plateaus": {
            "mixed noise": plateaus(healthy),
            **{
                noise: plateaus([o for o in healthy if o.noise == noise])
                for noise in sorted({o.noise for o in healthy})
            },
        },
        "stopping": five_families(drawn),
        "reliability": reliability([o for found in drawn.values() for o in found]),
        "live": live_summary({name: done[("live", name)] for name in LIVE if ("live", name) in done}),
        "step_logs": spike_summary({name: found for (kind, name), found in done.items() if kind == "step logs"}),
        "causes": cause_summary({name: found for (kind, name), found in done.items() if kind == "cause"}),
        "ways": ways_summary({name: found for (kind, name), found in done.items() if kind == "way"}),
        "peers": _peers(done, peers),
        "corpus": corpus_summary({name: found for (kind, name), found in done.items() if kind == "corpus"}),
        "others": foreign_curves(purpose),
        "disagreements": disagreements(),
    }
    plain = _plain(results)
    assert isinstance(plain, dict)
    return plain


def _jobs(
    purpose: Purpose, sizes: Sizes, families: Mapping[str, tuple[str, Setting]], python: str, corpus: Path | None
) -> list[Job]:
    jobs = [
        Job(("family", label), outcomes, (name, narrow, purpose, start, end))
        for label, (name, narrow) in families.items()
        for start, end in _cut(sizes.runs, CHUNK)
    ]
    jobs += [
        Job(("live", name), lives, (name, purpose, start, end))
        for name in LIVE
        if name in families
        for start, end in _cut(sizes.live, LIVE_CHUNK)
    ]
    jobs += [
        Job(("step logs", noise), spike_outcomes, (noise, purpose, start, end))
        for noise in NOISES
        if "spike" in families
        for start, end in _cut(sizes.runs, CHUNK)
    ]
    jobs += [
        Job(("cause", cause), cause_outcomes, (cause, purpose, start, end))
        for cause in CAUSES
        if any("oscillation" in name for name in families)
        for start, end in _cut(min(sizes.runs, MOST_RUNS), CHUNK)
    ]
    jobs += [
        Job(("way", f"{way}: {family}"), way_outcomes, (way, family, purpose, start, end))
        for way in WAYS
        for family in FAULTY_AND_HEALTHY
        if all(name in families for name in FAULTY_AND_HEALTHY)
        for start, end in _cut(min(sizes.live, WAYS[way].most), LIVE_CHUNK)
    ]
    if python:
        jobs += [
            Job(("peers", name), peers_say, (name, purpose, start, end, python))
            for name in SHAPES
            if name in families and "diminishing" not in name
            for start, end in _cut(min(sizes.peers, sizes.runs), PEER_CHUNK)
        ]
    if corpus is not None:
        places = Corpus(corpus, purpose).places()
        for scenario in dict.fromkeys(place.parent.name for place in places):
            here = [str(place) for place in places if place.parent.name == scenario]
            jobs += [
                Job(("corpus", scenario), corpus_outcomes, (tuple(here[start:end]),))
                for start, end in _cut(len(here), CORPUS_CHUNK)
            ]
    return jobs


def _cut(total: int, size: int) -> list[tuple[int, int]]:
    return [(start, min(start + size, total)) for start in range(0, total, size)]


def _peers(done: Mapping[tuple[str, str], list[Any]], versions: Mapping[str, str]) -> Any:
    said = {name: found for (kind, name), found in done.items() if kind == "peers"}
    if not said:
        return {"versions": {}, "absent": list(NAMES)}
    return peers_summary(said, versions, [name for name in NAMES if name not in versions])


def _scores(drawn: Mapping[str, Sequence[Outcome]]) -> dict[str, Any]:
    """Each fault of each family: recall, and precision and F1 against all healthy families; which rule is better."""
    healthy = [o for found in drawn.values() if not found[0].faults for o in found if not _faint(o)]
    faults, better = {}, {}
    for name, found in drawn.items():
        for fault in sorted({fault for o in found for fault in o.faults}):
            mine = balanced(
                [fault in o.hits for o in found if fault in o.faults],
                [fault in o.false_alarms for o in healthy],
            )
            faults[f"{name}: {fault}"] = {"family": name, "detector": fault, **mine}
            rules = {
                rule: balanced([rule in o.rules[fault] for o in found], [rule in o.rules[fault] for o in healthy])
                for rule in (sorted({r for o in (*found, *healthy) for r in o.rules.get(fault, ())}))
            }
            if healthy and (ahead := beaten({"LogLens": mine, **rules})):
                better[name] = ahead
        if found[0].recovers:
            told = balanced(
                ["late-recovery" in o.told for o in found],
                ["late-recovery" in o.told for o in healthy if o.recovers is False],
            )
            faults[f"{name}: late-recovery"] = {"family": name, "detector": "late-recovery", **told}
    return {"faults": faults, "beaten": better}


def _faint(outcome: Outcome) -> bool:
    return outcome.family.startswith("overfitting")


def _plain(value: Any) -> Any:
    """Estimates and containers as what JSON knows."""
    if isinstance(value, Estimate):
        return {k: round(v, 5) if isinstance(v, float) else v for k, v in dataclasses.asdict(value).items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return round(value, 5) if isinstance(value, float) else value
