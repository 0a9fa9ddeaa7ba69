"""The rules that people use today, ten lines each, as their documentation or their source has them.

A rule sees what LogLens sees: the validation loss at the evaluations, float64[n], and the train loss beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import erfc, sqrt

import numpy as np

from loglens.events.series import Floats
from loglens.runs.curve import Curve, Run
from loglens.statistics.local_regression import local_regression
from loglens.statistics.stopping_rules import generalisation_loss, patience, progress_quotient, successive_rises

Finding = Callable[[Floats, Floats], bool]
Choice = Callable[[Floats, Floats], int]


def judged_loss(run: Run) -> Curve:
    """The validation loss that everyone is asked about."""
    losses = [c for c in run.curves if c.role.phase == "validation" and c.role.quantity == "loss"]
    return next(c for c in losses if c.same_as is None)


def beside(run: Run) -> tuple[Floats, Floats]:
    """The validation loss and, at its steps, the train loss: as logged, or the mean since the evaluation before."""
    validation = judged_loss(run)
    losses = [c for c in run.curves if c.role.phase == "train" and c.role.quantity == "loss" and len(c.values) > 1]
    train = next((c for c in losses if len(c.values) == len(validation.values)), losses[0])
    if len(train.values) == len(validation.values):
        return validation.values, train.values
    by_epoch = train.epochs is not None and validation.epochs is not None
    when, at = (train.epochs, validation.epochs) if by_epoch else (train.steps, validation.steps)
    assert when is not None
    assert at is not None
    ends = np.searchsorted(when, at, side="right")
    total = np.r_[0.0, np.cumsum(train.values)]
    starts = np.r_[0, ends[:-1]]
    return validation.values, (total[ends] - total[starts]) / np.maximum(ends - starts, 1)


def trainspotter(values: Floats, train: Floats) -> bool:
    """trainspotter 0.2.6: least squares after the minimum, p < .1, a rise of 1 % or more, three points or more."""
    del train
    k = int(np.argmin(values))
    tail = values[k:]
    if len(tail) < 4:
        return False
    x = np.arange(len(tail)) - (len(tail) - 1) / 2
    slope = float(x @ tail / (x @ x))
    residual = tail - tail.mean() - slope * x
    error = sqrt(float(residual @ residual) / max(len(tail) - 2, 1) / float(x @ x)) or 1e-300
    rise = (values[-1] - values[k]) / abs(values[k])
    return slope > 0 and erfc(abs(slope / error) / sqrt(2)) < 0.1 and rise >= 0.01


def runmedic(values: Floats, train: Floats) -> bool:
    """runmedic 0.1.1: the mean of the last three 5 % above the minimum, train 3 % below its level there."""
    k = int(np.argmin(values))
    if k > len(values) - 4:
        return False
    rise = (values[-3:].mean() - values[k]) / abs(values[k])
    return bool(rise >= 0.05 and (train[k] - train[-1]) / abs(train[k]) >= 0.03)


def sagemaker_overfit(values: Floats, train: Floats) -> bool:
    """SageMaker Debugger, Overfit: (validation - train) / train above .1."""
    return bool(np.any((values - train) / np.abs(train) > 0.1))


def umlaut(values: Floats, train: Floats) -> bool:
    """UMLAUT: one epoch with validation up and train down."""
    return bool(np.any((np.diff(values) > 0) & (np.diff(train) <= 0)))


def above_minimum(values: Floats, train: Floats) -> bool:
    """The mean of the last five 4 % above the minimum."""
    del train
    return bool(values[-5:].mean() > 1.04 * values.min())


def keras_reduce_on_plateau(values: Floats, wait: int) -> bool:
    """Keras ReduceLROnPlateau: no new minimum by 1e-4 for `wait` evaluations."""
    best, waited = np.inf, 0
    for value in values.tolist():
        best, waited = (value, 0) if value < best - 1e-4 else (best, waited + 1)
        if waited >= wait:
            return True
    return False


def ray_plateau(values: Floats, train: Floats) -> bool:
    """Ray TrialPlateauStopper: standard deviation below .01 over four results."""
    del train
    return len(values) >= 4 and bool(np.lib.stride_tricks.sliding_window_view(values, 4).std(axis=1).min() < 0.01)


def loss_not_decreasing(values: Floats, train: Floats) -> bool:
    """SageMaker Debugger, LossNotDecreasing: not down by .1 % over ten steps."""
    del train
    return bool(np.any(values[10:] >= 0.999 * values[:-10])) if len(values) > 10 else False


def autotrainer(values: Floats, train: Floats) -> bool:
    """AutoTrainer: local swings of .03 of the progress in a fifth of the epochs or more."""
    del train
    y = -values / max(float(values[0] - values.min()), 1e-12)
    inner = y[1:-1]
    highs = y[1:-1][(inner >= y[:-2]) & (inner >= y[2:])]
    lows = y[1:-1][(inner <= y[:-2]) & (inner <= y[2:])]
    m = min(len(highs), len(lows))
    return int(np.count_nonzero(highs[:m] - lows[:m] >= 0.03)) >= 0.2 * len(y)


def sign_flips(values: Floats, train: Floats) -> bool:
    """sk-autod 0.1.1: the slope changes its sign in 40 % of the epochs or more."""
    del train
    steps = np.diff(values)
    return len(steps) > 1 and bool(np.mean((steps[:-1] > 0) != (steps[1:] > 0)) >= 0.4)


def variation(values: Floats, train: Floats) -> bool:
    """Coefficient of variation of the last third above .1."""
    del train
    tail = values[-max(5, len(values) // 3) :]
    return bool(tail.std() > 0.1 * abs(tail.mean()))


FINDINGS: Mapping[str, Mapping[str, Finding]] = {
    "overfitting": {
        "trainspotter": trainspotter,
        "runmedic": runmedic,
        "SageMaker Overfit": sagemaker_overfit,
        "UMLAUT": umlaut,
        "4 % above minimum": above_minimum,
        "GL 5": lambda values, _: generalisation_loss(values).early,
        "PQ 0.75": lambda values, train: progress_quotient(values, train).early,
        "UP 3": lambda values, _: successive_rises(values).early,
        "patience 5": lambda values, _: patience(values, 5).early,
    },
    "oscillation": {"AutoTrainer": autotrainer, "sign flips": sign_flips, "variation": variation},
}
PLATEAUS: Mapping[str, Finding] = {
    "Keras patience 3": lambda values, _: keras_reduce_on_plateau(values, 3),
    "Keras patience 10": lambda values, _: keras_reduce_on_plateau(values, 10),
    "Ray": ray_plateau,
    "SageMaker LossNotDecreasing": loss_not_decreasing,
}


def moving_average(values: Floats) -> Floats:
    """Mean of three neighbours, ends repeated."""
    return np.convolve(np.pad(values, 1, "edge"), np.ones(3) / 3, "valid")


def exponential_average(values: Floats, weight: float = 0.6) -> Floats:
    """TensorBoard's smoothing at its default weight, without its debiasing of the first points."""
    smooth = values.copy()
    for i in range(1, len(smooth)):
        smooth[i] = weight * smooth[i - 1] + (1 - weight) * values[i]
    return smooth


def one_standard_error(values: Floats) -> int:
    """The earliest moving average within one standard error of the lowest; the error from neighbours' differences."""
    smooth = moving_average(values)
    error = float(np.std(np.diff(values))) / sqrt(2.0) / sqrt(3.0)
    return int(np.argmax(smooth <= smooth.min() + error))


CHOICES: Mapping[str, Choice] = {
    "argmin": lambda values, _: int(np.argmin(values)),
    "MA3 argmin": lambda values, _: int(np.argmin(moving_average(values))),
    "EMA .6 argmin": lambda values, _: int(np.argmin(exponential_average(values))),
    "local regression": lambda values, _: int(np.argmin(local_regression(np.arange(float(len(values))), values).fit)),
    "1-SE earliest": lambda values, _: one_standard_error(values),
    "patience 3": lambda values, _: patience(values, 3).kept,
    "patience 5": lambda values, _: patience(values, 5).kept,
    "patience 10": lambda values, _: patience(values, 10).kept,
    "GL 5": lambda values, _: generalisation_loss(values).kept,
    "PQ 0.75": lambda values, train: progress_quotient(values, train).kept,
    "UP 3": lambda values, _: successive_rises(values).kept,
}
