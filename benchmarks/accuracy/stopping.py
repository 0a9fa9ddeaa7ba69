"""Which checkpoint is kept: the regret beside every rule, run by run, the set's coverage, and the recommended stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.outcome import Outcome, Stop
from benchmarks.accuracy.rates import mean, rate
from benchmarks.accuracy.rules import CHOICES

FIVE = ("converged", "lr-drop", "overfitting", "plateau-then-drop", "recovery")
"""The five families that count alike; overfitting of every depth is one."""
ALLOWED = 1.2
"""LogLens is level with a rule while its regret is not surely more than so many times the rule's."""


def stopping(stops: Sequence[Stop]) -> dict[str, Any] | None:
    """Regret of the kept checkpoint by rule, LogLens' beside the best rule's, the set, and the recommended stop."""
    if not stops:
        return None
    return {
        "regret": {
            name: {
                "mean": mean([s.regrets[name] for s in stops]),
                "median": mean([s.regrets[name] for s in stops], 0.5),
                "p90": mean([s.regrets[name] for s in stops], 0.9),
            }
            for name in ("LogLens", *CHOICES)
        },
        "beside_best": _beside_best(stops),
        "covered": rate([s.covered for s in stops]),
        "width": mean([s.width for s in stops]),
        "stop_regret": mean([s.stop_regret for s in stops]),
        "stop_used": mean([s.stop_used for s in stops]),
        "patience_10_regret": mean([s.patience_regret for s in stops]),
        "patience_10_used": mean([s.patience_used for s in stops]),
    }


def five_families(drawn: Mapping[str, Sequence[Outcome]]) -> dict[str, Any]:
    """The same of each of the five families that were `drawn`, and of `all`: as many runs of each."""
    by_family = {family: stops for family in FIVE if (stops := _stops(drawn, family))}
    if not by_family:
        return {}
    fewest = min(map(len, by_family.values()))
    together = [stop for stops in by_family.values() for stop in _evenly(stops, fewest)]
    return {family: stopping(stops) for family, stops in {**by_family, "all": together}.items()}


def _stops(drawn: Mapping[str, Sequence[Outcome]], family: str) -> list[Stop]:
    found = [drawn[name] for name in drawn if name == family or name.startswith(f"{family} ")]
    return [o.stop for outcomes in found for o in outcomes if o.stop is not None]


def _evenly(stops: Sequence[Stop], count: int) -> list[Stop]:
    return [stops[k * len(stops) // count] for k in range(count)]


def _beside_best(stops: Sequence[Stop]) -> dict[str, Any]:
    """The rule of the least mean regret, and the mean over runs of LogLens' regret less the rule's, and 1.2 times."""
    best = min(CHOICES, key=lambda name: sum(s.regrets[name] for s in stops))
    return {
        "rule": best,
        "difference": mean([s.regrets["LogLens"] - s.regrets[best] for s in stops]),
        "above_allowed": mean([s.regrets["LogLens"] - ALLOWED * s.regrets[best] for s in stops]),
    }
