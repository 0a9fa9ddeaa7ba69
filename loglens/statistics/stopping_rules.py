"""The usual rules for stopping early, replayed on a finished curve: where each would have stopped, what it kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from loglens.events.series import Floats, Ints

PATIENCES = (1, 2, 3, 5, 10, 20)
"""Hugging Face waits 1, Lightning 3, Keras tutorials 5 to 10."""

PERCENT, QUOTIENT, STRIPS, STRIP = 5.0, 0.75, 3, 5
"""Of Prechelt: GL 5, PQ .75, UP 3, with strips of five epochs."""
PATIENT = {f"patience {k}": k for k in PATIENCES}
Flags = npt.NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Indices of the last evaluation that was run and of the one that is kept; `early`: before the end."""

    last: int
    kept: int
    early: bool


def patience(values: Floats, k: int) -> Stopped:
    """Stop after `k` evaluations in a row without a new minimum of `values` float64[n] (Keras EarlyStopping)."""
    best = _best_so_far(values)
    return _stopped(best, _waited(best) >= k)


def generalisation_loss(values: Floats, percent: float = PERCENT) -> Stopped:
    """Stop when the loss is `percent` above its minimum: GL of Prechelt, Early Stopping - But When?, 1998."""
    best = _best_so_far(values)
    return _stopped(best, _loss(values, best) > percent)


def progress_quotient(values: Floats, train: Floats, quotient: float = QUOTIENT) -> Stopped:
    """Stop when generalisation loss outweighs training progress over a strip: PQ of Prechelt 1998."""
    best = _best_so_far(values)
    return _stopped(best, _outweighs(_loss(values, best), train, quotient))


def successive_rises(values: Floats, strips: int = STRIPS) -> Stopped:
    """Stop when the loss rose over `strips` successive strips: UP of Prechelt 1998."""
    return _stopped(_best_so_far(values), _rose(values, strips))


def usual_rules(values: Floats, train: Floats | None) -> dict[str, Stopped]:
    """What each rule does on validation `values` float64[n], by its name; PQ only with `train` float64[n] beside."""
    best = _best_so_far(values)
    loss = _loss(values, best)
    waited = _waited(best)
    stopped = {name: _stopped(best, waited >= k) for name, k in PATIENT.items()}
    stopped["GL 5"] = _stopped(best, loss > PERCENT)
    if train is not None:
        stopped["PQ 0.75"] = _stopped(best, _outweighs(loss, train, QUOTIENT))
    stopped["UP 3"] = _stopped(best, _rose(values, STRIPS))
    return stopped


def _outweighs(loss: Floats, train: Floats, quotient: float) -> Flags:
    """Where generalisation `loss` is more than `quotient` times the progress of `train` over the last strip."""
    stops = np.zeros(len(loss), dtype=np.bool_)
    if len(loss) >= STRIP:
        windows = _windows(train, STRIP)
        lowest, mean = windows.min(axis=0), windows.sum(axis=0) / STRIP
        with np.errstate(divide="ignore", invalid="ignore"):
            progress = np.where(lowest > 0, 1000.0 * (mean / lowest - 1.0), np.inf)
        stops[STRIP - 1 :] = loss[STRIP - 1 :] > quotient * np.maximum(progress, 1e-9)
    return stops


def _rose(values: Floats, strips: int) -> Flags:
    """Where `values` have risen from the end of one strip to the next, `strips` times in a row."""
    ends = values[STRIP - 1 :: STRIP]
    rose = ends[1:] > ends[:-1]
    stops = np.zeros(len(values), dtype=np.bool_)
    if len(rose) >= strips:
        run = _windows(rose, strips).all(axis=0)
        stops[(np.flatnonzero(run) + strips) * STRIP + STRIP - 1] = True
    return stops


def _windows(values: npt.NDArray[Kind], length: int) -> npt.NDArray[Kind]:
    """All stretches of `length` values, [length, n - length + 1]: for short ones a tenth of sliding_window_view."""
    return np.stack([values[start : len(values) - length + 1 + start] for start in range(length)])


def _best_so_far(values: Floats) -> Ints:
    """The index int64[n] of the lowest value up to and including each."""
    lowest = np.minimum.accumulate(values)
    new = np.ones(len(values), dtype=np.bool_)
    new[1:] = values[1:] < lowest[:-1]
    return np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))


def _loss(values: Floats, best: Ints) -> Floats:
    """Prechelt's generalisation loss float64[n], in percent of the minimum so far."""
    lowest = values[best]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(100.0 * (values - lowest) / np.abs(lowest))


def _waited(best: Ints) -> Ints:
    """Evaluations since the best one, int64[n]."""
    return np.asarray(np.arange(len(best)) - best, dtype=np.int64)


def _stopped(best: Ints, stops: Flags) -> Stopped:
    first = int(np.argmax(stops))
    last = first if stops[first] else len(best) - 1
    return Stopped(last, int(best[last]), last < len(best) - 1)
