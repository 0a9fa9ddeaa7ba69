"""LogLens and one plain rule on labelled curves of others: counts, scores, and every disagreement by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

Call = Callable[[Run, Sequence[Verdict]], bool]


def foreign_curves(purpose: Purpose) -> dict[str, Any]:
    """The tables of both sets; empty where LOGLENS_SHARED does not name their folder."""
    folder = shared_curves()
    if folder is None:
        return {}
    return {
        "overfitguard_sim": _compare(OverfitGuard(folder, purpose), "overfitting", _overfits, _four_percent),
        "deepobs_lr_dev": _compare(DeepObs(folder, purpose), "lr-too-high", _too_high, _ends_high),
    }


def _compare(family: Iterable[tuple[Run, Truth]], fault: str, ours: Call, rule: Call) -> dict[str, Any]:
    detectors: list[Detector] = [kind() for kind in discover()]
    rows = []
    with np.errstate(all="ignore"):
        for run, truth in family:
            verdicts = judge_run(run, detectors)
            rows.append((run.name, truth.family, fault in truth.faults, ours(run, verdicts), rule(run, verdicts)))
    return {
        "LogLens": _scores([(label, said) for _, _, label, said, _ in rows]),
        "plain rule": _scores([(label, said) for _, _, label, _, said in rows]),
        "by_label": {
            name: {
                "runs": sum(f == name for _, f, *_ in rows),
                "LogLens": sum(said for _, f, _, said, _ in rows if f == name),
                "plain rule": sum(said for _, f, _, _, said in rows if f == name),
            }
            for name in sorted({f for _, f, *_ in rows})
        },
        "disagreements": [name for name, _, label, said, _ in rows if label != said],
    }


def _scores(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    tp = sum(label and said for label, said in pairs)
    fp = sum(not label and said for label, said in pairs)
    fn = sum(label and not said for label, said in pairs)
    tn = len(pairs) - tp - fp - fn
    f1 = 2 * tp / max(2 * tp + fp + fn, 1)
    other = 2 * tn / max(2 * tn + fp + fn, 1)
    return {"tp": tp, "fp": fp, "fn": fn, "tn": tn, "f1": f1, "macro_f1": (f1 + other) / 2}


def _overfits(run: Run, verdicts: Sequence[Verdict]) -> bool:
    del run
    return any(v.detector == "overfitting" and v.is_finding for v in verdicts)


def _four_percent(run: Run, verdicts: Sequence[Verdict]) -> bool:
    del verdicts
    return above_minimum(*beside(run))


def _too_high(run: Run, verdicts: Sequence[Verdict]) -> bool:
    """Findings alone: broken, swinging strongly, or stuck high; that a lower rate would do better, a sweep shows."""
    del run
    broken = any(v.detector in BROKEN and v.is_finding for v in verdicts)
    swinging = any(v.detector == "oscillation" and v.status == "fail" for v in verdicts)
    return broken or swinging or any(v.detector == "underfitting" and v.is_finding for v in verdicts)


def _ends_high(run: Run, verdicts: Sequence[Verdict]) -> bool:
    """Non-finite, or the train loss ends above .4 of where it started."""
    del verdicts
    train = beside(run)[1]
    return not np.isfinite(train).all() or bool(train[-1] > 0.4 * train[0])
