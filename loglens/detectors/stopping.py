"""The detector stopping: which checkpoint to keep, which ones cannot be told from it, and when it was enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._judged import RATE, TRAIN_SCORES, VALIDATION_SCORES, rate_beside, rate_drops, train_beside
from loglens.detectors._place import epoch_at, place
from loglens.events.series import Floats, Ints
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.local_regression import LocalFit, piecewise_regression
from loglens.statistics.memory import lag_correlation
from loglens.statistics.noise import MAD_TO_SD, second_differences
from loglens.statistics.rise import rise_p_value, steepest_rise
from loglens.statistics.stopping_rules import usual_rules
from loglens.verdict import Detail, Evidence, Fact, Interval, Marker, Overlay, Verdict

STILL_LEARNING = 0.01
"""Of the progress: what a course without a rise is thought to gain over the run, so that of equals the last is kept."""
UNDERSMOOTH = 0.7
"""The set looks at this share of the bandwidth: the bias of the best fit would cut its coverage (facts page)."""
DOUBT = 0.02
"""The least weight of the course as it looks: a large rise counts even when noise could make it."""
FEWEST = 3
"""Below three evaluations there is nothing to smooth or to choose from."""


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """Everything over the points float64[k]: the smooth course, what a checkpoint is expected to score, the set."""

    fit: Floats
    expected: Floats
    swing: float
    best: int
    first: int
    last: int
    stop: int


@dataclass(frozen=True, slots=True)
class Stopping:
    """The best checkpoint of a run, the steps that cannot be told from it, and the step after which it was enough.

    Why it matters: the lowest logged value is partly luck. Keeping it picks noise; stopping by patience picks noise
    twice. What a run would have cost with the usual stopping rules shows which rule suits the project.

    What to do: keep the checkpoint of `best_step`; any step of the set is as good as far as this log can tell, so take
    one that was saved. If runs like this one repeat, stop near `stop_step`, or choose the rule of the replay that lost
    nothing and saved most.

    How it decides: a local regression (bandwidth by generalised cross-validation, never across a logged drop of the
    learning rate) gives the course. How surely the curve rises at its end (the test of the detector overfitting)
    weighs that course against one that only falls. When validation swings together with train, the swings are in the
    weights and the logged value counts in full; when it does not, they are evaluation noise and count nothing. The
    set holds the steps whose course, smoothed less, lies within `set_width` standard errors of the difference to the
    best step; the recommended stop is the first step within `worth` of the progress of the best.

    Reference: Cleveland, JASA 74, 1979; Prechelt, Early Stopping - But When?, 1998 (GL, PQ, UP).
    """

    name: ClassVar[str] = "stopping"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES,)
    reads: ClassVar[tuple[Wanted, ...]] = (TRAIN_SCORES, RATE)

    worth: float = parameter(
        0.002,
        unit="share of progress",
        low=0.0,
        high=1.0,
        source="tuning runs: costs no more than patience 10 with fewer epochs",
    )
    set_width: float = parameter(
        1.645, unit="standard errors", low=0.0, high=10.0, source="two-sided 90 % of a normal law"
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
        beside = None if train is None else _at_steps_of(prepared, inputs.prepared(train))
        choice = _choose(prepared, beside, rate_beside(inputs), self.worth, self.set_width)
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


def _choose(prepared: Prepared, train: Floats | None, rate: Curve | None, worth: float, width: float) -> _Choice:
    x, y, start = prepared.points_x, prepared.points_y, prepared.transient
    breaks = np.searchsorted(x[start:], rate_drops(rate).astype(np.float64))
    local = piecewise_regression(x[start:], y[start:], breaks)
    residual = y[start:] - local.fit
    n = len(residual)
    swing = _swing_share(y[start:], None if train is None else train[start:])
    rising = _rising(prepared)
    falling = np.minimum.accumulate(local.fit) + STILL_LEARNING * prepared.progress * (n - 1 - np.arange(n)) / n
    course = rising * local.fit + (1.0 - rising) * falling
    moving = swing * swing  # where the weights swing, the smooth part has no shape of its own to hold on to
    expected = (1.0 - moving) * course + moving * local.fit + swing * residual
    best = n - 1 - int(np.argmin(expected[::-1]))
    inside = _equal_to(best, prepared, local, swing, breaks=breaks, width=width)
    near = np.flatnonzero(expected - expected[best] <= worth * prepared.progress)
    stop = min(int(near[0]), best)
    return _Choice(
        np.r_[y[:start], local.fit],
        np.r_[y[:start], expected],
        swing,
        start + best,
        start + int(inside[0]),
        start + int(inside[-1]),
        start + stop,
    )


def _rising(prepared: Prepared) -> float:
    """The weight of a rise at the end: 1 for a sure one, least when .6 of all flat curves show one as sure."""
    rise = steepest_rise(prepared.settled)
    if rise is None or rise.height < 0.3:
        return DOUBT
    return max(1.0 - 1.7 * rise_p_value(rise.height, len(prepared.settled), prepared.memory), DOUBT)


def _swing_share(values: Floats, train: Floats | None) -> float:
    """The share of the fluctuation that is in the weights: how surely validation and train swing together.

    The lower 95 % bound of the correlation of their second differences (which a shared course hardly enters, nor a
    shared drop once the extremes are cut), by Fisher's transformation, times 1.5, since train shows the swing with
    noise of its own; one half when train cannot be seen at the evaluations.
    """
    n = len(values)
    if train is None or n < 6:
        return 0.5
    ours, theirs = (_without_extremes(second_differences(v)) for v in (values, train))
    scale = float(np.sqrt((ours @ ours) * (theirs @ theirs)))
    if scale <= 0:
        return 0.5
    correlation = float(np.clip(float(ours @ theirs) / scale, -0.999, 0.999))
    low = float(np.tanh(np.arctanh(correlation) - 1.645 / np.sqrt(max(n - 6, 1))))
    return float(np.clip(1.5 * low, 0.0, 1.0))


def _without_extremes(differences: Floats) -> Floats:
    reach = 2.5 * MAD_TO_SD * float(np.median(np.abs(differences)))
    return np.clip(differences, -reach, reach) if reach > 0 else differences


def _equal_to(best: int, prepared: Prepared, local: LocalFit, swing: float, *, breaks: Ints, width: float) -> Ints:
    """Indices of the steps that cannot be told from `best`: differences within their errors."""
    y = prepared.settled
    rough = piecewise_regression(prepared.points_x[prepared.transient :], y, breaks, share=UNDERSMOOTH * local.share)
    difference = rough.fit - rough.fit[best]
    weights = rough.hat - rough.hat[best]
    residual = y - rough.fit
    memory = max(lag_correlation(residual), 0.0) if len(y) >= 10 else 0.0
    variance = local.sd**2 * (np.sum(weights * weights, axis=1) * (1 + memory) / (1 - min(memory, 0.9)))
    unsure = 2.0 * swing * (1.0 - swing) * local.sd**2  # what is left open of two checkpoints' own swings
    scored = difference + swing * (residual - residual[best])
    inside = scored <= width * np.sqrt(variance + unsure) + 1e-9 * prepared.progress
    inside[best] = True
    return np.flatnonzero(inside)


def _at_steps_of(prepared: Prepared, train: Prepared) -> Floats | None:
    """Train at each of the validation's points: the mean since the point before (at most a twentieth of all)."""
    if len(train) < len(prepared.points_x) or train.curve.x_unit != prepared.curve.x_unit:
        return None
    ends = np.searchsorted(train.x, prepared.points_x, side="right")
    before = np.r_[0, ends[:-1]]
    starts = np.maximum(before, ends - max(len(train) // (20 * len(ends)), 1))
    if np.any(ends <= starts):
        return None
    total = np.r_[0.0, np.cumsum(train.y)]
    return np.asarray((total[ends] - total[starts]) / (ends - starts), dtype=np.float64)


def _replay(prepared: Prepared, train: Floats | None, choice: _Choice) -> Mapping[str, Detail]:
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


def _advice(prepared: Prepared, choice: _Choice, stop: int, saved: float | None) -> str:
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
    prepared: Prepared, choice: _Choice, inside: tuple[int, int], best: int, stop: int
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
