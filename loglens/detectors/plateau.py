"""The detector plateau: whether a curve still improves at its end, is flat, or cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._below_guessing import turned_around
from loglens.detectors._broken import Broken, broken_by
from loglens.detectors._change import change_since
from loglens.detectors._course import FEWEST, FLAT, IMPROVING, LITTLE_DOUBT, UNSTEADY, Course, course_of
from loglens.detectors._judged import TRAIN_LOSS, TRAIN_SCORES, VALIDATION_SCORES, train_beside, validation_first
from loglens.detectors._level import answers_well, guesses
from loglens.detectors._place import epoch_at, place
from loglens.detectors._rate import RATE, rate_annealed, rate_beside
from loglens.detectors._returns import RETURNS
from loglens.digits import percent
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.moments import mean
from loglens.verdict import Evidence, Fact, Interval, Verdict

YOUNG = 12
"""Evaluations: on fewer the noise of tuning runs hid a slow fall that the train loss showed already."""
STUCK_GAIN = 0.05
"""A flat curve that gained less than this share of its start hardly learned."""
SOLVED = (
    "A return that is flat is solved, or stuck: compare its level with that of a random policy and with the highest "
    "that the environment gives."
)


@dataclass(frozen=True, slots=True)
class Plateau:
    """The end of a curve is flat, and whether that is a convergence or a stall; or it still improves.

    Why it matters: training on along a plateau costs and brings nothing; stopping a curve that still improves throws
    quality away. A plateau at the level of an untrained model means that nothing is being learned at all.

    What to do: still improving at the end: train longer before changing anything else. Converged: stop here, or lower
    the learning rate once (a further drop within a few epochs shows that it was too high for this phase). Stalled at
    the start: look at the data pipeline, the labels and the gradient norms first, then try learning rates ten times
    lower and higher.

    How it decides: over the last half a level and several falls (none, straight, straight in the second half only,
    exponential, exponential with a straight tail) are fitted, with the noise of the curve and its memory, and averaged
    by their likelihood; that gives what the curve gained over its last quarter, with its error. What looks flat is
    asked again by the whole curve: a level, one of many falls and drops, noise that may remember. A plateau when the
    gain is surely below `flat` of the progress, by both views together (the geometric mean of the chances),
    improving when it is surely above `improving`; else undetermined. After a logged drop of the learning rate only what
    follows it counts; what a rate that goes up and down moves the curve by is told apart, and so are single peaks. A
    run whose loss ends in NaN or Inf, or whose train loss ends far above its start, is not judged. The onset is the
    step from which on the likely courses of the whole curve stay within 3 % of their end. Stalled: the curve is flat,
    by its end alone as well, and surely never left, or hardly left, its start, while no accuracy of the same data says
    that most answers are right, or it is no better than guessing.
    Converged: the rate was annealed, or training still improves while validation is flat. Otherwise, where an accuracy
    of the same data ends surely below guessing (see below-chance), and for the returns of reinforcement learning, whose
    levels mean nothing by themselves, the kind stays open.

    Reference: Hoeting et al., Bayesian Model Averaging: A Tutorial, Statistical Science 14, 1999.
    """

    name: ClassVar[str] = "plateau"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES, TRAIN_LOSS, RETURNS)
    reads: ClassVar[tuple[Wanted, ...]] = (TRAIN_SCORES, RATE)

    flat: float = parameter(
        FLAT,
        unit="share of progress over the last quarter",
        low=0.0,
        high=1.0,
        source="tuning runs: at most 1 % of improving courses called flat",
    )
    improving: float = parameter(
        IMPROVING, unit="share of progress over the last quarter", low=0.0, high=1.0, source="tuning runs"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        broken = broken_by(inputs)
        return tuple(self._judge(inputs, curve, broken) for curve in validation_first(inputs))

    def _judge(self, inputs: Inputs, curve: Curve, broken: Broken | None) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared.points_y) < FEWEST + 1:
            return _undetermined(curve, f"{tag}: too few finite points ({len(prepared)}) to tell a trend.", None)
        if broken is not None:
            return Verdict(
                self.name,
                "not-applicable",
                broken.instead_of(f"the end of {tag}"),
                tags=(curve.key,),
                details=_details("undetermined", None, None),
            )
        rate = rate_beside(inputs)
        course = course_of(prepared, rate, self.flat, self.improving)
        where = place(curve, int(prepared.points_index[course.first]))
        if course.state == "worsening":
            worse = "divergence" if RETURNS.matches(curve) else "overfitting and divergence"
            return Verdict(
                self.name,
                "not-applicable",
                f"{tag} gets worse since {where}; see {worse}.",
                tags=(curve.key,),
                details=_details("undetermined", None, course),
            )
        if course.state == "improving":
            return self._improving(curve, course, where)
        flat = self._flat(inputs, curve, prepared, course) if course.state == "plateau" else None
        if flat is None or (flat.is_finding and course.doubt >= LITTLE_DOUBT):
            return self._open(curve, course, where)
        return flat

    def _open(self, curve: Curve, course: Course, where: str) -> Verdict:
        if course.low < -UNSTEADY * self.flat:
            why = f"{curve.label} is too unsteady at its end (from {where}) to have a level or a trend."
            return _undetermined(curve, why, course)
        summary = (
            f"{curve.label}: noise hides whether it still improves; over the last quarter (from {where}) it gained "
            f"between {percent(max(course.low, 0.0))} and {percent(course.high)} of its progress."
        )
        return _undetermined(curve, summary, course)

    def _improving(self, curve: Curve, course: Course, where: str) -> Verdict:
        return Verdict(
            self.name,
            "pass",
            f"{curve.label} still improves at its end: {percent(course.gain)} of its progress since {where}.",
            confidence=course.sure,
            tags=(curve.key,),
            advice="Train longer before changing anything else; what the next epochs bring is cheap to see.",
            value=course.gain,
            threshold=self.improving,
            unit="share of progress over the last quarter",
            details=_details("improving", None, course),
            evidence=_facts(course),
        )

    def _flat(self, inputs: Inputs, curve: Curve, prepared: Prepared, course: Course) -> Verdict:
        settled = course.first if course.settled is None else min(course.settled, len(prepared.points_index) - 1)
        onset = int(prepared.points_index[settled])
        step, tag = int(curve.steps[onset]), curve.label
        kind, why, advice = (None, "", SOLVED) if RETURNS.matches(curve) else _kind(inputs, curve, prepared, step)
        stalled = kind == "stalled"
        since = f"flat since {place(curve, onset)}"
        return Verdict(
            self.name,
            "warn" if stalled else "pass",
            f"{tag} is {since}{': ' + why if why else ''}.",
            confidence=course.sure,
            tags=(curve.key,),
            advice=advice,
            start_step=step,
            start_epoch=epoch_at(curve, onset),
            value=course.gain,
            threshold=self.flat,
            unit="share of progress over the last quarter",
            details=_details("plateau", kind, course),
            evidence=(Interval(curve.key, step, None, "stalled" if stalled else "plateau"), *_facts(course)),
        )


def _kind(inputs: Inputs, curve: Curve, prepared: Prepared, onset_step: int) -> tuple[str | None, str, str]:
    """Converged, stalled or open, why in words, and what to do."""
    around = turned_around(inputs, curve)
    if around is not None:
        return None, f"{around}, see below-chance", "Repair that first, then look again."
    gain = prepared.initial - prepared.best
    hardly = not prepared.learned or 0 <= gain < STUCK_GAIN * abs(prepared.initial)
    right = answers_well(inputs, curve.role.phase) if hardly else None
    if right is not None:
        advice = f"Choose the checkpoint by {right.label}, if that is what counts; see metric-conflict."
        return None, f"it hardly gained, but most answers are right ({right.label})", advice
    train = train_beside(inputs, curve) if curve.role.phase == "validation" else None
    if not prepared.learned and len(prepared) < YOUNG and train is not None and inputs.prepared(train).learned:
        return None, f"{train.label} has begun to fall, and it may follow", "Look again after some more evaluations."
    if hardly:
        why = "it never got away from the level that it started at" if not prepared.learned else "it hardly learned"
        advice = (
            "Look first at the data: do inputs and labels belong together, are the gradients non-zero? Then try a "
            "learning rate ten times lower and one ten times higher, for one epoch each."
        )
        return "stalled", why, advice
    late = mean(prepared.late)
    if curve.role.quantity == "loss" and guesses(inputs, late):
        why = f"it is no better than guessing among {inputs.classes} classes, however high it began"
        return (
            "stalled",
            why,
            "Try a tenth of the learning rate, or a warm-up; then let the model overfit ten examples.",
        )
    annealed = rate_annealed(rate_beside(inputs))
    if annealed:
        return "converged", "converged, with the learning rate annealed", "Nothing more is to be had from longer runs."
    if train is not None:
        change = change_since(inputs.prepared(train), float(onset_step))
        if change is not None and change.share + 2 * change.error < 0:
            return (
                "converged",
                f"{train.label} still improves, what it learns no longer helps",
                "Stop near there. More data or stronger regularisation moves this level, longer training does not.",
            )
    advice = "Lower the learning rate once, by 3 to 10: a drop within a few epochs tells a stall from convergence."
    return None, "", advice if annealed is None else "The learning rate is still high. " + advice


def _facts(course: Course) -> tuple[Evidence, ...]:
    return (
        Fact("improvement over the last quarter", course.gain, "share of progress"),
        Fact("its lower bound", course.low, "share of progress"),
        Fact("its upper bound", course.high, "share of progress"),
    )


def _details(state: str, kind: str | None, course: Course | None) -> dict[str, str | float | None]:
    bounds = {} if course is None else {"gain": course.gain, "gain_low": course.low, "gain_high": course.high}
    return {"state": state, "kind": kind, **bounds}


def _undetermined(curve: Curve, summary: str, course: Course | None) -> Verdict:
    return Verdict(
        Plateau.name,
        "undetermined",
        summary,
        tags=(curve.key,),
        missing=("more evaluations",),
        details=_details("undetermined", None, course),
        evidence=() if course is None else _facts(course),
    )
