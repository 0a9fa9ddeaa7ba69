"""What a line on a run speaks of: the curve that stands for it and the checkpoint to keep, one on every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglens.health import findings
from loglens.runs.curve import Phase, Quantity
from loglens.verdict import Verdict

if TYPE_CHECKING:
    from loglens.report import CurveReport, RunReport

PHASES: tuple[Phase, ...] = ("validation", "test", "train", "none")
FIRST_LOOKED_AT: tuple[Quantity, ...] = (
    "loss",
    "perplexity",
    "accuracy",
    "error-rate",
    "metric",
    "reward",
    "rl-loss",
    "gan-loss",
)
"""What tells how a training goes, in the order in which a reader looks for it."""


def lead_curve(run: RunReport) -> CurveReport | None:
    """The curve that stands for the run: the one its worst finding judges, else the one that says most.

    Of those that are kept for drawing, where there are any; None for a run without curves.
    """
    drawn = {(curve.dir, curve.tag) for curve in run.display}
    accused = [tuple(verdict.tags[0]) for verdict in findings(run) if verdict.tags]

    def rank(curve: CurveReport) -> tuple[bool, int, tuple[bool, bool, int, int]]:
        key = (curve.dir, curve.tag)
        return key not in drawn, accused.index(key) if key in accused else len(accused), _says(curve)

    return min(run.curves, key=rank, default=None)


def kept(run: RunReport) -> Verdict | None:
    """The verdict that names the checkpoint to keep (`best_step` in its details), on the curve that says most.

    Whatever was found, so that the runs of a sweep are compared by one tag; None where no step is named.
    """
    named = [v for v in run.verdicts if v.tags and isinstance(v.details.get("best_step"), int)]
    judged = [(curve, verdict) for verdict in named if (curve := run.curve(verdict.tags[0])) is not None]
    return min(judged, key=lambda one: _says(one[0]), default=(None, None))[1]


def _says(curve: CurveReport) -> tuple[bool, bool, int, int]:
    """Sort key: the curve that says most of a training first; without a direction it tells neither good nor bad."""
    unknown, aimless = curve.quantity not in FIRST_LOOKED_AT, curve.direction == "none"
    return unknown, aimless, PHASES.index(curve.phase), looked_at(curve.quantity)


def looked_at(quantity: Quantity) -> int:
    """The place of a quantity in the order in which a reader looks for them, those of no such place last."""
    return FIRST_LOOKED_AT.index(quantity) if quantity in FIRST_LOOKED_AT else len(FIRST_LOOKED_AT)
