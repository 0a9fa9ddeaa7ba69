"""The shapes of the other faults, and of healthy runs that log what those faults are told by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.accuracy.draft import Draft, Random, Setting
from benchmarks.accuracy.shapes import slow
from loglens.events.series import Floats

CLASSES = (2, 3, 4, 5, 10, 20, 100)
NOISY = 0.03
"""Of the progress: an evaluation whose sampling error is larger is one of too few samples, which may be said."""
SAMPLES = (200, 500, 1000, 5000, 10_000)
"""Sizes of validation sets."""


def underfitting(draft: Draft, random: Random, setting: Setting) -> None:
    """Flat after having gained 2 to 12 % of the untrained loss: capacity, rate or data let no more be learned."""
    del setting
    _stays_high(draft, random, random.uniform(0.02, 0.12))
    draft.truth = replace(draft.truth, faults=frozenset({"underfitting"}), unclear=frozenset({"plateau"}))


def guessing(draft: Draft, random: Random, setting: Setting) -> None:
    """Nothing is learned: the loss stays at that of guessing, the accuracy at one over the number of classes."""
    del setting
    _stays_high(draft, random, 0.0)
    classes, samples = int(random.choice(CLASSES)), int(random.choice(SAMPLES))
    draft.classes, draft.samples, draft.start = classes, samples, float(np.log(classes))
    draft.accuracy = np.full(len(draft.t), 1.0 / classes)
    draft.truth = replace(draft.truth, faults=frozenset({"underfitting", "plateau"}), state="plateau")


def _stays_high(draft: Draft, random: Random, gain: float) -> None:
    """Both losses keep all but `gain` of their start, with a tenth to a half of the usual noise."""
    calm = random.uniform(0.1, 0.5)
    draft.validation = 1.0 - gain * (1.0 - draft.validation)
    draft.train = draft.validation - 0.02 * gain
    draft.noise, draft.train_noise = calm * draft.noise, calm * draft.train_noise
    draft.start = random.uniform(0.5, 5.0)


def slow_learning(draft: Draft, random: Random, setting: Setting) -> None:
    """An exponential whose time is one to three times the run, at a constant logged rate: far from done."""
    del setting
    change = np.exp(-draft.t / (len(draft.t) * random.uniform(1.0, 3.0))) - draft.validation
    draft.validation = draft.validation + change
    draft.train = draft.train + change
    draft.truth = replace(draft.truth, faults=frozenset({"slow-learning"}), recovers=False)


def classifier(draft: Draft, random: Random, setting: Setting) -> None:
    """Healthy: the accuracy rises from guessing while the loss falls; half of the logs tell the classes."""
    del setting
    classes = _classified(draft, random, 1.0 - draft.validation)
    draft.classes = classes if random.integers(2) else None


def below_chance(draft: Draft, random: Random, setting: Setting) -> None:
    """Evaluation labels in another order: train learns, validation loss rises, the accuracy sinks below guessing."""
    del setting
    learned = 1.0 - draft.validation
    classes = _classified(draft, random, learned)
    share = random.uniform(0.0, 0.6)  # of the accuracy of guessing that is left
    draft.accuracy = (1.0 - (1.0 - share) * learned) / classes
    draft.classes = classes
    draft.samples = max(draft.samples, int(np.ceil(25.0 * (classes - 1) / (1.0 - share) ** 2)))  # five sd below
    draft.validation = 1.0 + random.uniform(0.1, 1.0) * learned
    draft.truth = replace(
        draft.truth,
        faults=frozenset({"below-chance"}),
        unclear=frozenset({"overfitting", "divergence", "metric-conflict", "plateau", "oscillation"}),
    )


def metric_conflict(draft: Draft, random: Random, setting: Setting) -> None:
    """Growing confidence: the loss rises from its minimum on while the accuracy goes on gaining."""
    del setting
    n = len(draft.t)
    k = n * random.uniform(0.2, 0.5)
    rise = np.clip((draft.t - k) / (n - 1 - k), 0.0, None)
    draft.validation = draft.validation + random.uniform(0.1, 0.4) * rise
    draft.train = draft.train - 0.1 * rise
    _classified(draft, random, (1.0 - np.exp(-draft.t / (n * random.uniform(0.4, 0.8)))))
    draft.samples = max(draft.samples, 1000)
    draft.truth = replace(
        draft.truth,
        faults=frozenset({"metric-conflict"}),
        unclear=frozenset({"overfitting", "oscillation"}),
        recovers=False,
        onset=int(np.argmin(draft.validation)),
    )


def _classified(draft: Draft, random: Random, learned: Floats) -> int:
    """An accuracy that rises from guessing as `learned` float64[n] goes from 0 to 1; the number of classes."""
    classes = int(random.choice(CLASSES))
    draft.samples = int(random.choice(SAMPLES))
    draft.start = float(np.log(classes))
    top = random.uniform(max(0.6, 1.3 / classes), 0.97)
    draft.accuracy = 1.0 / classes + (top - 1.0 / classes) * np.clip(learned, 0.0, 1.0)
    sampling = float(np.sqrt(top * (1.0 - top) / draft.samples)) / (top - 1.0 / classes)
    if sampling > NOISY:
        draft.truth = replace(draft.truth, unclear=frozenset({"oscillation"}))
    return classes


def divergence(draft: Draft, random: Random, setting: Setting) -> None:
    """Train and validation leave their level between 30 and 70 % of the run and lose 1 to 20 times their progress."""
    del setting
    n = len(draft.t)
    k = int(n * random.uniform(0.3, 0.7))
    rise = np.clip((draft.t - k) / (n - 1 - k), 0.0, None) ** random.uniform(0.5, 1.5)
    lift = float(np.exp(random.uniform(0.0, np.log(20.0)))) * rise
    draft.validation = draft.validation + lift
    draft.train = draft.train + lift
    draft.truth = replace(
        draft.truth,
        faults=frozenset({"divergence"}),
        unclear=frozenset({"oscillation", "loss-spike", "overfitting"}),
        recovers=False,
        onset=k,
    )


def isolated(draft: Draft, random: Random, setting: Setting) -> None:
    """One to three evaluations are NaN in both losses, and training goes on as before."""
    del setting
    n = len(draft.t)
    draft.lost = tuple(sorted({int(random.integers(1, n - 2)) for _ in range(random.integers(1, 4))}))
    draft.truth = replace(draft.truth, faults=frozenset({"non-finite"}), onset=draft.lost[0])


def lost_for_good(draft: Draft, random: Random, setting: Setting) -> None:
    """Both losses are NaN from some evaluation on."""
    del setting
    n = len(draft.t)
    k = int(n * random.uniform(0.3, 0.9))
    draft.lost = tuple(range(k, n))
    draft.truth = replace(draft.truth, faults=frozenset({"non-finite"}), onset=k)


def diminishing(draft: Draft, random: Random, setting: Setting) -> None:
    """A price that the clean course stops earning between 20 and 70 % of the run."""
    del setting
    earned = _earned(draft, random)
    k = max(1, int(len(earned) * random.uniform(0.2, 0.7)))
    draft.price = float(np.sqrt(earned[k - 1] * earned[k]))
    onset = int(np.argmax(earned < draft.price))
    draft.truth = replace(draft.truth, faults=frozenset({"diminishing-returns"}), recovers=False, onset=onset)


def earning(draft: Draft, random: Random, setting: Setting) -> None:
    """Healthy: a course that still falls at its end, at a price that its last epoch earns three times."""
    slow(draft, random, setting)
    draft.price = float(_earned(draft, random)[-2]) / 3.0


def _earned(draft: Draft, random: Random) -> Floats:
    """The most that any later evaluation gains per hour, float64[n], the last one nothing."""
    draft.hours = float(np.exp(random.uniform(np.log(0.02), np.log(2.0))))
    hours = draft.hours * draft.t
    gain = draft.validation[:, None] - draft.validation[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        pace = np.where(hours[None, :] > hours[:, None], gain / (hours[None, :] - hours[:, None]), -np.inf)
    return np.where(np.isfinite(best := pace.max(axis=1)), np.maximum(best, 1e-12), 1e-12)
