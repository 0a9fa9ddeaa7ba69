"""The usual rules for stopping early, replayed on a finished curve: where each would have stopped, what it kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.events.series import Floats, Ints

PATIENCES = (1, 2, 3, 5, 10, 20)
"""Hugging Face waits 1, Lightning 3, Keras tutorials 5 to 10."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Indices of the last evaluation that was run and of the one that is kept; `early`: before the end."""

    last: int
    kept: int
    early: bool


def patience(values: Floats, k: int) -> Stopped:
    """Stop after `k` evaluations in a row without a new minimum of `values` float64[n] (Keras EarlyStopping)."""
    best = _best_so_far(values)
    waited = np.flatnonzero(np.arange(len(values)) - best >= k)
    return _stopped(values, best, waited)


def generalisation_loss(values: Floats, percent: float = 5.0) -> Stopped:
    """Stop when the loss is `percent` above its minimum: GL of Prechelt, Early Stopping - But When?, 1998."""
    best = _best_so_far(values)
    lowest = values[best]
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = 100.0 * (values - lowest) / np.abs(lowest)
    return _stopped(values, best, np.flatnonzero(loss > percent))


def progress_quotient(values: Floats, train: Floats, quotient: float = 0.75, strip: int = 5) -> Stopped:
    """Stop when generalisation loss outweighs training progress over a strip: PQ of Prechelt 1998."""
    best = _best_so_far(values)
    stops = []
    for i in range(strip - 1, len(values)):
        window = train[i - strip + 1 : i + 1]
        lowest = abs(float(values[best[i]])) or 1e-300
        loss = 100.0 * float(values[i] - values[best[i]]) / lowest
        progress = 1000.0 * (float(window.mean()) / float(window.min()) - 1.0) if window.min() > 0 else np.inf
        if loss > quotient * max(progress, 1e-9):
            stops.append(i)
            break
    return _stopped(values, best, np.asarray(stops, dtype=np.int64))


def successive_rises(values: Floats, strips: int = 3, strip: int = 5) -> Stopped:
    """Stop when the loss rose over `strips` successive strips: UP of Prechelt 1998."""
    best = _best_so_far(values)
    risen = 0
    stops = []
    for i in range(2 * strip - 1, len(values), strip):
        risen = risen + 1 if values[i] > values[i - strip] else 0
        if risen >= strips:
            stops.append(i)
            break
    return _stopped(values, best, np.asarray(stops, dtype=np.int64))


def usual_rules(values: Floats, train: Floats | None) -> dict[str, Stopped]:
    """What each rule does on validation `values` float64[n], by its name; PQ only with `train` float64[n] beside."""
    stopped = {f"patience {k}": patience(values, k) for k in PATIENCES}
    stopped["GL 5"] = generalisation_loss(values)
    if train is not None:
        stopped["PQ 0.75"] = progress_quotient(values, train)
    stopped["UP 3"] = successive_rises(values)
    return stopped


def _best_so_far(values: Floats) -> Ints:
    """The index int64[n] of the lowest value up to and including each."""
    lowest = np.minimum.accumulate(values)
    new = np.r_[True, values[1:] < lowest[:-1]]
    return np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))


def _stopped(values: Floats, best: Ints, stops: Ints) -> Stopped:
    early = len(stops) > 0
    last = int(stops[0]) if early else len(values) - 1
    return Stopped(last, int(best[last]), early and last < len(values) - 1)
