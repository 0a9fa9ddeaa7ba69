"""The detector divergence: a loss that loses what it had gained or rises beyond its start, a return that collapses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._place import epoch_at, place
from loglens.detectors._returns import FEWEST, POLICY_CHANGE, RETURNS, collapse
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.departure import Departure, departure
from loglens.verdict import Fact, Interval, Marker, Verdict

MARGIN = 0.1
"""A tenth of the progress above the best level is still at that level: where a rise begins is told to that."""
SURE_SD = 2.5
"""The jump in sd of the noise before it: noise of half the progress ends so high in 2 % of runs (tuning seeds)."""
HELD, UNHELD = 3, 0.25
"""A level of fewer points may be one lucky batch; to leave it, the curve must rise by this share of its start."""
CALM_TRAIN = 0.5
"""A train loss that keeps half of its progress has not diverged, whatever the evaluation does."""
LEAST_SCALE = 0.2
"""Of the start: a loss that gained less has little to lose, and one lucky batch is soon half of it."""
SURE, UNSURE = 0.98, 0.6
"""No verdict is given with more or with less confidence: a choice."""
COLLAPSE_SURE = 0.9
"""Returns that collapse come back at times: the log cannot show whether this one would."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """A loss that rises for good: half of all that was gained is lost, or it stands above where it began.

    Why it matters: the weights have been thrown out of the valley they were in, and nothing after that step is worth
    keeping. More training does not bring them back while the steps stay as large.

    What to do: go back to the checkpoint before the departure; lower the learning rate (a third is a good first
    try), warm up longer, clip the gradient norm. Heavy momentum near the edge of stability asks for the same.

    How it decides: on block means, the median of the last tenth of the curve against its best level. A finding when
    it is up by `least` of the progress (of a fifth of the start, where less was gained), every point of that last
    tenth holds at least half of that, and it is 2.5 standard deviations of the noise above what came before. A
    validation loss that rises while the train loss keeps its level has overfitted, which is another verdict; without
    any train loss it stays undetermined. A best level of fewer than three points may be one lucky batch: the curve must
    then rise by a quarter of its start. Values that end as NaN or Inf are told by non-finite. A return of
    reinforcement learning has collapsed when its last fifth has lost `least` of what was gained and held over five
    points; or when it lies beneath its first value by half of that, after an update whose logged KL divergence is
    above 1 nat.

    Reference: on the edge of stability: Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the
    Edge of Stability, ICLR 2021.
    """

    name: ClassVar[str] = "divergence"
    judges: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss",), directed=True), RETURNS)
    reads: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss",)), POLICY_CHANGE)

    least: float = parameter(
        0.5, unit="share of progress", low=0.1, high=5.0, source="overfitting by .4 of the progress is not divergence"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(
            self._return(curve, inputs) if RETURNS.matches(curve) else self._verdict(curve, inputs)
            for curve in inputs.judged
        )

    def _return(self, curve: Curve, inputs: Inputs) -> Verdict:
        """The verdict on a return of reinforcement learning: its policy may collapse."""
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared.points_y) < FEWEST:
            why = f"{tag} has fewer than {FEWEST} points, too few for a return."
            return Verdict(self.name, "not-applicable", why, tags=(curve.key,))
        found = collapse(prepared, inputs, self.least)
        if found is None:
            return self._pass(curve, 0.0, f"{tag} did not collapse.")
        start = int(prepared.points_index[found.index])
        what = "falls beneath where it began" if found.beneath else f"loses {_share(found.lost)} of what it had gained"
        cause = ", after an update that changed the policy out of all proportion" if found.beneath else ""
        return Verdict(
            self.name,
            "fail",
            f"{tag} collapses at {place(curve, start)}: it {what} and stays there (at {found.level:.3g}){cause}.",
            confidence=COLLAPSE_SURE,
            tags=(curve.key,),
            advice=(
                "Keep the checkpoint before this step. Start again with a third of the learning rate or less, fewer "
                "passes over each batch, a tighter clip range or a target for the KL divergence; look at the entropy: "
                "a policy without any explores no more and does not come back."
            ),
            start_step=int(curve.steps[start]),
            start_epoch=epoch_at(curve, start),
            value=found.lost,
            threshold=self.least,
            unit="share of the start" if found.beneath else "share of progress",
            details={"lost_progress": found.lost},
            evidence=(
                Interval(curve.key, int(curve.steps[start]), None, "collapsed"),
                Fact("return at the end", found.level),
            ),
        )

    def _verdict(self, curve: Curve, inputs: Inputs) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared) and prepared.index[-1] != len(curve.values) - 1:
            why = f"{tag} ends in NaN or Inf, which non-finite tells."
            return Verdict(self.name, "not-applicable", why, tags=(curve.key,))
        if len(prepared) < 5:
            return Verdict(self.name, "not-applicable", f"{tag} has fewer than 5 finite points.", tags=(curve.key,))
        scale = _scale(prepared)
        found = departure(prepared.points_y, prepared.best, MARGIN * scale)
        lost = 0.0 if found is None else found.rise / scale
        held = found is not None and (found.index >= HELD or found.rise >= UNHELD * abs(prepared.initial))
        small = found is None or lost < self.least or found.lowest < self.least / 2 * scale
        if found is None or small or not held or found.sureness < SURE_SD:
            return self._pass(curve, lost, f"{tag} keeps what it has gained.")
        train = _train_of(curve, inputs)
        if curve.role.phase == "validation" and train is None:
            return Verdict(
                self.name,
                "undetermined",
                f"{tag} rises by {_share(lost)} of its progress; without a train loss this may be overfitting as well.",
                tags=(curve.key,),
                advice="Log the train loss: if it rises, too, the training diverged; if it keeps falling, it overfits.",
                missing=("train/loss",),
                details={"lost_progress": lost},
            )
        if curve.role.phase == "validation" and train is not None and _lost_share(train) < CALM_TRAIN:
            return self._pass(curve, lost, f"{tag} rises, but {train.curve.label} does not: not a divergence.")
        return self._finding(curve, prepared, found, lost)

    def _pass(self, curve: Curve, lost: float, summary: str) -> Verdict:
        near = NormalDist().cdf((self.least - lost) / (0.25 * self.least))
        return Verdict(
            self.name,
            "pass",
            summary,
            confidence=min(max(near, UNSURE), SURE),
            tags=(curve.key,),
            value=lost,
            threshold=self.least,
            unit="share of progress",
            details={"lost_progress": lost},
        )

    def _finding(self, curve: Curve, prepared: Prepared, found: Departure, lost: float) -> Verdict:
        start = int(prepared.points_index[found.index])
        beyond = prepared.best + found.rise > prepared.initial
        where = "to above where it began" if beyond else f"and loses {_share(lost)} of what it had gained"
        if not prepared.learned and beyond and found.index <= 1:
            where = "from the beginning"
        level = prepared.logged(prepared.best + found.rise)
        sure = NormalDist().cdf(min(lost / self.least, found.sureness / SURE_SD))
        return Verdict(
            self.name,
            "fail",
            f"{curve.label} rises from {place(curve, start)} on, {where} (to {level:.3g}).",
            confidence=min(max(sure, UNSURE), SURE),
            tags=(curve.key,),
            advice=(
                "Keep the checkpoint before this step. Start again from it with a third of the learning rate; if it "
                "still leaves, clip the gradient norm and look at the data around this step. A longer warm-up helps "
                "when it happens early."
            ),
            start_step=int(curve.steps[start]),
            start_epoch=epoch_at(curve, start),
            value=lost,
            threshold=self.least,
            unit="share of progress",
            details={"lost_progress": lost},
            evidence=(
                Interval(curve.key, int(curve.steps[start]), None, "diverges"),
                Marker(curve.key, int(curve.steps[start]), "leaves its level", float(curve.values[start])),
                Fact("lost", lost, "share of progress"),
            ),
        )


def _scale(prepared: Prepared) -> float:
    """The progress, or a fifth of the start where less was gained, so that half of it is a rise by a tenth at least.

    Noise does not enter: a blow-up is in every estimate of it.
    """
    gained = prepared.initial - prepared.best
    return max(gained, LEAST_SCALE * abs(prepared.initial)) or prepared.progress


def _train_of(curve: Curve, inputs: Inputs) -> Prepared | None:
    pair = inputs.pair_of(curve)
    if pair is None:
        pair = next((c for c in inputs.judged if c.role.phase in ("train", "none") and c.key != curve.key), None)
    return None if pair is None else inputs.prepared(pair)


def _lost_share(prepared: Prepared) -> float:
    """The share of its progress that a curve has lost at its end; all of it when it ends in NaN or Inf."""
    if not len(prepared) or prepared.index[-1] != len(prepared.curve.values) - 1:
        return 1.0
    scale = _scale(prepared)
    found = departure(prepared.points_y, prepared.best, MARGIN * scale)
    return 0.0 if found is None else found.rise / scale


def _share(lost: float) -> str:
    return f"{100 * lost:.0f} %" if lost < 10 else f"{lost:.0f} times"
