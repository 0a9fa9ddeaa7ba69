"""The report: all verdicts over all runs, with what is needed to show them and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from loglens.events.series import Floats, Ints, SeriesKey
from loglens.runs.curve import Direction, Phase, Quantity, XUnit
from loglens.verdict import Detail, Verdict

SCHEMA: Literal["loglens.report/1"] = "loglens.report/1"


@dataclass(frozen=True, slots=True)
class Lost:
    """What of a run's files could not be used; see `loglens.events.series.Losses` for each count."""

    bad_records: int = 0
    truncated_bytes: int = 0
    repeated_steps: int = 0
    skipped_bytes: int = 0
    zero_bytes: int = 0
    undecodable_values: int = 0


@dataclass(frozen=True, slots=True)
class CurveReport:
    """One curve as it was understood: its role and why, its axis, its pair."""

    dir: str
    tag: str
    phase: Phase
    quantity: Quantity
    name: str
    direction: Direction
    x_unit: XUnit
    points: int
    first_step: int | None
    last_step: int | None
    non_finite: int
    role_confidence: float
    role_reason: str
    pair: SeriesKey | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DisplayCurve:
    """A curve thinned for drawing: at most 500 points, the extremes kept. Never used for a verdict.

    The arrays have one length and are read-only; `epochs` is None when unknown; `values` may hold NaN and Inf.
    """

    dir: str
    tag: str
    steps: Ints
    wall_times: Floats
    values: Floats
    epochs: Floats | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number that a rule of the config asked for; None where the run cannot give it."""

    rule: str
    value: float | None
    dir: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything said about one run."""

    name: str
    group: str
    steps_per_epoch: float | None
    batch_size: int | None
    lost: Lost
    curves: tuple[CurveReport, ...]
    verdicts: tuple[Verdict, ...]
    measurements: tuple[Measurement, ...] = ()
    framework: str = ""
    notes: tuple[str, ...] = ()
    display: tuple[DisplayCurve, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that gave nothing, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The one result that every view renders."""

    loglens_version: str
    config: Mapping[str, Detail]
    runs: tuple[RunReport, ...]
    unreadable: tuple[Unreadable, ...] = ()
    schema: Literal["loglens.report/1"] = SCHEMA
