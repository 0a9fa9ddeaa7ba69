"""The trainer's corpus: logs of real trainings, read from their event files, with the truth that was verified.

Made by `loglens train --corpus reporting --seeds N --out DIR`; see docs/trainer.md for what its states mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.mean_course import truly_rises
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.truth import Truth
from loglens.runs.curve import Run
from loglens.runs.find import find_runs
from loglens.runs.load import load_many
from loglens.runs.overrides import RunSettings
from loglens.trainer.labels import labels
from loglens.verdict import FINDINGS

ASKED = frozenset(
    {
        "overfitting",
        "oscillation",
        "plateau",
        "non-finite",
        "divergence",
        "loss-spike",
        "below-chance",
        "slow-learning",
        "metric-conflict",
    }
)
"""Detectors whose state the trainer verifies."""
NEVER = frozenset({"underfitting", "diminishing-returns"})
LEARNED = 0.5
"""A run that lost half of its untrained loss has learned: underfitting would be a false alarm."""

SHOWN = 0.05
"""A validation loss that rises by more, where the population does not, may be told to rise."""
SEEN_GAIN = 0.04
"""Of accuracy: two standard errors on the 300 to 500 samples that the scenarios validate on; less no log can show."""
MORE_THAN_SWING = 1.5
"""Times its scatter that a validation loss must rise by: the momentum scenario swings by as much as it rises."""
FAR_FROM_DONE = 0.62
"""Of the progress: what three times the epochs must add for a run to be slow beyond dispute. To an exponential whose
time is 1.2 times the run they add (exp(-1 / 1.2) - exp(-3 / 1.2)) / (1 - exp(-1 / 1.2)); that is the slowest of the
healthy family `slow`, in which slow learning is neither right nor wrong to tell."""
LEAST_LEARNED = 0.05
"""Below this share of the untrained loss no epoch is the best one; nor where the log's own labels are wrong."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The runs of one purpose below `folder`, one scenario or (with "") all."""

    folder: Path
    purpose: Purpose
    scenario: str = ""
    name: str = "corpus"

    def __iter__(self) -> Iterator[tuple[Run, Truth]]:
        return read(self.places())

    def places(self) -> list[Path]:
        """The folders of the runs, in order; only those whose truth is written are whole."""
        found = (self.folder / self.purpose).glob(f"{self.scenario or '*'}/*/truth.json")
        return sorted((path.parent for path in found), key=lambda place: (place.parent.name, len(place.name), place))


def read(places: Sequence[Path]) -> Iterator[tuple[Run, Truth]]:
    """Each run as the command line would read it, and its truth."""
    for place in places:
        known = json.loads((place / "truth.json").read_text())
        found = find_runs([str(place)])
        runs = [run for loaded in load_many(found.sources, RunSettings()) for run in loaded.runs]
        assert len(runs) == 1, f"{place} holds {len(runs)} runs"
        yield runs[0], truth_of(known, rises=truly_rises(place.parent))


def truth_of(known: Mapping[str, Any], *, rises: bool) -> Truth:
    """A truth.json in the benchmark's words; what lies between present and absent is unclear.

    So is overfitting that a run's population loss rules out where trainings of its scenario rise (`rises`), a spike
    where a step threw the weights out of place, and slow learning of a run that has come as far as a healthy one may.
    """
    states, curves = known["states"], known["curves"]
    expected = {name: bool(set(one["status"]) & set(FINDINGS)) for name, one in labels(known)["expected"].items()}
    if rises and expected.get("overfitting") is False:
        del expected["overfitting"]
    if expected.get("loss-spike") is False and _thrown(known):
        del expected["loss-spike"]
    slow = states["slow-learning"]
    if slow["present"] and slow["gain_longer"] < FAR_FROM_DONE:
        del expected["slow-learning"]
    conflict = states["metric-conflict"]["present"]
    found = states["metric-conflict"]
    # the lowest epoch of a swing and its end are a matter of luck
    luck = conflict and found["loss_rise"] < MORE_THAN_SWING * states["oscillation"]["size"]
    if conflict and (luck or found["size"] < SEEN_GAIN):
        expected.pop("metric-conflict", None)
    elif conflict or (conflict is False and states["overfitting"].get("logged_rise", 0.0) <= SHOWN):
        expected["metric-conflict"] = conflict
    if _learned(curves["train_loss"]):
        expected["underfitting"] = False
    unclear = (ASKED | NEVER) - set(expected) - {"diminishing-returns"}
    if states["data-order"]["present"]:  # told as the cause of an oscillation, where step losses were logged
        expected.pop("oscillation", None)
        unclear |= {"oscillation"}
    over = states["overfitting"]
    population = np.asarray([np.nan if v is None else v for v in curves["population_loss"]], dtype=np.float64)
    whole = bool(np.isfinite(population).all())
    progress = float(population[0] - population.min()) if whole else 0.0
    judged = whole and progress > LEAST_LEARNED * population[0] and not states["below-chance"]["present"]
    return Truth(
        family=known["scenario"],
        faults=frozenset(name for name, present in expected.items() if present),
        unclear=frozenset(unclear),
        course=population[1:] if judged else None,  # evaluations follow the epochs
        progress=progress or 1.0,
        onset=over["onset_epoch"] - 1 if expected.get("overfitting") and over.get("onset_epoch") else None,
        state="improving" if states["improving"]["present"] else "plateau" if states["plateau"]["present"] else "",
        cause=_cause(states, expected.get("oscillation", False)),
        recovers=states["late-recovery"]["present"],
    )


def _thrown(known: Mapping[str, Any]) -> bool:
    """Whether the loss on fixed weights rose from one epoch to the next by more than an absent spike may.

    The trainer measures the spikes that it injects; this one nobody injected, and yet the weights were thrown out of
    place. What the restarts of a cyclic rate lift is the schedule's.
    """
    fixed = np.asarray(known["curves"]["train_loss"], dtype=np.float64)
    most = float(known["states"]["loss-spike"]["absent_to"] * fixed[0])
    restarted = known["settings"]["schedule"] == "cyclic"
    return not restarted and float(np.diff(fixed[1:]).max()) > most


def _cause(states: Mapping[str, Any], swings: bool) -> str:
    if states["data-order"]["present"]:
        return "data-order"
    return str(states["oscillation"].get("cause") or "") if swings else ""


def _learned(train: Sequence[float | None]) -> bool:
    first, last = train[0], train[-1]
    return first is not None and last is not None and last < LEARNED * first
