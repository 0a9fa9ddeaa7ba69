"""Small trainings that swing for a known cause, each logged in the ways people log a train loss, and what is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.draft import Random
from benchmarks.accuracy.seeds import Purpose, generator
from loglens.detector import judge_run
from loglens.detectors.oscillation import Oscillation
from loglens.events.series import Floats, Ints, SeriesKey
from loglens.runs.curve import Curve, Phase, Role, Run

CAUSES = ("step-noise", "eval-noise")
LOGGED = ("every step", "every 5th step and means over epochs", "means of 5 steps")
"""Train losses within epochs that hold every batch: what the cause needs."""
NOT_LOGGED = ("every 5th step", "means over epochs", "no train loss")
EPOCHS, STEPS, BATCH, INPUTS = 40, 40, 16, 8
SAMPLES = STEPS * BATCH
POPULATION = 4000
MOST_RUNS = 500
"""Of each cause, logged in six ways: a training costs as much as judging fifty short runs."""
FEW = (5, 20)
"""Samples of a noisy evaluation, drawn anew every time."""


@dataclass(frozen=True, slots=True)
class CauseOutcome:
    """What was told of a run: the cause of its oscillation, "" where none was found, and whether tags were missed."""

    cause: str
    logging: str
    told: str
    names_missing: bool


def cause_outcomes(cause: str, purpose: Purpose, start: int, end: int) -> list[CauseOutcome]:
    """Trainings `start` to `end` - 1 of that cause, each judged once for every way of logging it."""
    detector, outcomes = Oscillation(), []
    for number in range(start, end):
        losses, evaluations = training(cause, generator(purpose, f"cause: {cause}", number))
        for logging, run in logs(losses, evaluations).items():
            found = [v for v in judge_run(run, [detector]) if v.is_finding]
            told = [str(v.details["cause"]) for v in found]
            named = next((name for name in told if name != "undetermined"), told[0] if told else "")
            outcomes.append(CauseOutcome(cause, logging, named, any(v.missing for v in found)))
    return outcomes


def training(cause: str, random: Random) -> tuple[Floats, Floats]:
    """Losses of the batches float64[epochs, steps] and of the evaluations float64[epochs] of a linear regression.

    Trained by plain gradient descent in shuffled batches. Step noise comes from a learning rate of .4 to .8 of the
    largest stable one, a noisy evaluation from few samples at a tenth of that rate.
    """
    scales = np.geomspace(1.0, 0.3, INPUTS)
    teacher, noise = random.standard_normal(INPUTS) / scales, random.uniform(0.3, 1.0)
    x, y = _samples(SAMPLES, scales, teacher, noise, random)
    many_x, many_y = _samples(POPULATION, scales, teacher, noise, random)
    stable = 2.0 * BATCH / ((BATCH + 1) * scales[0] ** 2 + float(np.sum(scales**2)))  # of Gaussian inputs
    rate = stable * (random.uniform(0.4, 0.8) if cause == "step-noise" else random.uniform(0.02, 0.05))
    few = int(random.integers(*FEW)) if cause == "eval-noise" else POPULATION
    weights, losses, evaluations = np.zeros(INPUTS), np.empty((EPOCHS, STEPS)), np.empty(EPOCHS)
    for epoch in range(EPOCHS):
        order = random.permutation(SAMPLES)
        for step, batch in enumerate(order.reshape(STEPS, BATCH)):
            error = x[batch] @ weights - y[batch]
            losses[epoch, step] = 0.5 * float(error @ error) / BATCH
            weights = weights - rate / BATCH * (error @ x[batch])
        chosen = random.integers(0, POPULATION, few) if few < POPULATION else slice(None)
        evaluations[epoch] = 0.5 * float(np.mean((many_x[chosen] @ weights - many_y[chosen]) ** 2))
    return losses, evaluations


def logs(losses: Floats, evaluations: Floats) -> Mapping[str, Run]:
    """The run by each way of logging its train loss; no learning rate."""
    steps = np.arange(1, losses.size + 1)
    ends = STEPS * np.arange(1, EPOCHS + 1)
    every = _curve("train/loss", "train", steps, losses.ravel())
    fifth = _curve("train/loss", "train", steps[4::5], losses.ravel()[4::5])
    windows = _curve("train/loss", "train", steps[4::5], losses.reshape(-1, 5).mean(axis=1))
    means = _curve("train/epoch_loss", "train", ends, losses.mean(axis=1))
    ways: dict[str, tuple[Curve, ...]] = {
        "every step": (every,),
        "every 5th step and means over epochs": (fifth, means),
        "means of 5 steps": (windows,),
        "every 5th step": (fifth,),
        "means over epochs": (means,),
        "no train loss": (),
    }
    evaluation = _curve("val/loss", "validation", ends, evaluations)
    return {
        name: Run(name, (".",), (evaluation, *curves), steps_per_epoch=float(STEPS)) for name, curves in ways.items()
    }


def _samples(size: int, scales: Floats, teacher: Floats, noise: float, random: Random) -> tuple[Floats, Floats]:
    x = scales * random.standard_normal((size, INPUTS))
    return x, x @ teacher + noise * random.standard_normal(size)


def _curve(tag: str, phase: Phase, steps: Ints, values: Floats) -> Curve:
    role = Role(phase, "loss", "", "min", 1.0, "known")
    return Curve(SeriesKey(".", tag), role, "step", steps, steps.astype(np.float64), values, steps / STEPS, None)
