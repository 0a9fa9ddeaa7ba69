"""The detector stopping: which checkpoint to keep, which ones cannot be told from it, and when it was enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._beside import at_steps_of
from loglens.detectors._checkpoint import FEWEST, Choice, choose, lowest_expected
from loglens.detectors._judged import TRAIN_SCORES, VALIDATION_SCORES, train_beside
from loglens.detectors._place import epoch_at, place
from loglens.detectors._rate import RATE, rate_beside
from loglens.detectors._swing_share import Reason, Samples, evaluated_samples
from loglens.digits import counted_epochs
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.stopping_rules import usual_rules
from loglens.verdict import Detail, Evidence, Fact, Interval, Marker, Overlay, Verdict

MISSED, OF_NO_FORM = 1.2, 0.015
"""Sets miss the best step so many times as often as the likely courses say, and by as much more, since some courses
are of no known form (tuning seeds of the families and of the trainer)."""
MOSTLY = 0.5
"""Share of the fluctuation in the weights from which on the advice says so."""
MOST_NAMED = 2
"""Other curves that the advice names."""
REASONS: Mapping[Reason, str] = {
    "goes with train": "Validation swings together with train, so single checkpoints really differ: keep this very "
    "one.",
    "goes with the rate": "The curve goes up and down with the learning rate, so single checkpoints really differ: "
    "keep this very one.",
    "same samples": "The accuracies change less than on fresh samples, so every evaluation has the same ones, and "
    "most of what a checkpoint is better by is real.",
    "larger than evaluation noise": "The curve swings by more than evaluations usually do, so single checkpoints "
    "really differ: keep this very one, or average the weights of several.",
}


@dataclass(frozen=True, slots=True)
class Stopping:
    """The best checkpoint of a run, the steps that cannot be told from it, and the step after which it was enough.

    Why it matters: the lowest logged value is partly luck. Keeping it picks noise; stopping by patience picks noise
    twice. What a run would have cost with the usual stopping rules shows which rule suits the project.

    What to do: keep the checkpoint of `best_step`; any step of the set is as good as far as this log can tell, so take
    one that was saved. If runs like this one repeat, stop near `stop_step`, or choose the rule of the replay that lost
    nothing and saved most.

    How it decides: all courses that the curve leaves likely (a level and a decay, one of several forms, with a turn
    that goes on or levels off, a drop or a hump, and a step at each logged drop of the learning rate; noise that
    may remember) are weighed against each other, and the checkpoint is kept that is best on their mean. Logged
    values count beside it as far as the fluctuation is in the weights: when validation goes with train or with a
    cycling rate, when the accuracies are calmer than on fresh samples (every evaluation has the same ones), or when
    it is larger than evaluation noise.
    A curve that ends above its start is judged up to where it got there. Of more than 200 evaluations block means are
    judged: the set then holds whole blocks, and the evaluation is kept that is expected lowest.
    The set is the shortest range of steps that holds the lowest point of `set_level` of the likely courses, which are
    tilted by what so few samples may mislead by where all evaluations have the same ones. The confidence is that the
    best step really lies in it. The recommended stop is the first step within `worth` of the progress of the best.

    Reference: Hoeting et al., Bayesian Model Averaging, Statistical Science 14, 1999; Prechelt, Early Stopping - But
    When?, 1998 (GL, PQ, UP).
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
        0.91,
        unit="probability",
        low=0.5,
        high=0.99,
        source="tuning seeds: the set then holds the best step of nine in ten runs or somewhat more, since the "
        "shortest range of some draws is a little too short",
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        samples = evaluated_samples(inputs.curves)
        kept = [self._kept(inputs, curve, samples) for curve in inputs.judged]
        return tuple(
            self._too_few(inputs, curve)
            if own is None
            else self._verdict(own, [k for k in kept if k not in (None, own)])
            for curve, own in zip(inputs.judged, kept, strict=True)
        )

    def _too_few(self, inputs: Inputs, curve: Curve) -> Verdict:
        found = len(inputs.prepared(curve))
        return Verdict(
            self.name,
            "not-applicable",
            f"{curve.label}: too few finite evaluations ({found}); choosing a checkpoint takes {FEWEST}.",
            tags=(curve.key,),
            missing=("more evaluations",),
            details=dict.fromkeys(_KEYS),
        )

    def _kept(self, inputs: Inputs, curve: Curve, samples: Samples) -> _Kept | None:
        prepared = inputs.prepared(curve)
        if len(prepared) < FEWEST:
            return None
        train = train_beside(inputs, curve)
        beside = None if train is None else at_steps_of(prepared, inputs.prepared(train))
        choice = choose(prepared, beside, rate_beside(inputs), samples, worth=self.worth, level=self.set_level)
        best = _best_evaluation(prepared, choice)
        stop = min(int(prepared.points_index[choice.stop]), best)
        first, last = prepared.starts[choice.first], prepared.starts[choice.last + 1] - 1
        first, last = min(int(prepared.index[first]), best), max(int(prepared.index[last]), best)
        return _Kept(prepared, beside, choice, best, first, last, stop)

    def _verdict(self, kept: _Kept, others: Sequence[_Kept]) -> Verdict:
        prepared, choice, curve, best = kept.prepared, kept.choice, kept.prepared.curve, kept.best
        saved = _epochs_between(curve, kept.stop, len(curve.steps) - 1)
        set_words = (
            "no other step is likely to be as good"
            if kept.first == kept.last
            else f"steps {curve.steps[kept.first]} to {curve.steps[kept.last]} cannot be told from it"
        )
        elsewhere = [other for other in others if kept.apart_from(other)]
        return Verdict(
            self.name,
            "pass",
            f"{curve.label}: keep the checkpoint of {place(curve, best)}; {set_words}.",
            confidence=round(1.0 - OF_NO_FORM - MISSED * (1.0 - choice.held), 3),
            tags=(curve.key,),
            advice=_advice(kept, elsewhere, saved),
            start_step=int(curve.steps[best]),
            end_step=int(curve.steps[best]),
            start_epoch=epoch_at(curve, best),
            end_epoch=epoch_at(curve, best),
            value=float(curve.values[best]),
            details={
                "best_step": int(curve.steps[best]),
                "best_value": float(curve.values[best]),
                "set_first_step": int(curve.steps[kept.first]),
                "set_last_step": int(curve.steps[kept.last]),
                "stop_step": int(curve.steps[kept.stop]),
                "epochs_saved": saved,
                "lowest_step": int(curve.steps[prepared.index[int(np.argmin(prepared.y))]]),
                "swing_share": choice.swing.share,
                "elsewhere": {
                    f"{other.prepared.curve.key.dir}/{other.prepared.curve.key.tag}": int(
                        other.prepared.curve.steps[other.best]
                    )
                    for other in elsewhere
                },
                "replay": _replay(kept),
            },
            evidence=_evidence(kept),
        )


_KEYS = ("best_step", "best_value", "set_first_step", "set_last_step", "stop_step", "epochs_saved", "replay")


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What was chosen for one curve: `train` float64[k] beside its points, and positions in its values."""

    prepared: Prepared
    train: Floats | None
    choice: Choice
    best: int
    first: int
    last: int
    stop: int

    def apart_from(self, other: _Kept) -> bool:
        """Whether another curve surely leads to another checkpoint: neither set reaches the other."""
        mine, theirs = self.prepared.curve, other.prepared.curve
        return mine.x_unit == theirs.x_unit and bool(
            theirs.steps[other.last] < mine.steps[self.first] or theirs.steps[other.first] > mine.steps[self.last]
        )


def _best_evaluation(prepared: Prepared, choice: Choice) -> int:
    """The position in the curve's values of the evaluation to keep: of all, not of the blocks, that expected lowest.

    The course between the blocks' middles is straight.
    """
    if len(prepared) == len(prepared.points_y):
        return int(prepared.points_index[choice.best])
    course = np.interp(prepared.x, prepared.points_x, choice.fit)
    expected = course + choice.swing.share * (prepared.y - course)
    return int(prepared.index[lowest_expected(expected, prepared.progress)])


def _replay(kept: _Kept) -> Mapping[str, Detail]:
    """Where the usual rules would have stopped, which step they would have kept, its cost, and the epochs saved."""
    prepared, choice, curve = kept.prepared, kept.choice, kept.prepared.curve
    result: dict[str, Detail] = {}
    for name, stopped in usual_rules(prepared.points_y, kept.train).items():
        last, at = int(prepared.points_index[stopped.last]), int(prepared.points_index[stopped.kept])
        cost = max(float(choice.expected[stopped.kept] - choice.expected[choice.best]), 0.0)
        result[name] = {
            "stop_step": int(curve.steps[last]),
            "kept_step": int(curve.steps[at]),
            "cost": cost,
            "cost_share": cost / prepared.progress,
            "epochs_saved": _epochs_between(curve, last, len(curve.steps) - 1),
            "seconds_saved": max(float(curve.wall_times[-1] - curve.wall_times[last]), 0.0),
        }
    return result


def _epochs_between(curve: Curve, first: int, last: int) -> float | None:
    if curve.epochs is not None:
        return float(curve.epochs[last] - curve.epochs[first])
    return float(curve.steps[last] - curve.steps[first]) if curve.x_unit == "epoch" else None


def _advice(kept: _Kept, elsewhere: Sequence[_Kept], saved: float | None) -> str:
    prepared, choice, curve = kept.prepared, kept.choice, kept.prepared.curve
    lowest = int(prepared.index[int(np.argmin(prepared.y))])
    parts = []
    if curve.values[lowest] != curve.values[kept.best]:
        real = choice.swing.share >= MOSTLY
        why = "the course around the kept one is better" if real else "most of that difference is noise"
        extreme = "highest" if curve.role.direction == "max" else "lowest"
        parts.append(f"The {extreme} logged value is at {place(curve, lowest)}; {why}.")
    if choice.swing.share >= MOSTLY and choice.swing.reason in REASONS:
        parts.append(REASONS[choice.swing.reason])
    if elsewhere:
        named = "; ".join(
            f"{other.prepared.curve.label} is best at {place(other.prepared.curve, other.best)}"
            for other in elsewhere[:MOST_NAMED]
        )
        parts.append(f"{named}: decide which of the curves the model is meant for, and keep by that one.")
    if saved is not None and saved > 0:
        at = place(curve, kept.stop)
        parts.append(f"Stopping at {at} would have cost next to nothing and saved {counted_epochs(saved)}.")
    if choice.stop == choice.best == len(prepared.points_y) - 1 and np.isfinite(curve.values[-1]):
        parts.append("The best step is the last one: longer training may still help (see plateau).")
    return " ".join(parts)


def _evidence(kept: _Kept) -> tuple[Evidence, ...]:
    prepared, choice, curve = kept.prepared, kept.choice, kept.prepared.curve
    steps = tuple(curve.steps[prepared.points_index[prepared.transient :]].tolist())
    fit = tuple(prepared.logged(v) for v in choice.fit[prepared.transient :].tolist())
    return (
        Marker(curve.key, int(curve.steps[kept.best]), "best", float(curve.values[kept.best])),
        Interval(curve.key, int(curve.steps[kept.first]), int(curve.steps[kept.last]), "as good as the best"),
        Marker(curve.key, int(curve.steps[kept.stop]), "enough", float(curve.values[kept.stop])),
        Overlay(curve.key, steps, fit, "smoothed"),
        Fact("share of the fluctuation in the weights", choice.swing.share, "share"),
    )
