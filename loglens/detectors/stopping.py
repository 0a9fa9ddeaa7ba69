"""The detector stopping: which checkpoint to keep, which ones cannot be told from it, and when it was enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._checkpoint import Choice, choose
from loglens.detectors._judged import RATE, TRAIN_SCORES, VALIDATION_SCORES, at_steps_of, rate_beside, train_beside
from loglens.detectors._place import epoch_at, place
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.stopping_rules import usual_rules
from loglens.verdict import Detail, Evidence, Fact, Interval, Marker, Overlay, Verdict

FEWEST = 3
"""Below three evaluations there is nothing to smooth or to choose from."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The best checkpoint of a run, the steps that cannot be told from it, and the step after which it was enough.

    Why it matters: the lowest logged value is partly luck. Keeping it picks noise; stopping by patience picks noise
    twice. What a run would have cost with the usual stopping rules shows which rule suits the project.

    What to do: keep the checkpoint of `best_step`; any step of the set is as good as far as this log can tell, so take
    one that was saved. If runs like this one repeat, stop near `stop_step`, or choose the rule of the replay that lost
    nothing and saved most.

    How it decides: all smooth courses that the curve leaves likely (a level, a slope, decays, and a slope that may
    change, under noise that may remember; it may jump at a logged drop of the learning rate) are averaged. How
    surely the curve rises at its end (the test of the detector overfitting; after a drop of the curve or of the rate
    only what follows) weighs them against courses that only fall. When validation swings together with train, the
    swings are in the weights and the logged value counts in full; when it does not, they are evaluation noise and
    count nothing. The set holds where `set_level` of the likely courses have their lowest point; the recommended
    stop is the first step within `worth` of the progress of the best.

    Reference: Wahba, JRSS B 40, 1978 (smoothing as averaging over courses); Prechelt, Early Stopping - But When?,
    1998 (GL, PQ, UP).
    """

    name: ClassVar[str] = "stopping"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES,)
    reads: ClassVar[tuple[Wanted, ...]] = (TRAIN_SCORES, RATE)

    worth: float = parameter(
        0.001,
        unit="share of progress",
        low=0.0,
        high=1.0,
        source="tuning seeds: costs no more than patience 10, with fewer epochs",
    )
    set_level: float = parameter(
        0.93,
        unit="probability",
        low=0.5,
        high=0.99,
        source="tuning seeds: covers the best step in 90 % of overfitting runs, whose noise is only partly known",
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._judge(inputs, curve) for curve in inputs.judged)

    def _judge(self, inputs: Inputs, curve: Curve) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared) < FEWEST:
            return Verdict(
                self.name,
                "not-applicable",
                f"{tag} has {len(prepared)} finite evaluations; choosing a checkpoint takes {FEWEST}.",
                tags=(curve.key,),
                missing=("more evaluations",),
                details=dict.fromkeys(_KEYS),
            )
        train = train_beside(inputs, curve)
        beside = None if train is None else at_steps_of(prepared, inputs.prepared(train))
        choice = choose(prepared, beside, rate_beside(inputs), worth=self.worth, level=self.set_level)
        best, first, last, stop = (
            int(prepared.points_index[i]) for i in (choice.best, choice.first, choice.last, choice.stop)
        )
        replay = _replay(prepared, beside, choice)
        saved = _epochs_between(curve, stop, len(curve.steps) - 1)
        set_words = (
            "no other step can be told from it"
            if first == last
            else f"steps {curve.steps[first]} to {curve.steps[last]} cannot be told from it"
        )
        return Verdict(
            self.name,
            "pass",
            f"{tag}: keep the checkpoint of {place(curve, best)}; {set_words}.",
            confidence=0.9,
            tags=(curve.key,),
            advice=_advice(prepared, choice, stop, saved),
            start_step=int(curve.steps[best]),
            start_epoch=epoch_at(curve, best),
            value=float(curve.values[best]),
            details={
                "best_step": int(curve.steps[best]),
                "best_value": float(curve.values[best]),
                "set_first_step": int(curve.steps[first]),
                "set_last_step": int(curve.steps[last]),
                "stop_step": int(curve.steps[stop]),
                "epochs_saved": saved,
                "lowest_step": int(curve.steps[prepared.index[int(np.argmin(prepared.y))]]),
                "swing_share": choice.swing,
                "replay": replay,
            },
            evidence=_evidence(prepared, choice, (first, last), best, stop),
        )


_KEYS = ("best_step", "best_value", "set_first_step", "set_last_step", "stop_step", "epochs_saved", "replay")


def _replay(prepared: Prepared, train: Floats | None, choice: Choice) -> Mapping[str, Detail]:
    """Where the usual rules would have stopped, which step they would have kept, its cost, and the epochs saved."""
    curve = prepared.curve
    result: dict[str, Detail] = {}
    for name, stopped in usual_rules(prepared.points_y, train).items():
        last, kept = int(prepared.points_index[stopped.last]), int(prepared.points_index[stopped.kept])
        cost = float(choice.expected[stopped.kept] - choice.expected[choice.best])
        result[name] = {
            "stop_step": int(curve.steps[last]),
            "kept_step": int(curve.steps[kept]),
            "cost": max(cost, 0.0),
            "cost_share": max(cost, 0.0) / prepared.progress,
            "epochs_saved": _epochs_between(curve, last, len(curve.steps) - 1),
            "seconds_saved": max(float(curve.wall_times[-1] - curve.wall_times[last]), 0.0),
        }
    return result


def _epochs_between(curve: Curve, first: int, last: int) -> float | None:
    if curve.epochs is not None:
        return float(curve.epochs[last] - curve.epochs[first])
    return float(curve.steps[last] - curve.steps[first]) if curve.x_unit == "epoch" else None


def _advice(prepared: Prepared, choice: Choice, stop: int, saved: float | None) -> str:
    curve = prepared.curve
    lowest = int(prepared.index[int(np.argmin(prepared.y))])
    best = int(prepared.points_index[choice.best])
    parts = []
    if lowest != best:
        why = "most of that difference is noise" if choice.swing < 0.5 else "the course around the kept one is better"
        parts.append(f"The lowest logged value is at {place(curve, lowest)}; {why}.")
    if choice.swing >= 0.8:
        parts.append("Validation swings together with train, so single checkpoints really differ: keep this very one.")
    if saved is not None and saved > 0:
        parts.append(f"Stopping at {place(curve, stop)} would have cost next to nothing and saved {saved:.3g} epochs.")
    if choice.best == len(prepared.points_y) - 1:
        parts.append("The best step is the last one: longer training may still help (see plateau).")
    return " ".join(parts)


def _evidence(
    prepared: Prepared, choice: Choice, inside: tuple[int, int], best: int, stop: int
) -> tuple[Evidence, ...]:
    curve = prepared.curve
    steps = tuple(int(s) for s in curve.steps[prepared.points_index[prepared.transient :]])
    fit = tuple(prepared.logged(float(v)) for v in choice.fit[prepared.transient :])
    return (
        Marker(curve.key, int(curve.steps[best]), "best", float(curve.values[best])),
        Interval(curve.key, int(curve.steps[inside[0]]), int(curve.steps[inside[1]]), "as good as the best"),
        Marker(curve.key, int(curve.steps[stop]), "enough", float(curve.values[stop])),
        Overlay(curve.key, steps, fit, "smoothed"),
        Fact("share of the fluctuation in the weights", choice.swing, "share"),
    )
