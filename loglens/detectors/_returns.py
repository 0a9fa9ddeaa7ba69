"""Returns of reinforcement learning: noisy, averaged over episodes, and never on a known scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.detector import Inputs, Wanted
from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Quantity
from loglens.statistics.departure import Departure, departure
from loglens.statistics.median import median

RETURN: tuple[Quantity, ...] = ("reward",)
RETURNS = Wanted(("train", "validation", "none"), RETURN, directed=True)
POLICY_CHANGE = Wanted(("train", "none"), ("kl",))

FEWEST = 20
"""Points: returns are too noisy for fewer."""
LATE = 0.2
"""The end of a return curve: the last tenth of a loss is too short for averages over a hundred episodes."""
HELD = 5
"""Points within which a level must have been held before it counts as lost; one lucky rollout is none."""
LEFT_START = 0.5
"""A return that ends lower than its first one by this share of it: a lucky start is seldom twice the mean."""
BEYOND_EARLIER = 1.5
"""Times the largest setback that was recovered from: policies fall and come back, and the next time as well."""
LARGE_KL = 1.0
"""Nats that one update may change a policy by: PPO aims at .01 to .05 (SB3's and Spinning Up's target_kl)."""


@dataclass(frozen=True, slots=True)
class Collapse:
    """A return that came down for good: from the point `index` on, having lost `lost` of what it had gained.

    `beneath` when it never gained and ended beneath its start, at one update that tore the policy away.
    """

    index: int
    lost: float
    level: float
    beneath: bool = False


def collapse(prepared: Prepared, inputs: Inputs, least: float) -> Collapse | None:
    """The collapse of a return, or None: every point of the last fifth has lost half of `least`, their median all."""
    points = prepared.points_y
    if len(points) < FEWEST:
        return None
    late = points[-max(int(LATE * len(points)), HELD) :]
    gained = prepared.initial - prepared.best
    end = median(late)
    if prepared.learned or gained > LEFT_START * abs(prepared.initial):
        found = _left_its_level(prepared, gained)
        if found is None or end - prepared.best < least * gained:
            return None
        if float(late.min()) - prepared.best < 0.5 * least * gained:
            return None
        if end - prepared.best < BEYOND_EARLIER * _largest_setback(points[: found.index]):
            return None
        return Collapse(found.index, (end - prepared.best) / gained, prepared.logged(end))
    start = float(points[0])
    fell = end - start
    if fell < LEFT_START * abs(start) or float(late.min()) - start < 0.5 * fell or not _torn(inputs):
        return None
    index = int(np.argmax(points - start > 0.5 * fell))
    return Collapse(index, fell / abs(start), prepared.logged(end), beneath=True)


def _left_its_level(prepared: Prepared, gained: float) -> Departure | None:
    """The departure from the best level, if that level was held by several points: a single one may be luck."""
    held = prepared.points_y <= prepared.best + 0.25 * gained
    if int(held.sum()) < HELD:
        return None
    return departure(prepared.points_y, prepared.best, 0.25 * gained)


def _largest_setback(points: Floats) -> float:
    """The most that was lost from an earlier best, float64[n] with lower better, before a new best was reached."""
    if len(points) == 0:
        return 0.0
    best = np.minimum.accumulate(points)
    recovered = points[: int(np.argmin(points)) + 1]
    return float(np.max(recovered - best[: len(recovered)], initial=0.0))


def _torn(inputs: Inputs) -> bool:
    """Whether a logged divergence between the old and the new policy was ever out of all proportion."""
    curves = [c for c in inputs.context if POLICY_CHANGE.matches(c)]
    return any(bool(np.nanmax(np.abs(c.values), initial=0.0) > LARGE_KL) for c in curves)
