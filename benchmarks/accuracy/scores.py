"""Precision, F1 and macro-F1 of a fault family held against the healthy families, and which rules are ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.rates import Estimate, rate
from benchmarks.accuracy.tables import Numbers, percent, short, table
from loglens.events.series import Floats

DRAWS = 2000


def balanced(hits: Sequence[bool], alarms: Sequence[bool]) -> dict[str, Estimate | None]:
    """Precision, F1 and macro-F1 as if there were as many healthy runs as faulty ones.

    `hits` tell of each faulty run whether it was found, `alarms` of each healthy run whether that fault was
    reported. Intervals by a bootstrap of both rates.
    """
    if not hits or not alarms:
        return {"recall": rate(hits), "false_alarms": rate(alarms)}
    recall, false = sum(hits) / len(hits), sum(alarms) / len(alarms)
    random = np.random.default_rng([len(hits), sum(hits), len(alarms), sum(alarms)])
    recalls = random.binomial(len(hits), recall, DRAWS) / len(hits)
    falses = random.binomial(len(alarms), false, DRAWS) / len(alarms)
    named = {"recall": rate(hits), "false_alarms": rate(alarms)}
    for name, of in (("precision", _precision), ("f1", _f1), ("macro_f1", _macro_f1)):
        low, high = np.quantile(of(recalls, falses), (0.025, 0.975))
        value = float(of(np.asarray([recall]), np.asarray([false]))[0])
        named[name] = Estimate(value, float(low), float(high), len(hits) + len(alarms))
    return named


def _precision(recall: Floats, false: Floats) -> Floats:
    return recall / np.maximum(recall + false, 1e-9)


def _f1(recall: Floats, false: Floats) -> Floats:
    return 2 * recall / (1 + recall + false)


def _macro_f1(recall: Floats, false: Floats) -> Floats:
    return (_f1(recall, false) + _f1(1 - false, 1 - recall)) / 2


def beaten(table: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Who has both a higher recall and fewer false alarms than LogLens, of {who: {recall, false_alarms}}."""
    ours = table["LogLens"]
    return [
        who
        for who, theirs in table.items()
        if who != "LogLens"
        and theirs["recall"].value > ours["recall"].value
        and theirs["false_alarms"].value < ours["false_alarms"].value
    ]


def every_detector(scores: Mapping[str, Any], families: Mapping[str, Numbers]) -> str:
    """A row for each fault of each family: recall, alarms of that detector on healthy runs, and the onset."""
    rows = []
    for s in scores["faults"].values():
        onset = families[s["family"]]["onset_error"].get(s["detector"], {})
        rows.append(
            (
                s["detector"],
                s["family"],
                percent(s["recall"]),
                percent(s["false_alarms"]),
                percent(s.get("precision")),
                percent(s.get("macro_f1")),
                " / ".join(short(onset.get(key)) for key in ("median", "p90")) if onset else "",
            )
        )
    intro = (
        "Recall on the family that has the fault; false alarms of the same detector over all healthy families; "
        "precision and macro-F1 as if half of the runs had the fault. Onset: median / 90th percentile of the error, in "
        "percent of the run. late-recovery is never a finding: told or not told. All in percent.\n\n"
    )
    head = ("detector", "family", "recall", "false alarms", "precision", "macro-F1", "onset error")
    return intro + table(head, rows)


def scores_page(scores: Mapping[str, Any]) -> str:
    """Which rules of the tables above are better in both ways."""
    beaten = scores["beaten"]
    if not beaten:
        return "No rule has both a higher recall and fewer false alarms (over all healthy families), in any family.\n"
    said = "; ".join(f"{family}: {', '.join(rules)}" for family, rules in beaten.items())
    return f"With both a higher recall and fewer false alarms (over all healthy families) than LogLens: {said}.\n"
