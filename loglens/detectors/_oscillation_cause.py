"""Why a curve oscillates: the weights, the evaluation, the schedule or the order of the data, as far as logged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from loglens.detector import Inputs
from loglens.detectors._epoch_means import Stretches, between, by_epoch
from loglens.runs.curve import Curve
from loglens.statistics.step_noise import VarianceRatio, epoch_pattern, variance_ratio
from loglens.verdict import Fact

CauseName = Literal["step-noise", "eval-noise", "lr-schedule", "data-order", "undetermined"]

WEIGHTS_MOVE = 0.05
"""Variance ratio above which the weights themselves swing: 45 small nets that did gave .14 to 19, calm ones with a
noisy evaluation at most .01 (tuning seeds; the null is near 0 since shuffled epochs cover the data exactly)."""
TRAIN_SHARE = 0.10
"""Share of the judged curve's fluctuation that the train loss must show for the weights to be its cause (tuning
seeds: .07 to 1.5 where the weights swing, at most .04 where the evaluation is noisy)."""
TRAIN_CALM = 0.05
"""Below this share the train loss is calm, whatever the variance ratio says (dropout raises the latter)."""
ORDER_REPEATS = 0.5
"""Correlation of consecutive epochs step by step: .94 with data in a fixed order, .03 shuffled."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause, the reason in words (a clause), the tags that would decide, and the numbers behind it."""

    name: CauseName
    reason: str
    missing: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


def cause_of(judged: Curve, sd: float, inputs: Inputs) -> Cause:
    """The cause of a fluctuation of size `sd` (in the judged curve's own unit, where train shares it)."""
    train = _step_level_train(judged, inputs)
    if train is None:
        return Cause(
            "undetermined",
            "the log holds no train loss within the epochs, so moving weights and a noisy evaluation look the same",
            missing=_missing_train(judged, inputs),
        )
    curve, stretches = train
    late = len(stretches.means) // 5
    finite = curve.values[np.isfinite(curve.values)]
    first = len(finite) - int(stretches.counts[late:].sum())
    alike, _ = epoch_pattern(finite[first:], stretches.counts[late:])
    if alike > ORDER_REPEATS and stretches.whole_epochs:
        return Cause(
            "data-order",
            f"every epoch repeats the one before it step by step (correlation {alike:.2f})",
            facts=(Fact("likeness of consecutive epochs", round(alike, 3), "correlation"),),
        )
    ratio = variance_ratio(stretches.means[late:], stretches.variances[late:], stretches.counts[late:])
    if ratio is None:
        return Cause("undetermined", "too few epochs of step-level train loss to compare", missing=("more epochs",))
    return _weights_or_evaluation(judged, train, ratio, sd, inputs)


def _weights_or_evaluation(
    judged: Curve, train: tuple[Curve, Stretches], ratio: VarianceRatio, sd: float, inputs: Inputs
) -> Cause:
    curve, stretches = train
    comparable = judged.role.quantity == curve.role.quantity
    excess = ratio.sd * math.sqrt(max(1.0 - _sampled(stretches) / max(ratio.ratio, 1e-12), 0.0))
    share = excess / sd if comparable and sd > 0 else None
    facts = [
        Fact("variance of epoch means over minibatch sampling", round(ratio.ratio, 4), "ratio"),
        *([Fact("train fluctuation", round(share, 3), "of the judged curve's")] if share is not None else []),
    ]
    moves = ratio.low > _sampled(stretches) + WEIGHTS_MOVE
    calm = ratio.high < _sampled(stretches) + WEIGHTS_MOVE
    if share is not None:
        calm = calm or ratio.sd / sd < TRAIN_CALM or _epoch_sd(judged, inputs) / sd < TRAIN_CALM
        moves = moves and share > TRAIN_SHARE and not calm
    if judged is curve or judged.key == curve.key:
        moves, calm = True, False  # the train loss itself swings: no evaluation is involved
    if moves:
        words = f"the train loss swings, too ({ratio.ratio:.2g} x what its minibatches explain)"
        return Cause("step-noise", words, facts=tuple(facts))
    if calm:
        words = f"the train loss stays calm (its epoch means vary {ratio.ratio:.2g} x the minibatch sampling)"
        return Cause("eval-noise", words, facts=tuple(facts))
    missing = () if stretches.share_logged > 0.9 else (f"{curve.label} at every step",)
    return Cause(
        "undetermined",
        "the train loss moves a little, which fits both moving weights and a noisy evaluation",
        missing=missing,
        facts=tuple(facts),
    )


def _sampled(stretches: Stretches) -> float:
    """The variance ratio that sampling alone gives: 0 for epochs with every step logged, 1 for any other stretch."""
    if not stretches.whole_epochs:
        return 1.0
    return 0.0 if stretches.share_logged > 0.9 else 1.0 - stretches.share_logged


def _epoch_sd(judged: Curve, inputs: Inputs) -> float:
    """The least fluctuation, by second differences, of a train loss logged with the evaluations; inf without one.

    A log of every tenth step hides in sampling what its own averages over epochs show.
    """
    least = math.inf
    for curve in (*inputs.judged, *inputs.context):
        train = curve.role.phase in ("train", "none") and curve.role.quantity == "loss" and curve.key != judged.key
        if train and len(judged.steps) >= 10 and 0.9 < len(curve.steps) / len(judged.steps) < 1.1:
            late = curve.values[len(curve.values) // 5 :]
            least = min(least, math.sqrt(float(np.mean(np.diff(late, n=2) ** 2)) / 6.0))
    return least if math.isfinite(least) else math.inf


def _step_level_train(judged: Curve, inputs: Inputs) -> tuple[Curve, Stretches] | None:
    curves = [c for c in (*inputs.judged, *inputs.context) if c.role.phase in ("train", "none")]
    curves = [c for c in curves if c.role.quantity == "loss"]
    curves.sort(key=lambda c: (c.key != judged.key, c.key != judged.pair, -len(c.steps)))
    for curve in curves:
        stretches = by_epoch(curve, inputs.steps_per_epoch)
        if stretches is None and curve.x_unit == judged.x_unit and curve.key != judged.key:
            stretches = between(curve, judged.steps)
        if stretches is not None and np.median(stretches.counts) >= 3 and len(stretches.means) >= 6:
            return curve, stretches
    return None


def _missing_train(judged: Curve, inputs: Inputs) -> tuple[str, ...]:
    pair = inputs.pair_of(judged)
    tag = pair.label if pair is not None else "train/loss"
    has_rate = any(c.role.quantity == "learning-rate" for c in inputs.context)
    return (f"{tag} at every step", *(() if has_rate else ("learning_rate",)))
