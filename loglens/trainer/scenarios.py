"""The scenarios: each one small record that says which fault is injected and which state must be verified."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from loglens.events.errors import LogLensError
from loglens.trainer.settings import Settings

Sweep = dict[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A training whose course is caused.

    `fault` says what is injected; `shows` names the states (see `truth.STATES`) that must be verified present,
    `lacks` those verified absent; `sweep` gives values that the seeds go through; `reruns` names the interventions
    (see `interventions.CHANGES`) that decide the states or measure the remedies.
    """

    name: str
    fault: str
    settings: Settings
    shows: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    sweep: Sweep = field(default_factory=dict)
    reruns: tuple[str, ...] = ()
    same_task: bool = False  # seeds differ in weights and order only

    def training(self, seed: int) -> Settings:
        """The settings of one seed: it takes the next values of the sweep, and a task of its own."""
        combinations = list(itertools.product(*self.sweep.values()))
        chosen = dict(zip(self.sweep, combinations[seed % len(combinations)], strict=True))
        return self.settings.replace(seed=seed, task=0 if self.same_task else seed, **chosen)


FAULTS = ("overfitting", "oscillation", "stalled", "non-finite", "divergence", "loss-spike", "below-chance")
DIGITS = Settings(
    data="digits", train_size=1000, val_size=300, population_size=497, label_noise=0.0, lr=0.1, schedule="cosine"
)
GENTLE = Settings(train_size=4000, label_noise=0.05, width=32, lr=0.05, epochs=40, schedule="cosine")
GLYPHS = Settings(data="glyphs", train_size=2000, label_noise=0.0, lr=0.1, epochs=40)
SMALL = Settings(train_size=200, label_noise=0.2, width=128, batch_size=20, lr=0.05, epochs=60)
HOT = Settings(train_size=4000, label_noise=0.0, width=8, lr=1.5, epochs=40)
LINEAR = Settings(train_size=1000, batch_size=1000, activation="linear", loss="mse", width=16, lr=0.1, epochs=60)
MEMORY = DIGITS.replace(label_noise=0.3, width=128, momentum=0.9, lr=0.05, schedule="constant")

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "healthy",
        "none: enough data, a small learning rate that anneals",
        GENTLE,
        lacks=FAULTS,
        sweep={"lr": (0.03, 0.05, 0.08), "batch_size": (32, 64)},
        reruns=("longer",),
    ),
    Scenario(
        "healthy-digits",
        "none: clean digits, a learning rate that anneals",
        DIGITS,
        lacks=FAULTS,
        sweep={"lr": (0.1, 0.2), "momentum": (0.0, 0.5)},
        reruns=("longer",),
    ),
    Scenario(
        "overfitting",
        "200 samples, a fifth of the labels drawn at random, 128 hidden units, no regularisation",
        SMALL,
        shows=("overfitting",),
        sweep={"lr": (0.05, 0.1), "batch_size": (20, 40)},
        reruns=("dropout", "weight-decay", "half-width", "twice-the-data"),
    ),
    Scenario(
        "memorisation",
        "digits with 30 % of the labels drawn at random, 128 hidden units and momentum",
        MEMORY,
        shows=("overfitting",),
        sweep={"lr": (0.03, 0.05)},
        reruns=("dropout", "weight-decay", "half-width"),
    ),
    Scenario(
        "rate-too-high",
        "a learning rate of 1.5 on a small network: the step noise keeps throwing it about",
        HOT,
        shows=("oscillation",),
        sweep={"lr": (1.3, 1.5)},
        reruns=("lower-rate", "larger-batch", "decay"),
    ),
    Scenario(
        "dead-units",
        "hidden biases of -10: no ReLU unit ever fires",
        GLYPHS.replace(hidden_bias=-10.0, lr=0.05),
        shows=("stalled",),
        reruns=("longer", "lower-rate", "higher-rate", "without-fault"),
    ),
    Scenario(
        "rate-drop",
        "none: the rate falls to a tenth after 60 % of the epochs, and the step noise with it",
        HOT.replace(schedule="step", lr=1.0, width=16),
        lacks=("overfitting", "stalled", "non-finite", "divergence"),
    ),
    Scenario(
        "cyclic",
        "none: cosine annealing with warm restarts every 6 epochs",
        HOT.replace(schedule="cyclic", lr=0.7, width=16, epochs=36),
        lacks=("overfitting", "stalled", "non-finite", "divergence"),
        reruns=("constant-rate",),
    ),
    Scenario(
        "not-a-number",
        "full batches on a squared loss, at a learning rate beyond 2 / largest curvature",
        LINEAR.replace(lr=2.0),
        shows=("non-finite",),
        sweep={"lr": (1.0, 2.0)},
    ),
    Scenario(
        "loss-spike",
        "one batch comes with its inputs multiplied by 30",
        GLYPHS.replace(corrupt_epochs=(22.5,), corrupt_scale=30.0),
        shows=("loss-spike",),
        sweep={"corrupt_scale": (20.0, 30.0, 40.0)},
    ),
    Scenario(
        "rate-too-low",
        "a learning rate of 0.001: the loss is far from its end when training stops",
        DIGITS.replace(lr=1e-3, schedule="constant"),
        shows=("improving", "slow-learning"),
        sweep={"lr": (0.001, 0.0015)},
        reruns=("longer", "much-higher-rate"),
    ),
    Scenario(
        "flipped-labels",
        "every validation label is shifted by one class",
        GLYPHS.replace(flip_val=True, lr=0.05),
        shows=("below-chance",),
    ),
)


def scenario(name: str) -> Scenario:
    """The scenario of that name; LogLensError lists the names when there is none."""
    for one in SCENARIOS:
        if one.name == name:
            return one
    raise LogLensError(f"there is no scenario {name!r}; there are {', '.join(s.name for s in SCENARIOS)}")
