"""How much of a validation curve's fluctuation is in the weights, so that a checkpoint really is as good as logged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from loglens.events.series import Floats
from loglens.prepared import Prepared
from loglens.runs.curve import Curve
from loglens.statistics.median import median
from loglens.statistics.moments import mean
from loglens.statistics.moments import sd as deviation
from loglens.statistics.noise import MAD_TO_SD, second_differences
from loglens.statistics.proportions import all_right, calmness, sample_size

UNLIKELY = -4.5
"""Log odds of swinging weights where nothing speaks for them: what then looks like noise is smoothed away."""
TOGETHER, CALM, LARGE = 1.1, 1.5, 6.0
"""What adds to them: each standard error by which train or the rate goes along, each by which accuracies are calmer
than on fresh samples, and the logarithm of the noise over a SMALL one. From a logistic regression on tuning runs of
the trainer, whose swings are known from 20,000 samples, and of synthetic families, whose noise is of the evaluation;
steeper than that, since smoothing what is real costs less than keeping luck."""
SMALL = 0.03
"""Of the progress: evaluations on some hundred samples have a noise below it."""
LITTLE = 0.3
"""Of the start: where less was gained, noise is counted in this, since evaluations are as noisy as losses are high."""
MOST_ERRORS = 6.0
"""More standard errors than these tell no more."""
SHARE = 0.7
"""Of fluctuations in the weights so much holds on fresh samples, too (trainer, tuning: the median of 1,000 runs)."""
SHARED = 1.3
"""At least so many times what train shares of the fluctuation: train has noise of its own."""
TRAIN_STILL, TRAIN_MOVES = -2.5, -1.8
"""Logarithm of the noise of train over that of validation: below the first train stands still while validation moves,
which weights that swing cannot do; in all tuning runs of the trainer in which they did it was above the second."""
TOO_SMOOTH = 0.2
"""Second differences of so small a share of the residuals are no noise; first-order noise of .8 has .38."""
FEWEST_SMOOTH = 10
"""Fewer second differences may all be small by chance."""
DEPENDENCE = 1.94
"""Second differences of white noise correlate by -2/3 and 1/6: n of them tell as much as n / 1.94 independent ones."""
WILD = 2.5
"""Larger second differences, in sd, count as such: one jump is no swing."""
LATEST_START = 0.6
"""Swings are judged from the end of the transient on, and over 40 % at least: wild swings seem to fall late."""
FEWEST_PAIRS = 5
"""Fewer second differences beside those of train go along by chance (tuning seeds: the least regret)."""
FEWEST_SHARES = 8
"""Fewer accuracies do not tell how calm they are."""
FIRST_SHARES = 0.2
"""The first fifth of the accuracies is left out: they still climb."""

SURELY_SAME = 2.0
"""Standard errors of calm from which on all evaluations surely have the same samples."""
UNLIKE = 2.5
"""Validation less population loss changes by so much, over the root of the samples, for each unit that train falls by:
the median over the trainer's tuning scenarios, at epochs that lie 20 apart."""

Reason = Literal["", "goes with train", "goes with the rate", "same samples", "larger than evaluation noise", "smooth"]


@dataclass(frozen=True, slots=True)
class SwingShare:
    """The share of the fluctuation that is in the weights, 0 to 1, and what speaks for it most."""

    share: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Samples:
    """How many samples every evaluation has, None where nothing tells; by how many errors it is `calm`er than fresh."""

    count: int | None = None
    calm: float = 0.0

    @property
    def lack(self) -> float:
        """The standard error of what the same samples tilt the validation loss by, a share of what train falls by."""
        return 0.0 if self.count is None or self.calm < SURELY_SAME else UNLIKE / math.sqrt(self.count)


def swing_share(
    prepared: Prepared, residual: Floats, train: Floats | None, rate: Floats | None, calm: float
) -> SwingShare:
    """The share for the first k points of `prepared`; `residual` float64[k] are they from their smooth course.

    `train` float64[k] is the train curve at them, `rate` float64[k] a learning rate that goes up and down; by `calm`
    standard errors the run's accuracies are calmer than on fresh samples.
    """
    start = min(prepared.transient, int(LATEST_START * len(residual)))
    noise = second_differences(residual[start:])
    if len(noise) == 0:
        return SwingShare(0.0, "")
    tamed = _tamed(noise)
    sd = math.sqrt(float(tamed @ tamed) / len(tamed))
    scale = max(prepared.progress, LITTLE * abs(prepared.initial))
    large = max(math.log(max(sd / scale, 1e-300) / SMALL), 0.0)
    with_train, with_rate = (0.0, 0.0), (0.0, 0.0)
    if train is not None:
        train_noise = second_differences(train[start:])
        moves = math.log(max(deviation(train_noise), 1e-300)) - math.log(max(deviation(noise), 1e-300))
        large *= min(max((moves - TRAIN_STILL) / (TRAIN_MOVES - TRAIN_STILL), 0.0), 1.0)
        usable = ~_stepping(prepared.points_y[: len(train)], train)[start + 1 : -1]
        # the mean over an epoch that is logged one evaluation later began with these weights
        with_train = _together(tamed, train_noise, usable, lags=(0, 1))
    if rate is not None:
        with_rate = _together(tamed, second_differences(rate[start:]), np.ones(len(tamed), dtype=np.bool_), lags=(0,))
    smooth = 0.0
    spread = deviation(residual[start:])
    if len(noise) >= FEWEST_SMOOTH and spread > 0:
        smooth = 1.0 - (sd / (TOO_SMOOTH * spread)) ** 2
    evidence: dict[Reason, float] = {
        "goes with train": TOGETHER * with_train[0],
        "goes with the rate": TOGETHER * with_rate[0],
        "same samples": CALM * min(max(calm, 0.0), MOST_ERRORS),
        "larger than evaluation noise": LARGE * large,
    }
    likely = SHARE / (1.0 + math.exp(-UNLIKELY - sum(evidence.values())))
    share = min(max(likely, with_train[1], with_rate[1], smooth), 1.0)
    if smooth >= share:
        return SwingShare(share, "smooth")
    reason = max(evidence, key=lambda name: evidence[name])
    return SwingShare(share, reason if evidence[reason] > 0 else "")


def evaluated_samples(curves: Sequence[Curve]) -> Samples:
    """What the accuracies among `curves` tell of the samples that they are measured on.

    Surely calmer than on fresh samples, every evaluation has the same ones, and what is seen is not the noise of
    drawing them.
    """
    for curve in curves:
        if curve.role.phase == "validation" and curve.role.quantity in ("accuracy", "error-rate"):
            values = curve.values[np.isfinite(curve.values)]
            if len(values) < FEWEST_SHARES:
                continue
            shares = values / all_right(values)
            if float(shares.min()) >= 0.0 and float(shares.max()) <= 1.0:
                samples = sample_size(shares)
                if samples is not None:
                    return Samples(samples, calmness(shares[int(FIRST_SHARES * len(shares)) :], samples))
    return Samples()


def _together(
    noise: Floats, other: Floats, usable: npt.NDArray[np.bool_], lags: tuple[int, ...]
) -> tuple[float, float]:
    """By how many standard errors another curve goes along, and the share of the swings that it has for sure."""
    errors, share = 0.0, 0.0
    for lag in lags:
        kept = usable[: len(usable) - lag] & usable[lag:]
        ours, theirs = noise[: len(noise) - lag][kept], other[lag:][kept]
        if len(ours) < FEWEST_PAIRS:
            continue
        error = math.sqrt(DEPENDENCE / (len(ours) - 1))
        z = math.atanh(min(max(_correlation(ours, _tamed(theirs)), -0.999), 0.999))
        errors += min(max(z / error - lag, 0.0), MOST_ERRORS)
        share = max(share, SHARED * math.tanh(z - (1.645 + lag / 3) * error))
    return errors, share


def _correlation(one: Floats, other: Floats) -> float:
    one, other = one - mean(one), other - mean(other)
    scale = math.sqrt(float(one @ one) * float(other @ other))
    return float(one @ other) / scale if scale > 0 else 0.0


def _tamed(differences: Floats) -> Floats:
    limit = WILD * MAD_TO_SD * median(np.abs(differences))
    return np.minimum(np.maximum(differences, -limit), limit) if limit > 0 else differences


def _stepping(values: Floats, train: Floats) -> npt.NDArray[np.bool_]:
    """The points beside which both curves fall and stay down: a drop of the rate moves both, and is no swing."""
    steps = _falls_that_stay(values) & _falls_that_stay(train)  # entry i: between points i and i + 1
    beside = np.zeros(len(values), dtype=np.bool_)
    beside[:-1] = steps
    beside[1:] |= steps
    return beside


def _falls_that_stay(values: Floats) -> npt.NDArray[np.bool_]:
    """Whether, from each point to the next, the curve falls by more than its noise and never comes back."""
    before, after = values[:-1].copy(), values[1:].copy()  # means of the two points before, and of the two after
    before[1:] = 0.5 * (values[1:-1] + values[:-2])
    after[:-1] = 0.5 * (values[1:-1] + values[2:])
    fall = before - after
    later = np.maximum.accumulate(values[:0:-1])[::-1]
    sd = MAD_TO_SD * median(np.abs(second_differences(values[len(values) // 2 :])))
    return np.asarray((fall > 1.75 * sd) & (later < before - 0.25 * fall))
