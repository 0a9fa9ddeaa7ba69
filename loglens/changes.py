"""Changes: what a watch tells of a run, and when a verdict has stood long enough to be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from loglens.events.series import SeriesKey
from loglens.health import worst_verdicts
from loglens.prepared import MOST_POINTS
from loglens.report import RunReport
from loglens.verdict import FINDINGS, Status, Verdict

SCHEMA: Literal["loglens.watch/1"] = "loglens.watch/1"

Event = Literal["verdict", "new-run", "gone-run", "started-over"]

Ending = Literal["interrupted", "terminated", "idle", "finding"]

CONFIRMING_POINTS = 2
"""A changed verdict is told when it still stands after so many more points of its curve. Chosen on tuning seeds: of 300
runs a family, judged at every evaluation, 2 to 5 % are ever told of, of those told at once 4 to 7 %; three points take
half a percent off and come later. `python -m benchmarks.accuracy` measures both."""

CERTAIN = 0.95
"""A finding at least so sure is told at once: values that are NaN, a loss that has blown up. On the same runs .95 and
.99 flag alike, but .99 tells oscillation and overfitting one or two evaluations later."""

NEWS: tuple[Status, ...] = ("fail", "warn", "error")
"""A change between two other states is told on request only: thirteen detectors begin as undetermined in every run."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a run; a JSON line.

    `old` is null when the run is seen for the first time. `settled` is false for a change that was seen at the last
    look only and is told because the watch ends. `time` is UTC, ISO 8601.
    """

    event: Event
    time: str
    run: str
    detector: str | None = None
    old: Status | None = None
    status: Status | None = None
    confidence: float | None = None
    summary: str = ""
    advice: str = ""
    dir: str | None = None
    tag: str | None = None
    start_step: int | None = None
    start_epoch: float | None = None
    last_step: int | None = None
    settled: bool = True
    schema: Literal["loglens.watch/1"] = SCHEMA

    @property
    def is_news(self) -> bool:
        """Whether it is told without being asked for."""
        return self.event != "verdict" or self.old in NEWS or self.status in NEWS


@dataclass(frozen=True, slots=True)
class End:
    """The last line of a watch: why it ended, after how long, and how many runs there were of each state.

    `run`, `detector` and `status` name the finding that met --fail-on, where one did.
    """

    reason: Ending
    time: str
    seconds: float
    looks: int
    judged: int
    fail: int
    warn: int
    not_judged: int
    healthy: int
    run: str | None = None
    detector: str | None = None
    status: Status | None = None
    event: Literal["end"] = "end"
    schema: Literal["loglens.watch/1"] = SCHEMA


@dataclass(slots=True)
class _Detector:
    """What was told of one detector, and what has been seen since: `candidate`, since the curve had `since` points.

    `kind_since`: since when it has been a finding, or none, of either kind: what alternates between warn and fail is
    something wrong all the time. `withdrawn`: how often a finding was told that went away again.
    """

    told: Change
    candidate: Status | None = None
    curve: SeriesKey | None = None
    since: int = 0
    kind_since: int = 0
    withdrawn: int = 0

    def tell(self, change: Change) -> Change:
        """This is what is told now."""
        self.withdrawn += self.told.status in FINDINGS and change.status not in FINDINGS
        self.told, self.candidate = change, None
        return change


@dataclass(slots=True)
class Standing:
    """What was told of one run. A verdict that flickers as points come in is told once, or not at all."""

    _detectors: dict[str, _Detector] = field(default_factory=dict)

    def changes(self, run: RunReport, time: str, *, final: bool = False, settled: bool = True) -> Iterator[Change]:
        """What is to be told now; `final`: no more points will come, so nothing is waited for."""
        points = {(curve.dir, curve.tag): curve.points for curve in run.curves}
        for name, verdict in worst_verdicts(run.verdicts).items():
            seen = points.get(verdict.tags[0], 0) if verdict.tags else max(points.values(), default=0)
            known = self._detectors.get(name)
            if known is None:
                self._detectors[name] = _Detector(_change(run, verdict, time, None))
                yield self._detectors[name].told
            elif _stands(known, verdict, seen) or (final and known.candidate is not None):
                yield known.tell(_change(run, verdict, time, known.told.status, settled=settled))

    @property
    def findings(self) -> Iterator[Change]:
        """What was told last of each detector, where that is a finding."""
        return (known.told for known in self._detectors.values() if known.told.status in FINDINGS)

    @property
    def waits(self) -> bool:
        """Whether a change was seen that is not told yet."""
        return any(known.candidate is not None for known in self._detectors.values())


def _stands(known: _Detector, verdict: Verdict, points: int) -> bool:
    """Whether the verdict differs from what was told, and has done so for long enough; keeps count of it.

    Each finding that was told and went away again doubles what the next one needs, and takes its haste from it: a
    verdict that swings all through a training is told some five times, not five hundred.
    """
    if verdict.status == known.told.status:
        known.candidate = None
        return False
    curve = verdict.tags[0] if verdict.tags else None
    same_kind = known.candidate is not None and verdict.is_finding == (known.candidate in FINDINGS)
    if not same_kind or curve != known.curve or points < known.since:
        known.since = known.kind_since = points
    elif known.candidate != verdict.status:
        known.since = points
    known.candidate, known.curve = verdict.status, curve
    if verdict.is_finding and (verdict.confidence or 0.0) >= CERTAIN and not known.withdrawn:
        return True
    since = known.since if verdict.status == "fail" else known.kind_since
    return points - since >= (CONFIRMING_POINTS << known.withdrawn) * max(1, since // MOST_POINTS)


def _change(run: RunReport, verdict: Verdict, time: str, old: Status | None, *, settled: bool = True) -> Change:
    place = verdict.tags[0] if verdict.tags else None
    steps: Mapping[tuple[str, str], int | None] = {(curve.dir, curve.tag): curve.last_step for curve in run.curves}
    return Change(
        event="verdict",
        time=time,
        run=run.name,
        detector=verdict.detector,
        old=old,
        status=verdict.status,
        confidence=verdict.confidence,
        summary=verdict.summary,
        advice=verdict.advice,
        dir=place.dir if place else None,
        tag=place.tag if place else None,
        start_step=verdict.start_step,
        start_epoch=verdict.start_epoch,
        last_step=steps.get(place) if place else None,
        settled=settled,
    )
