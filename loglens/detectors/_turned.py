"""Whether a curve has turned and rises up to its end: how sure that is, how much is lost, and since where."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, Ints
from loglens.prepared import Prepared
from loglens.statistics.turning_point import Turn, turning_point
from loglens.statistics.upturn import upturn_log_odds

FEWEST = 7
"""Evaluations after the main drop: a rise over fewer is seen by chance too often to tell."""
USUAL_NOISE = 0.01
"""Of the progress: nine in ten curves of DeepOBS and of the trainer are less noisy, and some more."""
LOOKS = (0.5, 0.3, 0.2)
"""Weights of what is seen at the last three evaluations. A rise that the last one alone shows is mostly noise, and a
live view asks at each of them: a third fewer healthy tuning runs are ever flagged at the same recall."""
HOPELESS, CERTAIN = -2.25, 20.0
"""Evidence of the last evaluation below and above which the earlier ones are not worth their time: of 64,000 tuning
runs 62 are then passed instead of left open, and no finding is lost or gained."""
SHORT, ENOUGH = 16.0, 24
"""Taken off the log odds over the number of points, up to so many: few points make large odds by chance, and so do
many along a level that stays flat (tuning runs of 10 to 200 evaluations)."""
LOUD = 1.0
"""Taken off for each e-fold of noise above the usual: rises that stand out of loud noise are rarer (tuning runs). Where
more is lost than was ever gained, noise is usual in proportion to the loss."""
REMEMBERED = 2.0
"""Taken off times the memory that the noise shows, where that is above 0: at the same recall on white noise fewer runs
are flagged whose noise remembers, and a seventh fewer of those judged at every evaluation (64,000 tuning runs)."""
EVEN, STEEPNESS = -1.2, 1.15
"""A logistic regression on the 14,400 rises that matter in 64,000 tuning runs of all families of the accuracy
benchmark, of which one in six overfits by .05 to .4 of the progress: the log odds, after what is taken off, at which
half of them do, and how fast the share grows."""


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """The rise at the end of a curve, if it is one.

    `chance` is that of no rise; `depth` is a share of the progress; `course` float64[k] at `steps` int64[k] is what
    lies behind the points, lower is better; `lowest` is its lowest level, `bottom` indexes the curve's values where it
    is, and `lasted` is how many evaluations ago that was.
    """

    chance: float
    depth: float
    lowest: float
    bottom: int
    lasted: int
    steps: Ints
    course: Floats


def turned(prepared: Prepared) -> Turned | None:
    """What the points after the main drop show; None when there are fewer than seven."""
    settled, index = prepared.settled, prepared.points_index[prepared.transient :]
    if len(settled) < FEWEST:
        return None
    turn = turning_point(settled)
    return Turned(
        chance=_chance(settled, turn, USUAL_NOISE * prepared.progress, prepared.memory.mean),
        depth=turn.rise / prepared.progress,
        lowest=float(turn.course[turn.bottom]),
        bottom=int(index[turn.bottom]),
        lasted=(len(settled) - 1 - turn.bottom) * prepared.block,
        steps=np.asarray(prepared.curve.steps[index], dtype=np.int64),
        course=turn.course,
    )


def _chance(settled: Floats, turn: Turn, usual_sd: float, memory: float) -> float:
    n = len(settled)
    if turn.bottom > n - 3:
        return 1.0
    loud = turn.sd / max(usual_sd, USUAL_NOISE * turn.rise)  # a curve that never gained may rise by many times that
    taken_off = SHORT / min(n, ENOUGH) + LOUD * math.log(max(loud, 1.0)) + REMEMBERED * max(memory, 0.0)
    evidence = upturn_log_odds(settled, usual_sd) - taken_off
    if HOPELESS < evidence < CERTAIN:
        earlier = [upturn_log_odds(settled[: n - back], usual_sd) - taken_off for back in range(1, len(LOOKS))]
        evidence = sum(weight * one for weight, one in zip(LOOKS, (evidence, *earlier), strict=True))
    return 1.0 / (1.0 + math.exp(min(max(STEEPNESS * (evidence - EVEN), -700.0), 700.0)))
