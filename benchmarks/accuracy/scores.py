"""Precision, F1 and macro-F1 of a fault family held against the healthy families, and who is beaten by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.rates import Estimate, rate

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


def _precision(recall: Any, false: Any) -> Any:
    return recall / np.maximum(recall + false, 1e-9)


def _f1(recall: Any, false: Any) -> Any:
    return 2 * recall / (1 + recall + false)


def _macro_f1(recall: Any, false: Any) -> Any:
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
