"""The part of docs/accuracy.md about the kept checkpoint, its set and the recommended stop."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.accuracy.stopping import ALLOWED
from benchmarks.accuracy.tables import Numbers, percent, short, table


def stopping_page(families: Numbers, five: Numbers) -> str:
    """Regrets of all families by rule, LogLens beside the best rule in five of them, and the sets."""
    known = {name: f["stopping"] for name, f in families.items() if f["stopping"]}
    return "\n".join(
        (
            "Regret: how much worse the kept checkpoint is than the best one on the noise-free course, in percent of "
            "the progress, mean over the runs.\n",
            _regrets(known),
            "Five families that count alike, overfitting of every depth together; all: as many runs of each. "
            "Difference: LogLens' regret less that of the rule with the least, run by run, in percent of the "
            f"progress with its 95 % interval. Level: it is not surely more than {ALLOWED:g} times the rule's.\n",
            _beside_best(five),
            "The 90 % set, the recommended stop, and patience 10; in percent.\n",
            _sets({**known, **{f"five: {name}": s for name, s in five.items()}}),
        )
    )


def _regrets(known: Mapping[str, Numbers]) -> str:
    rules = list(next(iter(known.values()))["regret"])
    rows = ((name, *(_regret(s["regret"][rule]["mean"]) for rule in rules)) for name, s in known.items())
    return table(("family", *rules), rows)


def _beside_best(five: Numbers) -> str:
    rows = []
    for name, s in five.items():
        rule, difference = s["beside_best"]["rule"], s["beside_best"]["difference"]
        mine, best = (_regret(s["regret"][who]["mean"]) for who in ("LogLens", rule))
        interval = f"{_regret(difference)} ({100 * difference['low']:.3f} to {100 * difference['high']:.3f})"
        level = "better" if difference["value"] < 0 else "level" if _level(s) else "worse"
        rows.append((name, mine, f"{best} ({rule})", interval, level))
    return table(("family", "LogLens", "best rule", "difference", "LogLens is"), rows)


def _level(s: Numbers) -> bool:
    return bool(s["beside_best"]["above_allowed"]["low"] <= 0)


def _sets(known: Mapping[str, Numbers]) -> str:
    rows = (
        (
            name,
            percent(s["covered"]),
            short(s["width"]),
            _regret(s["stop_regret"]),
            short(s["stop_used"]),
            _regret(s["patience_10_regret"]),
            short(s["patience_10_used"]),
        )
        for name, s in known.items()
    )
    head = ("family", "set covers", "width", "stop costs", "of the epochs", "patience 10 costs", "of the epochs")
    return table(head, rows)


def _regret(estimate: Numbers) -> str:
    return f"{100 * estimate['value']:.3f}"
