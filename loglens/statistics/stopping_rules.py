"""The usual rules for stopping early, replayed on a finished curve: where each would have stopped, what it kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from loglens.events.series import Floats, Ints

PATIENCES = (1, 2, 3, 5, 10, 20)
"""Hugging Face waits 1, Lightning 3, Keras tutorials 5 to 10."""

PERCENT, QUOTIENT, STRIPS, STRIP = 5.0, 0.75, 3, 5
"""Of Prechelt: GL 5, PQ .75, UP 3, with strips of five epochs."""
PATIENT = {f"patience {k}": k for k in PATIENCES}
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Indices of the last evaluation that was run and of the one that is kept; `early`: before the end."""

    last: int
    kept: int
    early: bool


def patience(values: Floats, k: int) -> Stopped:
    """Stop after `k` evaluations in a row without a new minimum of `values` float64[n] (Keras EarlyStopping)."""
    best = _best_so_far(values)
    return _stopped(best, _first(_waited(best) >= k))


def generalisation_loss(values: Floats, percent: float = PERCENT) -> Stopped:
    """Stop when the loss float64[n] is `percent` above its minimum: GL of Prechelt, Early Stopping - But When, 1998."""
    best = _best_so_far(values)
    return _stopped(best, _first(_loss(values, best) > percent))


def progress_quotient(values: Floats, train: Floats, quotient: float = QUOTIENT) -> Stopped:
    """Stop when generalisation loss outweighs the progress of `train` float64[n] over a strip: PQ of Prechelt 1998."""
    best = _best_so_far(values)
    return _stopped(best, _outweighing(_loss(values, best), train, quotient))


def successive_rises(values: Floats, strips: int = STRIPS) -> Stopped:
    """Stop when the loss float64[n] rose over `strips` successive strips: UP of Prechelt 1998."""
    return _stopped(_best_so_far(values), _risen(values, strips))


def usual_rules(values: Floats, train: Floats | None) -> dict[str, Stopped]:
    """What each rule does on validation `values` float64[n], by its name; PQ only with `train` float64[n] beside."""
    best = _best_so_far(values)
    loss = _loss(values, best)
    reached = _first_waits(best)
    stopped = {name: _stopped(best, reached[k - 1] if k <= len(reached) else None) for name, k in PATIENT.items()}
    stopped["GL 5"] = _stopped(best, _first(loss > PERCENT))
    if train is not None:
        stopped["PQ 0.75"] = _stopped(best, _outweighing(loss, train, QUOTIENT))
    stopped["UP 3"] = _stopped(best, _risen(values, STRIPS))
    return stopped


def _outweighing(loss: Floats, train: Floats, quotient: float) -> int | None:
    """Where generalisation `loss` is first more than `quotient` times the progress of `train` over the last strip."""
    if len(loss) < STRIP:
        return None
    strip = [train[start : len(train) - STRIP + 1 + start] for start in range(STRIP)]
    lowest, mean = reduce(np.minimum, strip), reduce(np.add, strip) / STRIP
    with np.errstate(divide="ignore", invalid="ignore"):
        progress = np.where(lowest > 0, 1000.0 * (mean / lowest - 1.0), np.inf)
    first = _first(loss[STRIP - 1 :] > quotient * np.maximum(progress, 1e-9))
    return None if first is None else first + STRIP - 1


def _risen(values: Floats, strips: int) -> int | None:
    """Where `values` have first risen from the end of one strip to the next, `strips` times in a row."""
    ends = values[STRIP - 1 :: STRIP].tolist()
    rises = 0
    for strip in range(1, len(ends)):
        rises = rises + 1 if ends[strip] > ends[strip - 1] else 0
        if rises == strips:
            return strip * STRIP + STRIP - 1
    return None


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


def _first_waits(best: Ints) -> list[int]:
    """Where 1, 2, 3 ... evaluations in a row have first been without a new minimum."""
    first: list[int] = []
    for at, waited in enumerate(_waited(best).tolist()):
        if waited > len(first):
            first.append(at)
    return first


def _first(stops: Flags) -> int | None:
    first = int(stops.argmax())
    return first if stops[first] else None


def _stopped(best: Ints, first: int | None) -> Stopped:
    last = len(best) - 1 if first is None else first
    return Stopped(last, int(best[last]), last < len(best) - 1)
