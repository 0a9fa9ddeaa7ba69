"""Logs that grow as a training would write them, and reports that say what a test wants."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from loglens.events.series import SeriesKey
from loglens.events.writer import EventFileWriter
from loglens.report import CurveReport, Lost, RunReport
from loglens.verdict import Status, Verdict


class Training:
    """A train and a validation loss that fall, written point by point, each handed to the system at once."""

    def __init__(self, folder: Path, *, wall_time: float | None = None) -> None:
        self.writer = EventFileWriter(folder, wall_time=wall_time)
        self.step = 0
        self._random = np.random.default_rng(len(folder.name))

    def log(self, points: int = 1, *, broken: bool = False, rising: float = 0.0) -> Self:
        """Some more points; `broken` ones are NaN, `rising` is added to the validation loss at each."""
        for _ in range(points):
            self.step += 1
            noise = self._random.normal(0, 0.005, 2)
            course = float(np.exp(-self.step / 8))
            train = np.nan if broken else course + noise[0]
            self.writer.add_scalars({"train/loss": train, "val/loss": course + 0.1 + noise[1] + rising}, self.step)
        self.writer.flush()
        return self


def report(points: int, **statuses: Status | tuple[Status, float]) -> RunReport:
    """A run with one curve of so many points and one verdict on it a detector, each with its confidence or .8."""
    key = SeriesKey(".", "val/loss")
    curve = CurveReport(
        ".", "val/loss", "validation", "loss", "", "min", "step", points, 0, points - 1, 0, 0.97, "said so"
    )
    verdicts = []
    for name, given in statuses.items():
        status, confidence = given if isinstance(given, tuple) else (given, 0.8)
        verdicts.append(Verdict(name, status, f"{name} says {status}.", confidence=confidence, tags=(key,)))
    return RunReport("run", "run", None, None, Lost(), (curve,), tuple(verdicts))
