"""Why a curve oscillates: the weights, the evaluation, the schedule or the order of the data, as far as logged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from loglens.detector import Inputs
from loglens.detectors._epoch_means import EVERY_STEP, Stretches, between, by_epoch
from loglens.events.series import Floats
from loglens.prepared import measurable
from loglens.runs.curve import Curve
from loglens.statistics.fluctuation import drawn_in
from loglens.statistics.step_noise import VarianceRatio, epoch_pattern, variance_ratio
from loglens.verdict import Fact

CauseName = Literal["step-noise", "eval-noise", "lr-schedule", "data-order", "undetermined"]
ADVICE: Mapping[CauseName, str] = {
    "step-noise": (
        "The weights jump around. Try first: a quarter of the learning rate, or let it decay. Four times the batch "
        "acts alike, since both shrink the noise of a step, so a log cannot tell one from the other: take what is "
        "cheaper. If the swing is as large as before after 5-10 epochs of it, look at the momentum."
    ),
    "eval-noise": (
        "The weights are calm; the evaluation is not: evaluate on more samples (or always on the same ones), and "
        "choose the checkpoint by the smoothed curve, not by its luckiest point. To be sure: four times the samples "
        "halve this swing; if it stays, it is the weights."
    ),
    "lr-schedule": "Nothing to mend: compare checkpoints at the low points of the schedule only.",
    "data-order": "Shuffle the training data anew every epoch; then look whether the swing is gone.",
    "undetermined": (
        "Try a quarter of the learning rate for 5-10 epochs: if the swing shrinks, it is the weights (four times the "
        "batch should do the same); if not, evaluate on more samples. A train loss logged at every step would tell "
        "the two apart without a rerun."
    ),
}
"""What to do about each cause."""

WEIGHTS_MOVE, WEIGHTS_CALM = 0.03, 0.02
"""Variance ratios surely above and below which the weights swing and do not: on tuning seeds runs that swung gave
.04 to 2 as a lower bound, noisy evaluations of calm weights at most .005 as an upper one (the null is near 0 since
shuffled epochs cover the data exactly)."""
MUCH_MORE = 2.0
"""Where means hold their sampling: of noisy evaluations one in twenty lies surely above it, none of 40 above twice."""
TRAIN_SHARE = 0.10
"""Share of the evaluation's fluctuation that the train loss must show for the weights to be its cause (tuning
seeds: .14 to .47 where the weights swing, at most .02 where the evaluation is noisy)."""
TRAIN_CALM = 0.05
"""Below this share the train loss is calm, whatever the variance ratio says (dropout raises the latter)."""
ORDER_REPEATS = 0.5
"""Correlation of consecutive epochs step by step: .94 with data in a fixed order, .03 shuffled."""
FEWEST = 10
"""Points of an average over epochs that say how it fluctuates."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause, the reason in words (a clause), the tags that would decide, and the numbers behind it."""

    name: CauseName
    reason: str
    missing: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TrainLoss:
    """A train loss logged within epochs, from the end of the first fifth of the run on.

    `means` float64[m] are its averages over epochs: its own where every step was logged, else those that were logged
    beside it; without these, the means of the steps in the log, which hold their sampling, too. `ratio` compares
    their variance with that inside epochs; `sampled` is the ratio that sampling alone gives.
    """

    curve: Curve
    means: Floats
    ratio: VarianceRatio
    sampled: float


def cause_of(judged: Curve, inputs: Inputs) -> Cause:
    """The cause of the fluctuation of `judged`."""
    found = _step_level_train(judged, inputs)
    if found is None:
        return Cause(
            "undetermined",
            "the log holds no train loss within the epochs, so moving weights and a noisy evaluation look the same",
            missing=_missing_train(judged, inputs),
        )
    curve, stretches = found
    late = len(stretches.means) // 5
    values = curve.values[measurable(curve.values)]
    first = len(values) - int(stretches.counts[late:].sum())
    alike, _ = epoch_pattern(values[first:], stretches.counts[late:])
    if alike > ORDER_REPEATS and stretches.whole_epochs:
        return Cause(
            "data-order",
            f"every epoch repeats the one before it step by step (correlation {alike:.2f})",
            facts=(Fact("likeness of consecutive epochs", round(alike, 3), "correlation"),),
        )
    train = _train_loss(curve, stretches, inputs)
    if train is None:
        return Cause("undetermined", "too few epochs of step-level train loss to compare", missing=("more epochs",))
    return _weights_or_evaluation(judged, train, inputs)


def _weights_or_evaluation(judged: Curve, train: TrainLoss, inputs: Inputs) -> Cause:
    ratio, sampled = train.ratio, train.sampled
    evaluation = _evaluation_loss(judged, inputs)
    share = None if evaluation is None else _neighbour_sd(train.means) / max(_neighbour_sd(evaluation), 1e-300)
    facts = [
        Fact("variance of epoch means over minibatch sampling", ratio.ratio),
        *([Fact("train fluctuation", share, "share of the evaluation's")] if share is not None else []),
    ]
    moves = ratio.low > MUCH_MORE * sampled + WEIGHTS_MOVE
    # means of some steps that vary less than these would are averages over all: nothing to compare them with
    calm = ratio.high < WEIGHTS_CALM
    if share is not None:
        calm = calm or share < TRAIN_CALM
        moves = moves and share * math.sqrt(max(1.0 - sampled / max(ratio.ratio, 1e-12), 0.0)) > TRAIN_SHARE
    if judged.role.phase == "train":
        moves, calm = True, False  # the train loss itself swings: no evaluation is involved
    if moves and not calm:
        words = f"the train loss swings, too ({ratio.ratio:.2g} x what its minibatches explain)"
        return Cause("step-noise", words, facts=tuple(facts))
    if calm:
        size = f"by {100 * share:.2g} % of it" if share is not None else f"by {ratio.ratio:.2g} x its sampling"
        return Cause("eval-noise", f"the train loss stays calm (over epochs it moves {size})", facts=tuple(facts))
    return Cause(
        "undetermined",
        "the train loss moves a little, which fits both moving weights and a noisy evaluation",
        missing=() if sampled <= 0 else (f"{train.curve.label} at every step",),
        facts=tuple(facts),
    )


def _train_loss(curve: Curve, stretches: Stretches, inputs: Inputs) -> TrainLoss | None:
    late = len(stretches.means) // 5
    means, variances, counts = stretches.means[late:], stretches.variances[late:], stretches.counts[late:]
    own = variance_ratio(means, variances, counts)
    if own is None or stretches.share_logged > EVERY_STEP:
        return None if own is None else TrainLoss(curve, means, own, 0.0)
    if not stretches.whole_epochs:
        return TrainLoss(curve, means, own, 1.0)
    # single batches logged here and there: their scatter is known, the averages over epochs are better logged ones
    steps = np.round(counts / stretches.share_logged).astype(np.int64)
    for other in inputs.curves:
        train = other.role.phase in ("train", "none") and other.role.quantity == "loss" and other.key != curve.key
        if train and len(other.steps) >= FEWEST and 0.9 < len(other.steps) / len(stretches.means) < 1.1:
            averages = _late(other)
            ratio = variance_ratio(averages, variances, steps)
            if ratio is not None and ratio.ratio < 0.5 * float(np.median(steps)):  # else the last batch of each epoch
                return TrainLoss(curve, averages, ratio, 0.0)
    return TrainLoss(curve, means, own, 1.0 - stretches.share_logged)


def _evaluation_loss(judged: Curve, inputs: Inputs) -> Floats | None:
    """The late values of the judged loss, or of a loss of the same phase beside a judged metric; None without one."""
    for curve in (judged, *inputs.curves):
        if curve.role.quantity == "loss" and curve.role.phase == judged.role.phase and len(curve.steps) >= FEWEST:
            return _late(curve)
    return None


def _late(curve: Curve) -> Floats:
    values = curve.values[measurable(curve.values)]
    return values[len(values) // 5 :]


def _neighbour_sd(values: Floats) -> float:
    """The standard deviation of neighbours, by second differences, without the weight of single points."""
    if len(values) < 4:
        return 0.0
    return math.sqrt(float(np.mean(drawn_in(np.diff(values, n=2)) ** 2)) / 6.0)


def _step_level_train(judged: Curve, inputs: Inputs) -> tuple[Curve, Stretches] | None:
    curves = [c for c in inputs.curves if c.role.phase in ("train", "none")]
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
    """The train loss that should be logged at every step, by the name it has in the log, and the learning rate."""
    pair = inputs.pair_of(judged)
    known = (judged, pair, *inputs.curves)
    train = next((c for c in known if c is not None and c.role.phase == "train" and c.role.quantity == "loss"), None)
    tag = "train/loss" if train is None else train.label
    has_rate = any(c.role.quantity == "learning-rate" for c in inputs.context)
    return (f"{tag} at every step", *(() if has_rate else ("learning_rate",)))
