"""A scenario: a training whose course is caused, with what must be verified of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from loglens.trainer.settings import Settings

Sweep = dict[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A training whose course is caused.

    `fault` says what is injected; `shows` names the states (see `states.STATES`) that must be verified present,
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
