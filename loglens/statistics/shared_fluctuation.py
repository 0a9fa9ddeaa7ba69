"""How much of their fluctuation two curves share, point by point."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loglens.statistics.fluctuation import FEW, Fluctuation, drawn_in


@dataclass(frozen=True, slots=True)
class Shared:
    """What the late residuals of two curves have in common.

    `size` is the root of their covariance (0 when that is negative): the geometric mean of what either shows of the
    common part. `correlation` is theirs, over `points` late points.
    """

    size: float
    correlation: float
    points: int

    @property
    def errors(self) -> float:
        """The correlation in its standard errors 1 / sqrt(m) of independent residuals."""
        return self.correlation * math.sqrt(self.points)


def shared_fluctuation(one: Fluctuation, other: Fluctuation) -> Shared:
    """What two fluctuations of n points each share, late and without the spikes of either.

    Noise of their own averages out of the covariance: with standard deviations s and t it leaves s t / sqrt(m) of m
    points, where each curve's variance keeps s^2. Each trend costs its degrees of freedom, the covariance the
    geometric mean of both.
    """
    keep = ~(one.spikes | other.spikes)
    keep[: one.first] = False
    ours, theirs = one.residual[keep], other.residual[keep]
    m = len(ours)
    if m >= FEW:
        ours, theirs = drawn_in(ours), drawn_in(theirs)
    together = float(ours @ theirs)
    sizes = math.sqrt(float(ours @ ours) * float(theirs @ theirs))
    degrees = math.sqrt(min(one.degrees, m) * min(other.degrees, m))
    size = math.sqrt(max(together, 0.0) / degrees) if m else 0.0
    return Shared(size, together / sizes if sizes > 0 else 0.0, m)
