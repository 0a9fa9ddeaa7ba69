"""What was verified of a training of the trainer's corpus, in the benchmark's words: its faults and what is unclear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.truth import Truth
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


def truth_of(known: Mapping[str, Any], *, rises: bool) -> Truth:
    """A truth.json in the benchmark's words; `rises`: trainings of its scenario rise on average (`truly_rises`)."""
    states = known["states"]
    expected = _expected(known, rises=rises)
    over = states["overfitting"]
    population = np.asarray([np.nan if v is None else v for v in known["curves"]["population_loss"]], dtype=np.float64)
    whole = bool(np.isfinite(population).all())
    progress = float(population[0] - population.min()) if whole else 0.0
    judged = whole and progress > LEAST_LEARNED * population[0] and not states["below-chance"]["present"]
    return Truth(
        family=known["scenario"],
        faults=frozenset(name for name, present in expected.items() if present),
        unclear=(ASKED | {"underfitting"}) - set(expected),
        course=population[1:] if judged else None,  # evaluations follow the epochs
        progress=progress or 1.0,
        onset=over["onset_epoch"] - 1 if expected.get("overfitting") and over.get("onset_epoch") else None,
        state="improving" if states["improving"]["present"] else "plateau" if states["plateau"]["present"] else "",
        cause=_cause(states, expected.get("oscillation", False)),
        recovers=states["late-recovery"]["present"],
    )


def _expected(known: Mapping[str, Any], *, rises: bool) -> dict[str, bool]:
    """Which detectors should report a finding and which should not; those that are not among them are unclear.

    Unclear is what lies between present and absent. So is overfitting that a run's population loss rules out where
    trainings of its scenario rise, a spike where a step threw the weights out of place, slow learning of a run that has
    come as far as a healthy one may, and an oscillation of data in a fixed order, which is told only where the losses
    of steps were logged.
    """
    states = known["states"]
    expected = {name: bool(set(one["status"]) & set(FINDINGS)) for name, one in labels(known)["expected"].items()}
    if _learned(known["curves"]["train_loss"]):
        expected["underfitting"] = False
    conflict = _conflict(states)
    if conflict is not None:
        expected["metric-conflict"] = conflict
    slow = states["slow-learning"]
    unclear = {
        "overfitting": rises and expected.get("overfitting") is False,
        "loss-spike": expected.get("loss-spike") is False and _thrown(known),
        "slow-learning": slow["present"] and slow["gain_longer"] < FAR_FROM_DONE,
        "metric-conflict": conflict is None and states["metric-conflict"]["present"],
        "oscillation": states["data-order"]["present"],
    }
    return {name: present for name, present in expected.items() if not unclear.get(name)}


def _conflict(states: Mapping[str, Any]) -> bool | None:
    """Whether loss and accuracy go opposite ways by as much as a log can show; None where that is unclear."""
    found, over = states["metric-conflict"], states["overfitting"]
    if found["present"]:
        # the lowest epoch of a swing and its end are a matter of luck
        luck = found["loss_rise"] < MORE_THAN_SWING * states["oscillation"]["size"]
        return None if luck or found["size"] < SEEN_GAIN else True
    return False if found["present"] is False and over.get("logged_rise", 0.0) <= SHOWN else None


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
