"""A verdict: what a detector says of a run, and the evidence for it in four closed kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from loglens.events.series import SeriesKey

Status = Literal["pass", "warn", "fail", "undetermined", "not-applicable", "error"]
FINDINGS: tuple[Status, ...] = ("warn", "fail")

Detail = str | int | float | bool | None | tuple["Detail", ...] | Mapping[str, "Detail"]


@dataclass(frozen=True, slots=True)
class Marker:
    """One step of a curve worth pointing at: a best step, an onset, a spike."""

    curve: SeriesKey
    step: int
    label: str
    value: float | None = None
    kind: Literal["marker"] = "marker"


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of steps, inclusive; open to the end when `end_step` is None; with a band of values or none."""

    curve: SeriesKey
    start_step: int
    end_step: int | None
    label: str
    low: float | None = None
    high: float | None = None
    kind: Literal["interval"] = "interval"


@dataclass(frozen=True, slots=True)
class Overlay:
    """A derived line to draw over a curve: a smoothed course, a fitted trend."""

    curve: SeriesKey
    steps: tuple[int, ...]
    values: tuple[float | None, ...]
    label: str
    kind: Literal["overlay"] = "overlay"


@dataclass(frozen=True, slots=True)
class Fact:
    """A number or a word that supports the verdict, with its unit ("" for none)."""

    label: str
    value: str | int | float | bool | None
    unit: str = ""
    kind: Literal["fact"] = "fact"


Evidence = Marker | Interval | Overlay | Fact


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one detector says of one judged curve (or of the whole run when `tags` is empty).

    `confidence` is the probability that the status is right, None for undetermined, not-applicable and error.
    `start_step` is a logged step of `tags[0]`, `end_step` is inclusive and None when it lasts to the end.
    `value` and `threshold` are in `unit`; `missing` names the tags or settings that would decide.
    """

    detector: str
    status: Status
    summary: str
    confidence: float | None = None
    tags: tuple[SeriesKey, ...] = ()
    advice: str = ""
    start_step: int | None = None
    end_step: int | None = None
    start_epoch: float | None = None
    end_epoch: float | None = None
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    missing: tuple[str, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)
    evidence: Sequence[Evidence] = field(default=(), metadata={"later": True})  # long: loglens.packed reads it last

    @property
    def is_finding(self) -> bool:
        return self.status in FINDINGS
