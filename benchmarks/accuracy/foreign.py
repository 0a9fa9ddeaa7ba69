"""LogLens and one plain rule on labelled curves of others: counts, scores, and every disagreement by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.accuracy.others import DeepObs, OverfitGuard, shared_curves
from benchmarks.accuracy.rules import above_minimum, beside
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.truth import Truth
from loglens.detector import Detector, discover, judge_run
from loglens.runs.curve import Run
from loglens.verdict import Verdict

BROKEN = frozenset({"non-finite", "divergence"})

Ours = Callable[[Sequence[Verdict]], bool]
Rule = Callable[[Run], bool]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One run, its label, whether that is the fault in question, and whether LogLens and the rule say so."""

    run: str
    label: str
    faulty: bool
    ours: bool
    rule: bool


def foreign_curves(purpose: Purpose) -> dict[str, Any]:
    """The tables of both sets; empty where LOGLENS_SHARED does not name their folder."""
    folder = shared_curves()
    if folder is None:
        return {}
    return {
        "overfitguard_sim": _compare(OverfitGuard(folder, purpose), "overfitting", _overfits, _four_percent),
        "deepobs_lr_dev": _compare(DeepObs(folder, purpose), "lr-too-high", _too_high, _ends_high),
    }


def _compare(family: Iterable[tuple[Run, Truth]], fault: str, ours: Ours, rule: Rule) -> dict[str, Any]:
    detectors: list[Detector] = [kind() for kind in discover()]
    with np.errstate(all="ignore"):
        rows = [
            _Judged(run.name, truth.family, fault in truth.faults, ours(judge_run(run, detectors)), rule(run))
            for run, truth in family
        ]
    by_label = {name: [row for row in rows if row.label == name] for name in sorted({row.label for row in rows})}
    return {
        "LogLens": _scores([(row.faulty, row.ours) for row in rows]),
        "plain rule": _scores([(row.faulty, row.rule) for row in rows]),
        "by_label": {
            name: {
                "runs": len(same),
                "LogLens": sum(row.ours for row in same),
                "plain rule": sum(row.rule for row in same),
            }
            for name, same in by_label.items()
        },
        "disagreements": [row.run for row in rows if row.faulty != row.ours],
    }


def _scores(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    tp = sum(label and said for label, said in pairs)
    fp = sum(not label and said for label, said in pairs)
    fn = sum(label and not said for label, said in pairs)
    tn = len(pairs) - tp - fp - fn
    f1 = 2 * tp / max(2 * tp + fp + fn, 1)
    other = 2 * tn / max(2 * tn + fp + fn, 1)
    return {"tp": tp, "fp": fp, "fn": fn, "tn": tn, "f1": f1, "macro_f1": (f1 + other) / 2}


def _overfits(verdicts: Sequence[Verdict]) -> bool:
    return any(v.detector == "overfitting" and v.is_finding for v in verdicts)


def _four_percent(run: Run) -> bool:
    return above_minimum(*beside(run))


def _too_high(verdicts: Sequence[Verdict]) -> bool:
    """Findings alone: broken, swinging strongly, or stuck high; that a lower rate would do better, a sweep shows."""
    broken = any(v.detector in BROKEN and v.is_finding for v in verdicts)
    swinging = any(v.detector == "oscillation" and v.status == "fail" for v in verdicts)
    return broken or swinging or any(v.detector == "underfitting" and v.is_finding for v in verdicts)


def _ends_high(run: Run) -> bool:
    """Non-finite, or the train loss ends above .4 of where it started."""
    train = beside(run)[1]
    return not np.isfinite(train).all() or bool(train[-1] > 0.4 * train[0])
