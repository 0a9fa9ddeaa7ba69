"""The detector underfitting: training that came to rest near where it began, or early and high."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._broken import Broken, broken_by
from loglens.detectors._course import LITTLE_DOUBT, course_of, course_scale
from loglens.detectors._judged import TRAIN_LOSS, TRAIN_SCORES, VALIDATION_SCORES
from loglens.detectors._level import AS_BAD, answers_well, arrival, early, gap, guesses, no_better, thrown
from loglens.detectors._place import epoch_at, place
from loglens.detectors._rate import RATE, rate_annealed, rate_beside
from loglens.detectors._returns import FEWEST as FEWEST_RETURNS
from loglens.detectors._returns import RETURNS
from loglens.digits import percent
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.moments import mean
from loglens.verdict import Detail, Fact, Interval, Verdict

FEWEST = 6
"""Points: the five that a flat end takes (see `_course`) and the start."""
LARGE_GAP = 0.1
"""Validation this share of the start above train: the model does learn the training set."""
NO_GAP = 0.05
"""Validation within this share of the start of train: the data do not hold the loss up."""
STILL = 0.02
"""Of the start over the last quarter: where a run kept nearly all of it, shares of its small gain tell nothing, neither
that it is flat nor that this is in doubt. So are 88 instead of 84 % found, and no healthy run more (tuning seeds)."""
RESTED = 3
"""Evaluations within the flat quarter of a loss that has fallen: the steps of one epoch all lie as high as its luck."""
STUCK_SURE = 0.7
"""That it is the rate only another run can show: a loss whose floor is high may look the same."""


@dataclass(frozen=True, slots=True)
class Underfitting:
    """The train loss is flat and still close to the loss of guessing: the model does not learn the training set.

    Why it matters: regularisation, more data and early stopping cannot help a model that does not fit what it sees.

    What to do: first let the model overfit ten examples. If it cannot, there is a bug between data, loss and
    optimiser. If it can: a larger model or fewer regularisers, a higher learning rate, longer warm-up. A loss that
    fell fast and then stuck high asks for a tenth of the learning rate first.

    How it decides: the train loss is flat (as the detector plateau sees it) and has kept more than `kept` of the loss
    it started with, which for classification is the logarithm of the number of classes, and validation is no further
    away; a loss that has begun to fall must rest for three evaluations, and no accuracy may be half-way to perfect. A
    flat train loss that kept more than `stuck` of its start is stuck high when it was there within the first tenth of
    the run, validation lies no higher, and the learning rate was not annealed since: steps that are too large look
    like that, while data that allow no more are approached slowly. A loss that fell below `learned` of its start is no
    underfitting that a log could show, unless the number of classes is known, and it came down to no better than
    guessing among them from where the first steps had thrown it, and so did the accuracies. What lies between, and
    losses that are not positive, only a reference score would tell: undetermined. So is a return of reinforcement
    learning that ends no higher than it began. A training that has broken, so that its loss ends in NaN or Inf or far
    above its start, is not judged.

    Reference: Karpathy, A Recipe for Training Neural Networks, 2019: loss at initialisation, overfit one batch.
    """

    name: ClassVar[str] = "underfitting"
    judges: ClassVar[tuple[Wanted, ...]] = (TRAIN_LOSS, RETURNS)
    reads: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES, TRAIN_SCORES, RATE)

    kept: float = parameter(
        0.8, unit="share of the initial loss", low=0.0, high=1.0, source="a choice: a fifth of guessing unlearned"
    )
    stuck: float = parameter(
        0.4,
        unit="share of the initial loss",
        low=0.0,
        high=1.0,
        source="tuning half of the DeepOBS sweeps: rates that are too high end above it, good ones below",
    )
    learned: float = parameter(
        0.5, unit="share of the initial loss", low=0.0, high=1.0, source="a choice: half of guessing unlearned"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        broken = broken_by(inputs)
        verdicts = [
            self._return(inputs, curve) if RETURNS.matches(curve) else self._judge(inputs, curve, broken)
            for curve in inputs.judged
        ]
        fell = any(v.status == "pass" and v.details.get("learned") for v in verdicts)
        return tuple(_elsewhere(v) if fell and v.is_finding else v for v in verdicts)

    def _return(self, inputs: Inputs, curve: Curve) -> Verdict:
        """A return of reinforcement learning that rose has learned; one that did not may have been solved before."""
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared.points_y) < FEWEST_RETURNS:
            return _open(curve, "not-applicable", f"{tag} has {len(prepared)} finite points, too few for a return.")
        if prepared.learned:
            return Verdict(self.name, "pass", f"{tag} rose above where it began.", confidence=0.9, tags=(curve.key,))
        why = f"{tag} ends no higher than it began: only the return of a random policy tells whether it ever learned."
        return _open(curve, "undetermined", why, ("the return of a random policy",))

    def _judge(self, inputs: Inputs, curve: Curve, broken: Broken | None) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        points = prepared.points_y
        if len(points) < FEWEST:
            return _open(curve, "not-applicable", f"{tag} has {len(prepared)} finite points, too few to call it flat.")
        if broken is not None:
            return _open(curve, "not-applicable", broken.instead_of(f"the end of {tag}"))
        late = mean(prepared.late)
        if prepared.initial <= 0 or late <= 0:
            return _open(
                curve,
                "undetermined",
                f"{tag} is not a positive loss, so its level says nothing without a reference.",
                ("a reference score",),
            )
        share = late / prepared.initial
        guessing = guesses(inputs, late)
        details: dict[str, Detail] = {
            "kept": share,
            "initial": prepared.logged(prepared.initial),
            "flat": None,
            "learned": share < self.learned,
        }
        if share < self.learned and share <= self.stuck and not guessing:  # flat or not, it has learned
            return self._learned(curve, share, details)
        return self._by_its_end(inputs, curve, late, details, guessing=guessing)

    def _by_its_end(
        self, inputs: Inputs, curve: Curve, late: float, details: Mapping[str, Detail], *, guessing: bool
    ) -> Verdict:
        """The verdict on a loss that ends so high, at `late`, that it depends on whether it has come to rest there."""
        prepared, tag = inputs.prepared(curve), curve.label
        share = late / prepared.initial
        rate = rate_beside(inputs)
        course = course_of(prepared, rate)
        flat = course.state == "plateau" and course.doubt < LITTLE_DOUBT
        details = {**details, "flat": flat}
        apart = gap(inputs, curve, late, prepared.initial)
        beside = apart is not None and abs(apart) < NO_GAP
        high = flat and self.stuck < share < self.kept and beside and early(prepared, late)
        if high and not rate_annealed(rate) and answers_well(inputs) is None:
            return self._stuck_high(curve, prepared, share, details)
        gains_little = course.high * course_scale(prepared) < STILL * prepared.initial
        still = gains_little and course.state in {"plateau", "undetermined"}
        rests = (flat or still or no_better(prepared, course.state)) and not course.no_end
        if (rests or thrown(prepared.initial, inputs.classes)) and share < self.kept and guessing:
            return self._guesses(curve, late, inputs.classes or 0, {**details, "learned": False})
        if share < self.learned:
            return self._learned(curve, share, details)
        if course.state == "improving":
            why = f"kept {percent(share)} of its start, but still improves: see slow-learning."
            return self._pass(curve, share, why, details, sure=0.8)
        if share < self.kept or not rests or (apart is not None and apart > LARGE_GAP):
            return _open(
                curve,
                "undetermined",
                f"{tag} kept {percent(share)} of its start; whether more could be learned only a reference would tell.",
                ("a reference score",),
                details,
            )
        if answers_well(inputs) is not None:
            why = f"{tag} kept {percent(share)} of its first value, but the answers are right: the log may begin late."
            return _open(curve, "undetermined", why, ("the loss before training",), details)
        if prepared.learned and _evaluations(inputs, curve, float(prepared.points_x[course.first])) < RESTED:
            kept = f"{tag} kept {percent(share)} of its start"
            why = f"{kept}, but rests for less than {RESTED} evaluations: it may go on."
            return _open(curve, "undetermined", why, ("more evaluations",), details)
        return self._near_its_start(curve, prepared, int(prepared.points_index[course.first]), late, details)

    def _learned(self, curve: Curve, share: float, details: Mapping[str, Detail]) -> Verdict:
        why = f"fell to {percent(share)} of its start: the training set is being learned."
        return self._pass(curve, share, why, details, sure=0.95)

    def _pass(self, curve: Curve, share: float, why: str, details: Mapping[str, Detail], *, sure: float) -> Verdict:
        return Verdict(
            self.name,
            "pass",
            f"{curve.label} {why}",
            confidence=sure,
            tags=(curve.key,),
            value=share,
            threshold=self.kept,
            unit="share of the initial loss",
            details=details,
        )

    def _near_its_start(
        self, curve: Curve, prepared: Prepared, first: int, late: float, details: Mapping[str, Detail]
    ) -> Verdict:
        share = late / prepared.initial
        return Verdict(
            self.name,
            "warn",
            f"{curve.label} is flat at {percent(share)} of its start from {place(curve, first)} on at the latest: "
            f"the model does not learn the training set.",
            confidence=0.9 if share > 0.95 else 0.75,
            tags=(curve.key,),
            advice=(
                "Let the model overfit ten examples first: if it cannot, look for a bug between data, labels, loss and "
                "optimiser; if it can, try a higher learning rate, then a larger model."
            ),
            start_step=int(curve.steps[first]),
            start_epoch=epoch_at(curve, first),
            value=share,
            threshold=self.kept,
            unit="share of the initial loss",
            details=details,
            evidence=(
                Interval(curve.key, int(curve.steps[first]), None, "flat near its start"),
                Fact(f"initial loss, by {prepared.initial_from}", prepared.logged(prepared.initial)),
                Fact("late loss", late),
            ),
        )

    def _guesses(self, curve: Curve, late: float, classes: int, details: Mapping[str, Detail]) -> Verdict:
        """A loss that began far above that of guessing, as the first steps threw it there, and is no better yet."""
        guess = math.log(classes)
        return Verdict(
            self.name,
            "warn",
            f"{curve.label} ends at {late:.3g}, no better than guessing among {classes} classes ({guess:.3g}): "
            "all that it fell was from where the first steps had thrown it.",
            confidence=0.9,
            tags=(curve.key,),
            advice="Try a tenth of the learning rate, or a warm-up; then let the model overfit ten examples.",
            start_step=int(curve.steps[0]),
            start_epoch=epoch_at(curve, 0),
            value=late / guess,
            threshold=AS_BAD,
            unit="share of the loss of guessing",
            details=details,
            evidence=(Fact("late loss", late), Fact(f"loss of guessing among {classes} classes", guess)),
        )

    def _stuck_high(self, curve: Curve, prepared: Prepared, share: float, details: Mapping[str, Detail]) -> Verdict:
        first = int(prepared.points_index[arrival(prepared, share * prepared.initial)])
        return Verdict(
            self.name,
            "warn",
            f"{curve.label} fell at once and is stuck at {percent(share)} of its start since {place(curve, first)}, as "
            f"validation is: the steps may be too large to come lower.",
            confidence=STUCK_SURE,
            tags=(curve.key,),
            advice=(
                "Try a tenth of the learning rate for a tenth of the run: a lower loss means that the steps were too "
                "large. If it stays, compare with a simple baseline: the data may allow no more, or the model is too "
                "small for them."
            ),
            start_step=int(curve.steps[first]),
            start_epoch=epoch_at(curve, first),
            value=share,
            threshold=self.stuck,
            unit="share of the initial loss",
            details={**details, "stuck": True},
            evidence=(
                Interval(curve.key, int(curve.steps[first]), None, "stuck high"),
                Fact(f"initial loss, by {prepared.initial_from}", prepared.logged(prepared.initial)),
                Fact("late loss", share * prepared.initial),
            ),
        )


def _evaluations(inputs: Inputs, curve: Curve, step: float) -> int:
    """How often validation was evaluated since `step`; `RESTED` where there is none beside the train loss."""
    pair = inputs.pair_of(curve)
    return RESTED if pair is None or pair.role.phase != "validation" else int(np.count_nonzero(pair.steps >= step))


def _elsewhere(verdict: Verdict) -> Verdict:
    """What is left of a finding when another train loss of the run fell: batches in a fixed order may look so."""
    why = f"{verdict.summary.rsplit(': ', maxsplit=1)[0]}; but another train loss of the run fell."
    return Verdict(
        Underfitting.name,
        "undetermined",
        why,
        tags=verdict.tags,
        missing=("one train loss an epoch",),
        details=verdict.details,
    )


def _open(
    curve: Curve,
    status: Literal["undetermined", "not-applicable"],
    summary: str,
    missing: tuple[str, ...] = (),
    details: Mapping[str, Detail] | None = None,
) -> Verdict:
    return Verdict(Underfitting.name, status, summary, tags=(curve.key,), missing=missing, details=details or {})
