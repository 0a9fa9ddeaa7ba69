"""The detector loss-spike: a loss that jumps up beyond its noise, and whether it came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detector import Inputs, Wanted, parameter
from loglens.detectors._place import epoch_at, place
from loglens.detectors._swing import rate_at, scale_of
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.spikes import LONG, Spike, long_spikes, short_spikes
from loglens.verdict import Evidence, Fact, Interval, Marker, Verdict

SMOOTHED_SPAN = 4.0
"""A writer that averaged over so many points has flattened what was short and stretched what was not."""
RESTART = 1.3
"""A learning rate that grew by this factor just before explains the jump."""
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

    How it decides: long curves by residuals from a trailing median in local robust sd, and their averages over 4,
    16 and 64 points, against how high noise with the same skewness and tails will reach; curves below 300 points
    by their distance from the course of their running medians, with a threshold for so few points and at least
    `least` of the progress. A warning when the loss came back to its level, a fail when it never did. Jumps right
    after a logged learning rate grew are the schedule's. A curve that its writer smoothed gets no verdict.

    Reference: Hoaglin, g-and-h distributions, in: Exploring Data Tables, Trends, and Shapes, 1985; spikes of large
    trainings: Chowdhery et al., PaLM, 2022, section 5.1.
    """

    name: ClassVar[str] = "loss-spike"
    judges: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss",), directed=True),)
    reads: ClassVar[tuple[Wanted, ...]] = (Wanted(("train", "none", "validation"), ("loss", "learning-rate")),)

    least: float = parameter(
        0.1, unit="share of progress", low=0.0, high=1.0, source="half of the least oscillation of +-1 sd that warns"
    )
    false_alarm: float = parameter(
        0.03, unit="false spikes a curve", low=0.001, high=0.5, source="the bar is .1 a run, with two curves judged"
    )

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(self._verdict(curve, inputs) for curve in inputs.judged)

    def _verdict(self, curve: Curve, inputs: Inputs) -> Verdict:
        prepared = inputs.prepared(curve)
        tag = curve.label
        if len(prepared) < 8:
            return Verdict(self.name, "not-applicable", f"{tag} has fewer than 8 finite points.", tags=(curve.key,))
        if prepared.span >= SMOOTHED_SPAN:
            return Verdict(
                self.name,
                "undetermined",
                f"{tag} was smoothed by its writer (over about {prepared.span:.0f} points), which hides spikes.",
                tags=(curve.key,),
                advice="Log the loss of each step as it is; TensorBoard smooths for display.",
                missing=(f"{tag} unsmoothed",),
            )
        scale = scale_of(curve, inputs)
        floor = self.least * scale
        if len(prepared) >= LONG:
            found = [s for s in long_spikes(prepared.y, self.false_alarm) if s.height > floor]
        else:
            found = list(short_spikes(prepared.y, floor, as_ratio=curve.role.phase in ("train", "none")))
        found = [spike for spike in found if not _rate_grew(curve, prepared, spike, inputs)]
        if not found:
            return Verdict(
                self.name,
                "pass",
                f"{tag} has no spikes beyond its noise.",
                confidence=0.95,
                tags=(curve.key,),
                value=0.0,
                unit="spikes",
                details={"count": 0, "steps": ()},
            )
        return self._finding(curve, prepared, found, scale)

    def _finding(self, curve: Curve, prepared: Prepared, found: list[Spike], scale: float) -> Verdict:
        lost = next((spike for spike in found if _regained(prepared, spike) is False), None)
        first = found[0]
        start = int(prepared.index[first.start])
        steps = tuple(int(curve.steps[prepared.index[spike.peak]]) for spike in found[:MOST_NAMED])
        highest = max(found, key=lambda spike: spike.height)
        height = 100 * highest.height / scale
        times = "once" if len(found) == 1 else f"{len(found)} times"
        text = f"{curve.label} spikes {times}, first at {place(curve, start)}, by up to {height:.2g} % of its progress"
        if lost is not None:
            text += f"; after {place(curve, int(prepared.index[lost.start]))} it never regains its level."
        elif _regained(prepared, found[-1]) is None:
            text += "; the log ends before it can have come back."
        else:
            text += ", and comes back each time."
        end = None if lost is not None else int(prepared.index[found[-1].end])
        evidence: tuple[Evidence, ...] = tuple(
            Marker(curve.key, step, "spike", float(prepared.logged(float(prepared.y[spike.peak]))))
            for step, spike in zip(steps, found, strict=False)
        )
        if lost is not None:
            evidence += (Interval(curve.key, int(curve.steps[prepared.index[lost.start]]), None, "level not regained"),)
        return Verdict(
            self.name,
            "warn" if lost is None else "fail",
            text,
            confidence=0.95 if highest.surprise > 10.0 or len(found) > 1 else 0.85,
            tags=(curve.key,),
            advice=(
                "Go back to the checkpoint before it. Then clip the gradient norm and lower the learning rate; rerun "
                "from there with the data in another order: if it spikes at the same step again, it is not the data."
                if lost is not None
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
            evidence=(*evidence, Fact("highest spike", round(height, 3), "% of the progress")),
        )


def _regained(prepared: Prepared, spike: Spike) -> bool | None:
    """Whether the level before the spike came back after it; None when the log ends too early to tell."""
    y = prepared.y
    after = y[spike.end + 1 :]
    need = 3 if len(y) < LONG else 21
    if len(after) < need:
        return None
    width = max(1, min(need, len(after) // 3))
    groups = after[: len(after) // width * width].reshape(-1, width)
    lowest = float(np.median(groups, axis=1).min())
    before = float(y[spike.peak]) - spike.height
    return lowest < before + 0.25 * spike.height


def _rate_grew(curve: Curve, prepared: Prepared, spike: Spike, inputs: Inputs) -> bool:
    back = max(0, spike.start - 1 - (spike.end - spike.start))
    rate = rate_at(curve, prepared.index[np.arange(back, spike.peak + 1)], inputs)
    return rate is not None and bool(rate[-1] > RESTART * rate.min() > 0)
