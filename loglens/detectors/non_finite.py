"""The detector non-finite: a curve that holds NaN or Inf, for a while or to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from loglens.detector import Inputs, Wanted
from loglens.detectors._place import epoch_at, place
from loglens.events.series import Floats
from loglens.runs.curve import OF_LEARNING, Curve
from loglens.verdict import Fact, Interval, Marker, Verdict

CERTAIN = 0.99  # NaN and Inf are read, not inferred; what remains is a role or a log that misleads


@dataclass(frozen=True, slots=True)
class NonFinite:
    """NaN or Inf in a curve: a few isolated points (warn), or everything from some step on (fail).

    Why it matters: a NaN in a loss or a gradient spreads to all weights with the next step, so whatever is
    trained after it is lost; the last checkpoint before it is the one to keep. Isolated infinities of a gradient
    norm are what dynamic loss scaling looks like and cost one skipped step each.

    What to do: go back to the last finite checkpoint; halve the learning rate or lengthen the warm-up; clip the
    gradient norm; look for log(0), division by zero and fp16 overflow (train a few hundred steps in fp32 or bf16:
    if the NaN stays away, it was the number format).

    How it decides: by reading. The verdict starts at the first non-finite value. It is a fail when the last value
    is non-finite, too, and a warning when the curve has recovered; a curve that ends on one single such value is
    told with less confidence, since the log cannot show what would have come next.
    """

    name: ClassVar[str] = "non-finite"
    judges: ClassVar[tuple[Wanted, ...]] = (
        Wanted(("train", "validation", "test", "none"), (*OF_LEARNING, "parameter-norm")),
    )
    reads: ClassVar[tuple[Wanted, ...]] = ()

    def judge(self, inputs: Inputs) -> Sequence[Verdict]:
        return tuple(_verdict(curve, inputs) for curve in inputs.judged)


def _verdict(curve: Curve, inputs: Inputs) -> Verdict:
    finite = np.isfinite(curve.values)
    points = len(finite)
    count = points - int(np.count_nonzero(finite))
    tag = curve.label
    if points == 0:
        return Verdict(
            NonFinite.name, "not-applicable", f"{tag} has no points.", tags=(curve.key,), details={"count": 0}
        )
    if count == 0:
        many = f"all {points} values are" if points > 1 else "its one value is"
        return Verdict(
            NonFinite.name,
            "pass",
            f"{tag}: {many} finite.",
            confidence=CERTAIN,
            tags=(curve.key,),
            value=0.0,
            unit="values",
            details={"count": 0, "recovered": True},
        )
    bad = np.flatnonzero(~finite)
    good = np.flatnonzero(finite)
    first, last = int(bad[0]), int(bad[-1])
    recovered = bool(finite[-1])
    tail = int(good[-1]) + 1 if len(good) else 0  # the first index of the non-finite end
    kind = "NaN" if np.isnan(curve.values[first]) else "Inf"
    return Verdict(
        NonFinite.name,
        "warn" if recovered else "fail",
        _summary(curve, finite),
        confidence=CERTAIN if recovered or points - tail > 1 else 2 / 3,  # Laplace's rule: one of one went on
        tags=(curve.key,),
        advice=_advice(curve, finite, inputs),
        start_step=int(curve.steps[first]),
        end_step=int(curve.steps[last]) if recovered else None,
        start_epoch=epoch_at(curve, first),
        end_epoch=epoch_at(curve, last) if recovered else None,
        value=float(count),
        threshold=0.0,
        unit="values",
        details={
            "count": count,
            "recovered": recovered,
            "first": kind,
            "tail_start_step": None if recovered else int(curve.steps[tail]),
            "last_finite_step": int(curve.steps[good[-1]]) if len(good) else None,
        },
        evidence=(
            Interval(
                curve.key, int(curve.steps[first]), int(curve.steps[last]) if recovered else None, "NaN or Inf inside"
            ),
            Marker(curve.key, int(curve.steps[first]), f"first {kind}"),
            Fact("non-finite values", count, f"of {points}"),
        ),
    )


def _summary(curve: Curve, finite: npt.NDArray[np.bool_]) -> str:
    tag, count, first = curve.label, int(np.count_nonzero(~finite)), int(np.argmin(finite))
    tail = len(finite) - int(np.argmax(finite[::-1])) if finite.any() else 0
    recovered = bool(finite[-1])
    kind = "NaN" if np.isnan(curve.values[first]) else "Inf"
    if not finite.any():
        return f"{tag} never held a finite value: {_all_of(curve.values)}."
    where = place(curve, first)
    last = len(finite) - 1 - int(np.argmin(finite[::-1]))
    if recovered:
        if count == 1:
            return f"{tag} was {kind} once, at {where}, and came back."
        held = _held(curve.values[~finite])
        if last - first + 1 == count:
            until = place(curve, last)
            return f"{tag} was {held} from {where} to {until} ({count} of {len(finite)} values), and came back."
        first_kind = f" ({kind})" if held != kind else ""
        return f"{tag} was {held} {count} times, first at {where}{first_kind}, and came back each time."
    if tail == first:
        return f"{tag} is {kind} from {where} to the end ({count} of {len(curve.values)} values)."
    return (
        f"{tag} first became {kind} at {where} and has not held a finite value since step {curve.steps[tail]} "
        f"({count} of {len(curve.values)} values are NaN or Inf)."
    )


def _held(values: Floats) -> str:
    """What of the two the non-finite `values` float64[k] are."""
    nan = np.isnan(values)
    return "NaN" if nan.all() else "NaN or Inf" if nan.any() else "Inf"


def _all_of(values: Floats) -> str:
    """`all 60 are NaN`, `its one value is Inf`."""
    return f"all {len(values)} are {_held(values)}" if len(values) > 1 else f"its one value is {_held(values)}"


def _trains_on(curve: Curve, since: int, inputs: Inputs) -> bool:
    """Whether an evaluation is not finite from index `since` on while every train loss still is at a later step."""
    train = [one for one in inputs.judged if one.role.phase == "train" and one.role.quantity == "loss"]
    return (
        curve.role.phase in ("validation", "test")
        and bool(train)
        and all(
            one.x_unit == curve.x_unit
            and len(one.values) > 0
            and bool(one.steps[-1] > curve.steps[since] and np.isfinite(one.values[-1]))
            for one in train
        )
    )


def _risen_from(curve: Curve, finite: npt.NDArray[np.bool_]) -> int | None:
    """Where a loss was lowest that stood above its start when it stopped being finite; None for any other."""
    good = np.flatnonzero(finite)
    if curve.role.direction != "min" or not curve.values[good[-1]] > curve.values[good[0]]:
        return None
    return int(good[np.argmin(curve.values[good])])


def _advice(curve: Curve, finite: npt.NDArray[np.bool_], inputs: Inputs) -> str:
    quantity, recovered = curve.role.quantity, bool(finite[-1])
    if recovered and quantity == "gradient-norm":
        return (
            "With dynamic loss scaling (fp16) a few of these are normal, each one a skipped step. Without it, or when "
            "they grow more frequent, clip the gradient norm and lower the learning rate."
        )
    if quantity in ("metric", "accuracy", "error-rate", "perplexity"):
        return (
            "Look first at how this value is computed (an empty class, a division by zero, an overflowing exp), then "
            "whether the loss became NaN at the same step: if it did, the training broke, not the metric."
        )
    if recovered:
        return (
            "Find the batch or the term that gave it (log of 0, division by 0, fp16 overflow): run the same steps in "
            "fp32 or bf16 and see whether it stays away."
        )
    since = len(finite) - int(np.argmax(finite[::-1])) if finite.any() else 0
    if _trains_on(curve, since, inputs):
        return (
            "The train loss stays finite, so look first at the evaluation: an empty batch, a log of 0 or an overflow "
            "on its data, or running statistics (BatchNorm) that are NaN in evaluation mode. Until it is repaired, "
            "choose checkpoints by another curve."
        )
    if not finite.any():
        return (
            "No checkpoint of this run is worth keeping. Look for NaN or Inf in the inputs, the labels and the first "
            "weights; then run one batch in fp32, and see which layer or term gives the first one."
        )
    risen = _risen_from(curve, finite)
    back = (
        "Nothing after this point is worth keeping: go back to the last checkpoint before it."
        if risen is None
        else "Nothing after this point is worth keeping, and before it the loss had risen above its start: go back to "
        f"a checkpoint near its lowest value, at {place(curve, risen)}."
    )
    return (
        f"{back} Try half the learning "
        "rate or a longer warm-up, and gradient clipping; a few hundred steps in fp32 tell an overflow from a real "
        "blow-up."
    )
