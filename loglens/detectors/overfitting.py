"""The detector overfitting: validation that gets surely worse while training goes on getting better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._below_guessing import turned_around
from loglens.detectors._conflict import LOSSES
from loglens.detectors._judged import TRAIN_SCORES, VALIDATION_SCORES, train_beside
from loglens.detectors._no_overfitting import no_overfitting
from loglens.detectors._onset import onset_of
from loglens.detectors._place import epoch_at, place
from loglens.detectors._samples_lost import FEWEST_LOST, samples_lost
from loglens.detectors._turned import Turned, turned
from loglens.digits import percent
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.verdict import Fact, Interval, Marker, Overlay, Status, Verdict

DOUBTFUL = 0.65
"""Up to this chance of no rise it is left open: with more two of three passes are right, and more of surer ones."""
LASTING = 100
"""Evaluations over which a loss may drift by `min_relative`; over fewer by the root of their share, as a walk does.
The fewest that cost no recall: tuning runs of up to 50 epochs, of which with 75 half a percent less are found."""
SUREST = 0.99
"""Of tuning runs that are told with more, 99.5 to 100 % are right: what no formula of noise knows keeps the rest."""

ALL_LOST = "all it had gained and more"
"""What is lost by a rise as large as the progress or larger: a share above one says less to a tired reader."""

OVER_CONFIDENT = (
    " If a validation metric still improves after that step, it is over-confidence: choose the stop by the metric "
    "instead."
)
NEVER_BETTER = (
    " It was best at its first evaluation: evaluate earlier and more often, and if it never improves, look at the "
    "validation data and their labels."
)


@dataclass(frozen=True, slots=True)
class Overfitting:
    """The validation curve gets worse, surely and by more than a little, while the train curve does not.

    Why it matters: from the onset on the model learns what is true of the training set only. Every epoch after it
    costs compute and makes the final checkpoint worse than an earlier one.

    What to do: keep the checkpoint of the onset (see the detector stopping) and stop there next time. If the score is
    not good enough: more data or stronger augmentation first, then weight decay or dropout, then a smaller model.
    In four kinds of reference training (medians of 30 seeds, docs/trainer.md) keeping that checkpoint took 18 to 47 %
    off the final loss and a weight decay of .01 16 to 50 %; dropout of .3 took 9 to 21 % off three and made one a
    third worse; half the width took off 9 % at most. Twice the data left the rise as it was, and made the kept
    checkpoint 1 to 11 % better.
    A validation loss that rises while a validation metric still improves is over-confidence rather than overfitting,
    and passes here: see metric-conflict.

    How it decides: the points after the main drop are explained twice: by a level and a fall with noise, and by these
    with a rise that goes on to the end, or levels off before it. How much likelier the second is (a Bayes factor) is
    averaged over where the rise may begin, how sharply, and how much the noise may remember, since slow swings look
    like rises. What is seen at the last evaluation alone counts for half, that at the two before it for the rest. Few
    points, loud noise and noise that shows memory take some of it off. Tuning runs say what chance of no rise is left;
    a finding needs it below `alpha`, a rise of the course above `min_rise` of the progress, for a loss one that is
    large beside its lowest level (`min_relative`), and for an accuracy at least 5 samples, where its grain tells how
    many there are: fewer change sides by chance. It is deep from `deep_rise` on. Where no rise is less than twice as
    likely it is left open. The train curve must have learned and must not rise along: then it is an instability; an
    accuracy of guesses has nothing to lose. Where an accuracy of the same data ends surely below guessing (see
    below-chance), a rise tells of what is turned around there, and overfitting stays undetermined.
    The onset is the lowest point, the median over falls and rises of many forms that the curve, and a train loss that
    falls with it and further from there on, leave likely. A curve that comes back down is not judged by its hump (see
    late-recovery).

    Reference: Prechelt, Early Stopping - But When?, 1998, for the question; Kass & Raftery, Bayes Factors, Journal of
    the American Statistical Association 90, 1995, for the odds.
    """

    name: ClassVar[str] = "overfitting"
    judges: ClassVar[tuple[Wanted, ...]] = (VALIDATION_SCORES,)
    reads: ClassVar[tuple[Wanted, ...]] = (TRAIN_SCORES,)

    alpha: float = parameter(
        0.28,
        unit="probability",
        low=0.0001,
        high=0.5,
        source="51,000 healthy tuning runs: at most 1.8 % false alarms in every family and with every noise",
    )
    min_rise: float = parameter(
        0.01,
        unit="share of progress",
        low=0.0,
        high=1.0,
        source="tuning runs; smaller rises cost less than the choice of a checkpoint",
    )
    min_relative: float = parameter(
        0.04,
        unit="share of the lowest level of a loss",
        low=0.0,
        high=1.0,
        source="the plain rule of a final loss 4 % above its minimum, which agrees with hand labels of long runs; "
        "of a rise over fewer than 100 evaluations less, by the root of their share",
    )
    deep_rise: float = parameter(
        0.2,
        unit="share of progress",
        low=0.0,
        high=10.0,
        source="a fifth of all that was learned is lost again; a choice, not a measurement",
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._judge(inputs, curve) for curve in inputs.judged)

    def _judge(self, inputs: Inputs, curve: Curve) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        rise = turned(prepared)
        if rise is None:
            return _undetermined(
                curve,
                f"{tag}: too few finite evaluations ({len(prepared)}) to tell a rise from noise.",
                ("more evaluations",),
            )
        matters = self._matters(prepared, rise)
        if rise.chance >= self.alpha or not matters:
            return self._no_finding(prepared, rise, matters=matters)
        train = train_beside(inputs, curve)
        depth, onset = rise.depth, onset_of(prepared, rise, None if train is None else inputs.prepared(train))
        if onset is None:
            return _undetermined(
                curve,
                f"{tag} seems to rise over its last evaluations, but seen from its beginning it is lowest at its end.",
                ("more evaluations",),
                value=depth,
                threshold=self.min_rise,
            )
        if train is None:
            return _undetermined(
                curve,
                f"{tag} gets worse from {place(curve, onset)} on, by {percent(depth)} of its progress; without a "
                f"train curve overfitting cannot be told from a training that breaks.",
                ("train loss",),
            )
        why, other = no_overfitting(inputs, curve, train, onset, depth)
        if why:
            return Verdict(
                self.name,
                "pass",
                f"{tag} gets worse from {place(curve, onset)} on, but {why}",
                confidence=0.9,
                tags=(curve.key, other.key),
                details={"depth": depth, "gap": None},
            )
        around = turned_around(inputs, curve)
        if around is not None:
            return _undetermined(
                curve,
                f"{tag} gets worse, but {around}, so something is turned around (see "
                "below-chance); whether the model overfits, too, shows once that is repaired.",
                ("an accuracy above guessing",),
                value=depth,
                threshold=self.min_rise,
            )
        return self._finding(inputs, curve, train, rise, onset)

    def _matters(self, prepared: Prepared, rise: Turned) -> bool:
        """Whether a rise is worth a warning: a share of the progress, and more than a loss or an accuracy drifts by."""
        if rise.depth < self.min_rise:
            return False
        if prepared.curve.role.quantity != "loss":
            lost = samples_lost(prepared, rise) if rise.chance < DOUBTFUL else None  # dear, and of no use before that
            return lost is None or lost >= FEWEST_LOST
        if rise.lowest <= 0:
            return True
        drift = self.min_relative * math.sqrt(min(rise.lasted / LASTING, 1.0))
        return rise.depth * prepared.progress >= drift * rise.lowest

    def _share(self, prepared: Prepared, rise: Turned) -> str:
        """The size of a rise that does not matter, in words, beside what it is small to."""
        if rise.depth < self.min_rise:
            return f"{percent(rise.depth)} of its progress"
        lost = samples_lost(prepared, rise)
        if lost is not None:
            return f"{lost:.1f} of its validation samples"
        return f"{percent(rise.depth * prepared.progress / rise.lowest)} of its lowest level"

    def _no_finding(self, prepared: Prepared, rise: Turned, *, matters: bool) -> Verdict:
        curve, depth = prepared.curve, rise.depth
        tag = curve.label
        if matters and rise.chance < DOUBTFUL:
            return _undetermined(
                curve,
                f"{tag} seems to rise at the end, by {percent(depth)} of its progress, but "
                f"{percent(rise.chance)} of curves that look like this one do not.",
                ("more evaluations",),
                value=depth,
                threshold=self.min_rise,
            )
        small = rise.chance < self.alpha and not matters
        return Verdict(
            self.name,
            "pass",
            f"{tag} rises at its end, but by too little to matter: by {self._share(prepared, rise)}."
            if small
            else f"{tag} does not surely get worse up to its end.",
            confidence=min(rise.chance, SUREST) if matters else SUREST,
            tags=(curve.key,),
            value=depth,
            threshold=self.min_rise,
            unit="share of progress",
            details={"depth": depth, "gap": None},
        )

    def _finding(self, inputs: Inputs, curve: Curve, train: Curve, rise: Turned, onset: int) -> Verdict:
        prepared, depth = inputs.prepared(curve), rise.depth
        status: Status = "fail" if depth >= self.deep_rise else "warn"
        tag, step = curve.label, int(curve.steps[onset])
        gap = _gap(prepared, inputs.prepared(train))
        lost = f"{percent(depth)} of its progress"
        unless = OVER_CONFIDENT if LOSSES.matches(curve) else ""
        earlier = NEVER_BETTER if onset == int(prepared.index[0]) else ""
        return Verdict(
            self.name,
            status,
            f"{tag} gets worse from {place(curve, onset)} on and loses {lost if depth < 1.0 else ALL_LOST} by the end, "
            f"while {train.label} does not.",
            confidence=min(1.0 - rise.chance, SUREST),
            tags=(curve.key, train.key),
            advice=(
                f"Keep the checkpoint near {place(curve, onset)} and stop there next time. To get further, first add "
                f"data or stronger augmentation, then weight decay or dropout, then a smaller model.{unless}{earlier}"
            ),
            start_step=step,
            start_epoch=epoch_at(curve, onset),
            value=depth,
            threshold=self.min_rise,
            unit="share of progress",
            details={"depth": depth, "gap": gap, "chance": rise.chance},
            evidence=(
                Marker(curve.key, step, "onset", float(curve.values[onset])),
                Interval(curve.key, step, None, "overfitting"),
                Overlay(
                    curve.key,
                    tuple(int(step) for step in rise.steps),
                    tuple(prepared.logged(float(level)) for level in rise.course),
                    "smoothed",
                ),
                Fact("rise", depth, "share of progress"),
                Fact("chance that it does not rise", rise.chance, "probability"),
            ),
        )


def _gap(prepared: Prepared, train: Prepared) -> float | None:
    """Validation minus train level at the end, as a share of the progress; None for different quantities."""
    if prepared.curve.role.quantity != train.curve.role.quantity or len(train) == 0:
        return None
    last = max(2, len(prepared.points_y) // 8)
    train_last = max(2, len(train.points_y) // 8)
    return float(prepared.points_y[-last:].mean() - train.points_y[-train_last:].mean()) / prepared.progress


def _undetermined(
    curve: Curve,
    summary: str,
    missing: tuple[str, ...],
    value: float | None = None,
    threshold: float | None = None,
) -> Verdict:
    return Verdict(
        Overfitting.name,
        "undetermined",
        summary,
        tags=(curve.key,),
        missing=missing,
        value=value,
        threshold=threshold,
        unit="share of progress" if value is not None else "",
        details={"depth": value, "gap": None},
    )
