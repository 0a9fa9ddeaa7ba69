"""The detector loss-spike: a loss that jumps up beyond its noise, and whether it came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._beside import at_steps
from loglens.detectors._place import epoch_at, place
from loglens.detectors._spike_rate import rate_grew, restart_period
from loglens.detectors._swing import scale_of
from loglens.digits import percent
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.long_spikes import LONG, long_spikes
from loglens.statistics.median import median
from loglens.statistics.short_spikes import FEWEST, short_spikes
from loglens.statistics.spike import Spike
from loglens.verdict import Evidence, Fact, Interval, Marker, Verdict

SMOOTHED_SPAN = 4.0
"""A writer that averaged over so many points has flattened what was short and stretched what was not."""
LOW, SURER = 2.0, 1.2
"""A spike of a long curve lower than so many times `least` must be so many times as strong as another: of 18 such that
were weaker in 3,500 tuning runs of all families, one was true. So must one where no more than `least` was learned
before it: of 40 trained runs that never leave the level of guessing 5 instead of 10 are told to spike."""
BACK = 21
"""The median of so many points tells that a level came back."""
BEYOND_DOUBT = 1.6
"""Of the strength that a spike needs: from here on, or when there are several, it is sure."""
SURE, LIKELY, NO_SPIKE = 0.98, 0.8, 0.99
"""Of 700 tuning runs a family, with the healthy ones of white, first-order and t noise: 605 of 617 sure spikes were
true, 41 of 56 others (87 % without the additional healthy ones), 99.7 % of the passes."""
MOST_NAMED = 20
"""Spikes listed in the details; `count` has all of them."""


@dataclass(frozen=True, slots=True)
class LossSpike:
    """A loss that suddenly jumps far above its own noise: once, several times, or for good.

    Why it matters: a spike is an update that threw the weights out of place (a bad batch, too large a step, fp16
    overflow). Most recover and cost some time; a level that is never regained has lost what was learnt, and the
    checkpoint before it is the better one. Spikes that grow more frequent announce a divergence.

    What to do: clip the gradient norm; lower the learning rate or warm up longer; look at the batches of that
    step and skip them if they are broken; go back to the checkpoint before a spike that was not regained.

    How it decides: a spike must rise by `least` of the progress, and out of the noise. Long curves (from 201 points)
    are held against their trailing median, in local robust sd; by the law of their own noise, with its skew and
    tails, single points and sums of 2, 4, 16 and 64 neighbours, the later ones counted for less, must be as
    improbable as `false_alarm` a curve: noise strikes points one by one, a spike takes some to come back. Where it
    came back and rises again, that is another one. Below 1,000 points, for the last points of a log, where it rises
    by less than twice `least`, and where nothing was learned before it, it must be surer. Shorter ones are held
    against the course between their neighbours. Where train and validation loss were logged at the same points both
    are asked: noise of an evaluation strikes one of them, weights thrown out of place show in both. A warning when
    the loss came back to its level, a fail when it never did. Jumps right after a logged learning rate grew are the
    schedule's. A curve that its writer smoothed gets no verdict, nor does a short one whose jumps look like restarts
    of a rate that was not logged.

    Reference: Stouffer et al., The American Soldier, 1949, for the sums; Hoaglin, g-and-h distributions, in:
    Exploring Data Tables, Trends, and Shapes, 1985, for the tails; spikes of large trainings: Chowdhery et al.,
    PaLM, 2022, section 5.1.
    """

    name: ClassVar[str] = "loss-spike"
    judges: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss",), directed=True),)
    reads: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss", "learning-rate")),)

    least: float = parameter(
        0.1, unit="share of progress", low=0.0, high=1.0, source="a choice: a tenth of all that was learned"
    )
    false_alarm: float = parameter(
        0.12,
        unit="false spikes a curve",
        low=0.001,
        high=0.5,
        source="asked of several scales that overlap: .02 to .06 are measured",
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._verdict(curve, inputs) for curve in inputs.judged)

    def _verdict(self, curve: Curve, inputs: Inputs) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared) < FEWEST:
            why = f"{tag} has fewer than {FEWEST} finite points."
            return Verdict(self.name, "not-applicable", why, tags=(curve.key,))
        if prepared.span >= SMOOTHED_SPAN:
            return Verdict(
                self.name,
                "undetermined",
                f"{tag} was smoothed by its writer (over about {prepared.span:.0f} points), which hides spikes.",
                tags=(curve.key,),
                advice="Log the loss of each step as it is; TensorBoard smooths for display.",
                missing=(f"{tag} unsmoothed",),
            )
        scale = _scale(curve, prepared, inputs)
        floor = self.least * scale
        beside = _pair_at(curve, prepared, inputs)
        if len(prepared) >= LONG:
            every = long_spikes(prepared.y, self.false_alarm, beside)
        else:
            every = short_spikes(prepared.y, floor, beside, as_ratio=curve.role.phase in ("train", "none"))
        found = [s for s in every if _stands_out(prepared, s, floor) and not rate_grew(curve, prepared, s, inputs)]
        if not found:
            return Verdict(
                self.name,
                "pass",
                f"{tag} has no spikes beyond its noise.",
                confidence=NO_SPIKE,
                tags=(curve.key,),
                value=0.0,
                unit="spikes",
                details={"count": 0, "steps": ()},
            )
        period = restart_period(prepared, found, inputs)
        if period is not None:
            return Verdict(
                self.name,
                "undetermined",
                f"{tag} jumps up in waves of {period:g} points that look like restarts of the learning rate, which was "
                f"not logged.",
                tags=(curve.key,),
                advice="Log the learning rate; with it the waves of a schedule can be told from spikes.",
                missing=("learning_rate",),
            )
        return self._finding(curve, prepared, found, scale)

    def _finding(self, curve: Curve, prepared: Prepared, found: list[Spike], scale: float) -> Verdict:
        unregained = next((spike for spike in found if _regained(prepared, spike) is False), None)
        first = found[0]
        start = int(prepared.index[first.start])
        steps = tuple(int(curve.steps[prepared.index[spike.peak]]) for spike in found[:MOST_NAMED])
        highest = max(found, key=lambda spike: spike.height)
        height, once = percent(highest.height / scale), len(found) == 1
        times = "once, at" if once else f"{len(found)} times, first at"
        text = (
            f"{curve.label} spikes {times} {place(curve, start)}, by {'' if once else 'up to '}{height} of its progress"
        )
        if unregained is not None:
            text += f"; after {place(curve, int(prepared.index[unregained.start]))} it never regains its level."
        elif _regained(prepared, found[-1]) is None:
            text += "; the log ends before it can have come back."
        else:
            text += ", and comes back." if once else ", and comes back each time."
        end = None if unregained is not None else int(prepared.index[found[-1].end])
        evidence: tuple[Evidence, ...] = tuple(
            Marker(curve.key, step, "spike", float(prepared.logged(float(prepared.y[spike.peak]))))
            for step, spike in zip(steps, found, strict=False)
        )
        if unregained is not None:
            evidence += (
                Interval(curve.key, int(curve.steps[prepared.index[unregained.start]]), None, "level not regained"),
            )
        return Verdict(
            self.name,
            "warn" if unregained is None else "fail",
            text,
            confidence=SURE if max(spike.strength for spike in found) > BEYOND_DOUBT or len(found) > 1 else LIKELY,
            tags=(curve.key,),
            advice=(
                "Go back to the checkpoint before it. Then clip the gradient norm and lower the learning rate; rerun "
                "from there with the data in another order: if it spikes at the same step again, it is not the data."
                if unregained is not None
                else "Look at the batches of these steps, and clip the gradient norm. If clipping ends the spikes, the "
                "steps were too large: a lower learning rate or a longer warm-up will do the same."
            ),
            start_step=int(curve.steps[start]),
            end_step=None if end is None else int(curve.steps[end]),
            start_epoch=epoch_at(curve, start),
            end_epoch=None if end is None else epoch_at(curve, end),
            value=float(len(found)),
            threshold=0.0,
            unit="spikes",
            details={"count": len(found), "steps": steps},
            evidence=(*evidence, Fact("highest spike", highest.height / scale, "share of progress")),
        )


def _pair_at(curve: Curve, prepared: Prepared, inputs: Inputs) -> Floats | None:
    """The paired loss float64[n] at each point of `curve`; None where it was not logged there."""
    pair = inputs.pair_of(curve)
    if pair is None or pair.role.quantity != "loss" or pair.x_unit != curve.x_unit:
        return None
    return at_steps(prepared.x, inputs.prepared(pair))


def _stands_out(prepared: Prepared, spike: Spike, floor: float) -> bool:
    """Whether a spike rises by `floor` and is sure: a low one, and one before anything was learned, must be surer."""
    if spike.strength >= SURER or spike.height <= floor:
        return spike.height > floor
    learned = max(prepared.initial, float(prepared.y[0])) - (float(prepared.y[spike.peak]) - spike.height)
    return learned > floor and (spike.height > LOW * floor or len(prepared) < LONG)


def _scale(curve: Curve, prepared: Prepared, inputs: Inputs) -> float:
    """What the height of a spike is a share of: the progress, but no less than half of an untrained level above zero.

    The first percent of the points tells the start where a loss fell so low that its progress is counted from less.
    """
    start = median(prepared.y[: max(len(prepared) // 100, 5)])
    untrained = prepared.initial if float(prepared.y.min()) > 0 else 0.0
    return max(scale_of(curve, inputs), start - prepared.best, 0.5 * untrained)


def _regained(prepared: Prepared, spike: Spike) -> bool | None:
    """Whether the level before the spike came back after it; None when the log ends too early to tell.

    On a short curve it did: what stays up is the course there.
    """
    y = prepared.y
    if len(y) < LONG:
        return True
    after = y[spike.end + 1 :]
    if len(after) < BACK:
        return None
    medians = np.median(after[: len(after) // BACK * BACK].reshape(-1, BACK), axis=1)
    before = float(y[spike.peak]) - spike.height
    return float(medians.min()) < before + 0.25 * spike.height
