"""The report: all verdicts over all runs, with what is needed to show them and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from loglens.events.series import Floats, Ints, SeriesKey
from loglens.jsonform import to_plain
from loglens.notebook import counted, in_brief, runs_table
from loglens.runs.curve import Direction, Phase, Quantity, XUnit
from loglens.runs.names import folder_names, label_of
from loglens.verdict import Detail, Verdict

SCHEMA: Literal["loglens.report/1"] = "loglens.report/1"

Missing = Literal[
    "", "never-reached", "not-finite", "too-short", "no-points", "no-epochs", "no-direction", "no-wall-times"
]
"""Why a measurement has no value ("" where it has one)."""


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
    same_as: SeriesKey | None = None


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
    """A number that a rule of the config asked for; None where the run cannot give it, and `missing` says why.

    "never-reached" and "not-finite" speak against the run itself; the other reasons only say that the log does not
    tell. For a rule on the whole curve `steps` and `values` hold it reduced (`loglens.measure`), and `value` is None.
    """

    rule: str
    value: float | None
    dir: str = ""
    tag: str = ""
    missing: Missing = ""
    steps: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()


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
    display: Sequence[DisplayCurve] = field(  # in the JSON on request only; long: loglens.packed reads it last
        default=(), metadata={"optional": True, "later": True}
    )

    def curve(self, key: tuple[str, str] | None) -> CurveReport | None:
        """The curve of that directory and tag, or None."""
        return next((curve for curve in self.curves if (curve.dir, curve.tag) == key), None)

    def label(self, key: tuple[str, str]) -> str:
        """What sentences call the curve of that directory and tag, as those of its verdicts do."""
        return self.labels(key[1]).get(key, label_of(key[1], ""))

    def labels(self, tag: str | None = None) -> dict[tuple[str, str], str]:
        """What sentences call each curve, or each of that tag, by directory and tag."""
        keys = [SeriesKey(curve.dir, curve.tag) for curve in self.curves if tag in (None, curve.tag)]
        return {key: label_of(key.tag, name) for key, name in zip(keys, folder_names(keys), strict=True)}

    def drawn(self, key: tuple[str, str] | None) -> DisplayCurve | None:
        """The points kept for drawing the curve of that directory and tag, or None."""
        return next((curve for curve in self.display if (curve.dir, curve.tag) == key), None)

    def to_plain(self, *, curves: bool = False) -> dict[str, Any]:
        """The run as it stands in the JSON report; `curves` adds the display curves."""
        plain: dict[str, Any] = to_plain(self if curves else replace(self, display=()))
        if not curves:
            del plain["display"]
        return plain

    def to_json(self, *, curves: bool = False, indent: int | None = None) -> str:
        """The run alone as JSON, in the shape it has inside a report."""
        return json.dumps(self.to_plain(curves=curves), allow_nan=False, indent=indent)

    def to_records(self) -> list[dict[str, Any]]:
        """One flat record a verdict, for `pandas.DataFrame(...)`; `dir` and `tag` name the judged curve."""
        return [
            {
                "run": self.name,
                "group": self.group,
                "detector": verdict.detector,
                "status": verdict.status,
                "confidence": verdict.confidence,
                "dir": verdict.tags[0].dir if verdict.tags else None,
                "tag": verdict.tags[0].tag if verdict.tags else None,
                "start_step": verdict.start_step,
                "end_step": verdict.end_step,
                "start_epoch": verdict.start_epoch,
                "end_epoch": verdict.end_epoch,
                "value": verdict.value,
                "threshold": verdict.threshold,
                "unit": verdict.unit,
                "summary": verdict.summary,
                "advice": verdict.advice,
                "missing": list(verdict.missing),
            }
            for verdict in self.verdicts
        ]

    def __repr__(self) -> str:
        """A line at the prompt: all that a run holds fills thousands."""
        return f"<RunReport {in_brief(self)}>"

    def _repr_html_(self) -> str:
        return runs_table([self])


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

    def to_plain(self, *, curves: bool = False) -> dict[str, Any]:
        """The report as plain lists and dicts, in the shape of their schema; `curves` adds the display curves."""
        return {
            "schema": self.schema,
            "loglens_version": self.loglens_version,
            "config": to_plain(self.config),
            "runs": [run.to_plain(curves=curves) for run in self.runs],
            "unreadable": to_plain(self.unreadable),
        }

    def to_json(self, *, curves: bool = False, indent: int | None = None) -> str:
        """The report as JSON (schemas/report.schema.json); numbers that are not finite are null."""
        if indent is not None:
            return json.dumps(self.to_plain(curves=curves), allow_nan=False, indent=indent)
        return "".join(self.json_parts(curves=curves))

    def json_parts(self, *, curves: bool = False) -> Iterator[str]:
        """The text of `to_json()` run by run, to be written as it comes: 10,000 runs are 400 MB of it.

        Their plain form at once would take two gigabytes.
        """
        before, _, after = json.dumps(replace(self, runs=()).to_plain(), allow_nan=False).rpartition('"runs": []')
        yield f'{before}"runs": ['
        for number, run in enumerate(self.runs):
            yield f"{', ' if number else ''}{run.to_json(curves=curves)}"
        yield f"]{after}"

    def to_records(self) -> list[dict[str, Any]]:
        """One flat record a verdict of every run, for `pandas.DataFrame(...)`."""
        return [record for run in self.runs for record in run.to_records()]

    def __repr__(self) -> str:
        """A line at the prompt, as of a run."""
        return f"<Report {counted(self.runs, self.unreadable)}>"

    def _repr_html_(self) -> str:
        return runs_table(self.runs, self.unreadable)
