"""The trainer's corpus: logs of real trainings, read from their event files, with the truth that was verified.

Made by `loglens train --corpus reporting --seeds N --output DIR`; see docs/trainer.md for what its states mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy.corpus_truth import truth_of
from benchmarks.accuracy.mean_course import truly_rises
from benchmarks.accuracy.seeds import Purpose
from benchmarks.accuracy.truth import Truth
from loglens.runs.curve import Run
from loglens.runs.find import find_runs
from loglens.runs.load import load_many
from loglens.runs.overrides import RunSettings


@dataclass(frozen=True, slots=True)
class Corpus:
    """The runs of one purpose below `folder`, one scenario or (with "") all."""

    folder: Path
    purpose: Purpose
    scenario: str = ""

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
