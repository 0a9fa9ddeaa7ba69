"""What one job does: judge some runs of one family, or hand them to the peers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.accuracy.corpus import read
from benchmarks.accuracy.draft import Setting
from benchmarks.accuracy.outcome import Outcome, outcome
from benchmarks.accuracy.peers import Said, said
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.synthetic import Synthetic
from loglens.detector import discover


def outcomes(name: str, narrow: Setting, purpose: Purpose, start: int, end: int) -> list[Outcome]:
    """The runs `start` to `end` - 1 of a family, each judged once."""
    detectors, family = [kind() for kind in discover()], Synthetic(name, purpose, narrow)
    found = []
    for number in range(start, end):
        run, truth = family.run(number)
        with np.errstate(all="ignore"):  # rules divide by losses that are NaN in some families
            found.append(outcome(run, truth, detectors))
    return found


def peers_say(name: str, purpose: Purpose, start: int, end: int, python: str) -> list[Said]:
    """What LogLens and the installed peers say of the event files of these runs."""
    family = Synthetic(name, purpose)
    return said([family.run(number) for number in range(start, end)], python)


def corpus_outcomes(places: Sequence[str]) -> list[Outcome]:
    """Logs of the trainer's corpus, read from their files and judged."""
    detectors = [kind() for kind in discover()]
    with np.errstate(all="ignore"):
        return [outcome(run, truth, detectors) for run, truth in read([Path(place) for place in places])]
