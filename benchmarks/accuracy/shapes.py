"""The shapes of healthy courses, and of the faults that the main verdicts name: overfitting, oscillation, spikes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import expit

from benchmarks.accuracy.draft import Draft, Random, Setting
from loglens.events.series import Floats
from loglens.statistics.first_order import first_order_noise

FAINT = 0.02
"""Overfitting up to this depth is neither right nor wrong to report."""


def converged(draft: Draft, random: Random, setting: Setting) -> None:
    """The fall as it was drawn."""
    del random, setting
    draft.truth = replace(draft.truth, recovers=False)


def slow(draft: Draft, random: Random, setting: Setting) -> None:
    """An exponential whose time is half the run to 1.2 times it: it still falls at the end."""
    del setting
    change = np.exp(-draft.t / (len(draft.t) * random.uniform(0.5, 1.2))) - draft.validation
    draft.validation = draft.validation + change
    draft.train = draft.train + change
    draft.truth = replace(draft.truth, unclear=frozenset({"slow-learning"}), recovers=False)


def lr_drop(draft: Draft, random: Random, setting: Setting) -> None:
    """The rate falls to a tenth at half and at three quarters of the run, and both losses drop with it."""
    del random, setting
    n = len(draft.t)
    rate = draft.rate.copy()
    for share, height in ((0.5, 0.35), (0.75, 0.1)):
        k = int(n * share)
        fall = height * expit(-4 * (draft.t - draft.t[k]))
        draft.validation = draft.validation * (1 - height) + fall
        draft.train = draft.train * (1 - height) + fall
        rate[k:] *= 0.1
    draft.rate = rate


def warm_up(draft: Draft, random: Random, setting: Setting) -> None:
    """The rate rises over the first tenth, in which both losses rise by .05 to .3 and come down again."""
    del setting
    k = max(1, len(draft.t) // 10)
    bump = np.zeros(len(draft.t))
    bump[: k + 1] = random.uniform(0.05, 0.3) * np.sin(np.pi * np.arange(k + 1) / (k + 1))
    draft.validation = draft.validation + bump
    draft.train = draft.train + bump
    draft.rate = draft.rate * np.minimum(1.0, np.arange(1, len(draft.t) + 1) / (k + 1))


def cyclic(draft: Draft, random: Random, setting: Setting) -> None:
    """A cosine rate with warm restarts, which lifts both losses by .08 to .3 where it is highest."""
    del setting
    n = len(draft.t)
    period = int(random.choice([p for p in (4, 5, 6, 8, 10) if 2 * p <= n]))
    phase = (np.arange(n) % period) / period
    factor = 0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * phase))
    lift = random.uniform(0.08, 0.3) * factor
    draft.rate = draft.rate * factor
    draft.validation = draft.validation + lift
    draft.train = draft.train + lift
    draft.scheduled = lift
    draft.truth = replace(draft.truth, cause="lr-schedule")


def plateau_then_drop(draft: Draft, random: Random, setting: Setting) -> None:
    """A fast fall by .6, a flat part, and a drop by the other .4 at 35 to 55 % of the run."""
    del setting
    n = len(draft.t)
    k = n * random.uniform(0.35, 0.55)
    course = 0.6 * np.exp(-draft.t / (n * 0.04)) + 0.4 / (1 + np.exp((draft.t - k) / max(0.6, n * 0.02)))
    draft.train = draft.train + course - draft.validation
    draft.validation = course
    draft.truth = replace(draft.truth, recovers=True)


def recovery(draft: Draft, random: Random, setting: Setting) -> None:
    """A first minimum, a hump, and a second descent below it: double descent over epochs."""
    del setting
    n = len(draft.t)
    k, width = n * random.uniform(0.25, 0.4), n * random.uniform(0.08, 0.15)
    hump = 0.2 * np.exp(-0.5 * ((draft.t - k) / width) ** 2) - 0.08 * np.clip((draft.t - k) / (n - k), 0, 1)
    draft.validation = draft.validation + hump
    draft.truth = replace(draft.truth, recovers=True)


def overfitting(draft: Draft, random: Random, setting: Setting) -> None:
    """Validation rises from 20 to 75 % of the run on, by `depth` at its end, while train falls by half of that."""
    n = len(draft.t)
    k = n * random.uniform(0.2, 0.75)
    _overfits(draft, setting, np.clip((draft.t - k) / max(n - 1 - k, 1.0), 0, None) ** random.uniform(1.0, 1.5))


def levelling(draft: Draft, random: Random, setting: Setting) -> None:
    """Overfitting that comes to an end: the rise levels off, as it does once nothing is left to memorise."""
    n = len(draft.t)
    k = n * random.uniform(0.15, 0.5)
    since = np.clip((draft.t - k) / (n - 1 - k), 0, None)
    rise = 1.0 - np.exp(-since / random.uniform(0.12, 0.5))
    _overfits(draft, setting, rise / float(rise[-1]))


def _overfits(draft: Draft, setting: Setting, rise: Floats) -> None:
    """A `rise` float64[n] of validation that ends `depth` above the minimum, and train falls further along with it."""
    low, high = 0.0, setting.depth + 1.0  # bisection
    for _ in range(40):
        middle = (low + high) / 2
        course = draft.validation + middle * rise
        low, high = (middle, high) if course[-1] - course.min() < setting.depth else (low, middle)
    high = setting.depth if setting.nominal else high
    draft.validation = draft.validation + high * rise
    draft.train = draft.train - 0.5 * setting.depth * rise
    draft.truth = replace(
        draft.truth,
        faults=frozenset({"overfitting"} if setting.depth > FAINT else ()),
        unclear=frozenset({"divergence", "metric-conflict", "overfitting"}),
        recovers=False,
        onset=int(np.argmin(draft.validation)),
    )


def oscillation(draft: Draft, random: Random, setting: Setting) -> None:
    """Alternating, periodic or one-sided irregular swings of sd `amplitude` in the weights: train swings, too."""
    n = len(draft.t)
    start = int(n * random.uniform(0, 0.3))
    kind = random.integers(3)
    if kind == 0:
        swing = first_order_noise(random.standard_normal(n), -0.6)
    elif kind == 1:
        pace = random.uniform(0.85, 1.15, n) / random.uniform(3, 6)
        swing = np.sqrt(2) * np.sin(2 * np.pi * np.cumsum(pace) + random.uniform(0, 2 * np.pi))
    else:
        swing = 1.66 * (np.abs(random.standard_normal(n)) - 0.8)
    swing = setting.amplitude * np.where(np.arange(n) >= start, swing, 0.0)
    draft.noise = draft.noise + swing
    draft.train_noise = draft.train_noise + 0.8 * swing
    draft.truth = replace(
        draft.truth,
        faults=frozenset({"oscillation"}),
        unclear=frozenset({"loss-spike", "divergence", "overfitting"}),
        onset=start,
        swing=swing,
    )


def spike(draft: Draft, random: Random, setting: Setting) -> None:
    """One or two spikes of .15 to .6 in both losses, which are gone after an evaluation or two."""
    del setting
    n = len(draft.t)
    at = sorted({int(random.integers(2, n - 1)) for _ in range(random.integers(1, 3))})
    for k in at:
        height, length = random.uniform(0.15, 0.6), random.uniform(0.2, 0.6)
        lift = height * np.exp(-np.arange(n - k) / length)
        draft.noise[k:] += lift
        draft.train_noise[k:] += lift
    draft.truth = replace(draft.truth, faults=frozenset({"loss-spike"}), unclear=frozenset({"oscillation"}))
