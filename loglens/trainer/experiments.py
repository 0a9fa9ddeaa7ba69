"""Experiments: a scenario's training together with the interventions that tell its truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loglens.trainer.history import History
from loglens.trainer.interventions import changed
from loglens.trainer.scenario import Scenario
from loglens.trainer.settings import Settings
from loglens.trainer.trainings import train_many
from loglens.trainer.truth import truth


@dataclass(frozen=True, slots=True)
class Experiment:
    """One run to be logged, and the same run with one thing changed, by the name of the intervention."""

    scenario: Scenario
    settings: Settings
    reruns: dict[str, Settings]

    @property
    def epochs(self) -> int:
        """Epochs of all trainings together."""
        return self.settings.epochs + sum(rerun.epochs for rerun in self.reruns.values())


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of an experiment."""

    experiment: Experiment
    history: History
    reruns: dict[str, History]

    def truth(self, about: dict[str, Any]) -> dict[str, Any]:
        """The content of truth.json; `about` is the note of the log and whatever else is to stand in it."""
        one = self.experiment.scenario
        promised = {"fault": one.fault, "shows": list(one.shows), "lacks": list(one.lacks)}
        return truth(self.history, self.reruns, about | promised)


def experiment(scenario: Scenario, seed: int, **overrides: Any) -> Experiment:
    """The experiment of one seed; `overrides` change settings of the run and of its reruns alike."""
    settings = scenario.training(seed).replace(**overrides)
    return Experiment(scenario, settings, {name: changed(settings, name) for name in scenario.reruns})


def conduct(experiments: Sequence[Experiment], device: str, done: Callable[[int], None] | None = None) -> list[Outcome]:
    """Train all runs and reruns, those of equal shape together; `done` is told of every run-epoch."""
    settings = [s for e in experiments for s in (e.settings, *e.reruns.values())]
    histories = iter(train_many(settings, device, done=done))
    return [Outcome(e, next(histories), {name: next(histories) for name in e.reruns}) for e in experiments]


def verified(known: dict[str, Any]) -> bool:
    """Whether the truth holds what its scenario promised: every shown state present, every lacked one absent."""
    states = known["states"]
    return all(states[name]["present"] is True for name in known["shows"]) and all(
        states[name]["present"] is False for name in known["lacks"]
    )
