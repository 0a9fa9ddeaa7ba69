"""Whether a swing is surely more than noise: by its own size or by what its pair shares of it, and repeatedly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.detector import Inputs
from loglens.detectors._beside import at_steps_of
from loglens.detectors._swing import HIGH_CONFIDENCE, Swing, swing_of
from loglens.runs.curve import Curve
from loglens.statistics.heading import heading
from loglens.statistics.shared_fluctuation import Shared

HUMP_POINTS = (15, 30)
"""Of a run so short, a hump passes through any swing; of one so long, a swing is still as large beside it."""
MANY, HIGH = 4, 2.0
"""A swing that goes up so many times by so many of its sd is no hump, which goes up once, and whose noise is less: none
of 600 tuning runs is told otherwise than by a fit with a hump."""
MOST_OF_IT = 0.5
"""Beside a hump .4 of the progress high, noise of .04 leaves less than half of the fluctuation (tuning seeds)."""

SHARED_ERRORS = 2.0
"""Standard errors above 0 from which on residuals are surely correlated: 3 % of independent ones are."""
ALONG_ERRORS = 1.0
"""And from which on they may be: one in six of independent ones are (normal law)."""
FEW_DEGREES, ALONE_OF_FEW = 8.0, 2.0
"""A bound of so few degrees of freedom that train does not support must be twice as high: judged again at every epoch,
1.9 instead of 3.8 % of healthy runs are ever flagged for 1 % fewer short swings of .05 and .1 found (tuning seeds)."""

FOUND = ((1.5, 0.905), (1.65, 0.95), (1.95, 0.96), (2.1, HIGH_CONFIDENCE))
"""Size over the limit, and the share of findings that was right: of 6,800 on tuning runs of all families of the
accuracy benchmark. Below 1.5 it does not grow: what is found there is found by what train shares of it."""
MOST_MISSED, BY_SIZE, BY_POINTS = 0.61, 3.3, 2.1
"""A logistic regression on the 9,000 passes of 96,000 such runs whose noise is above .4 limits: the odds that a curve
of `FEW_POINTS` whose noise is `LIKE_LIMIT` swings all the same, and the powers by which they grow with its size and
shrink with its points."""
FEW_POINTS, LIKE_LIMIT = 10, 0.8
"""Fewer points count as so many, larger noise as so many limits: beyond it the odds no longer grow, since the waves of
a schedule pass, too."""
FEWEST_TO_PASS, TOO_LARGE = 16, 2.0
"""A swing of so many limits over fewer points is no pass: of 84 such passes in 64,000 runs 78 did oscillate."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a swing must exceed, as shares of the progress: by itself, and jointly with its pair."""

    alone: float
    joint: float

    def of(self, swing: Swing, curve: Curve, inputs: Inputs) -> Limits:
        """The limits as shares of what was gained, for a course that still falls: it is heading for more."""
        whole = heading(swing.values, swing.found.trend, inputs.prepared(curve).initial)
        return Limits(self.alone * whole, self.joint * whole)


def exceeded(curve: Curve, swing: Swing, limits: Limits, inputs: Inputs) -> float | None:
    """The limit that `swing` surely and repeatedly exceeds; None if it does not."""
    if swing.size <= limits.joint or not swing.repeats(limits.alone):
        return None
    pair = _pair_beside(curve, swing, inputs)
    together = None if pair is None else swing.shared(pair)
    unsupported = together is not None and together.errors <= ALONG_ERRORS and swing.found.degrees <= FEW_DEGREES
    alone = swing.sure > limits.alone * (ALONE_OF_FEW if unsupported else 1.0)
    shared = together is not None and _surely(together, limits.joint * swing.scale)
    calm = pair is not None and pair.size < limits.alone and curve.role.phase != "validation"
    if not shared and (calm or not alone):  # weights that swing would swing the evaluation, too
        return None
    if not _beside_a_hump(swing, pair, limits):
        return None
    return limits.alone if alone else limits.joint


def cannot_tell(swing: Swing, limits: Limits) -> bool:
    """Whether a swing that is no finding is too large for a pass, over points too few for a finding."""
    return len(swing.values) < FEWEST_TO_PASS and swing.size > TOO_LARGE * limits.alone


def confidence(swing: Swing, limits: Limits, *, found: bool) -> float:
    """Probability that the verdict on `swing` is right, by its size and its points; `found` or calm."""
    size = swing.size / limits.alone
    if found:
        sizes, shares = zip(*FOUND, strict=True)
        return float(np.interp(size, sizes, shares))
    few = FEW_POINTS / max(len(swing.values), FEW_POINTS)
    odds = MOST_MISSED * min(size / LIKE_LIMIT, 1.0) ** BY_SIZE * few**BY_POINTS
    return float(min(1.0 / (1.0 + odds), HIGH_CONFIDENCE))


def _pair_beside(curve: Curve, swing: Swing, inputs: Inputs) -> Swing | None:
    """The swing of the paired curve at the points of `swing`, in the same units; None where it is not known there."""
    pair = inputs.pair_of(curve)
    prepared = inputs.prepared(curve)
    if pair is None or pair.role.quantity != curve.role.quantity or len(prepared.points_y) != len(prepared.y):
        return None
    values = at_steps_of(prepared, inputs.prepared(pair))
    return None if values is None or len(values) != len(swing.values) else swing_of(values, swing.scale)


def _beside_a_hump(swing: Swing, pair: Swing | None, limits: Limits) -> bool:
    """Whether most of it is left when the course may rise and fall again once: then it is no hump with noise."""
    needed = float(np.interp(len(swing.values), HUMP_POINTS, (0.0, 1.0)))
    if needed <= 0 or swing.repeats(max(HIGH * swing.size, limits.alone), MANY):
        return True
    rest = swing.beside_a_hump()
    if rest.size > min(needed * limits.alone, MOST_OF_IT * swing.size):
        return True
    return pair is not None and _surely(rest.shared(pair.beside_a_hump()), needed * limits.joint * swing.scale)


def _surely(shared: Shared, least: float) -> bool:
    return shared.errors > SHARED_ERRORS and shared.size > least
