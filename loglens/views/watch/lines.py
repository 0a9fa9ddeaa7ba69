"""A change in one line for people: when, which run, which detector, from what to what, and the one sentence."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from rich.text import Text

from loglens.changes import Change, End, Ending, Event
from loglens.digits import plural
from loglens.health import WORST_FIRST
from loglens.verdict import Status
from loglens.views.text import words
from loglens.views.text.layout import line
from loglens.views.text.look import STYLES, Look, literal

EVENTS: Mapping[Event, str] = {
    "verdict": "",
    "new-run": "new run",
    "gone-run": "the run is gone",
    "started-over": "started over: its log was replaced or cut",
}
ENDINGS: Mapping[Ending, str] = {
    "interrupted": "Interrupted",
    "terminated": "Terminated",
    "idle": "Nothing was logged any more",
    "finding": "Stopped by --fail-on",
}


def change_line(change: Change, look: Look) -> Text:
    """`2026-11-21 12:03:44  net/seed0  overfitting: pass -> fail, 99 % sure. val_loss gets worse from ...`."""
    run = literal(change.run if change.run != "." else look.where)
    start: list[str | tuple[str, str]] = [(_local(change.time), "dim"), f"  {run}  "]
    if change.status is None or change.detector is None:
        return line(*start, EVENTS[change.event])
    before: list[str | tuple[str, str]] = [] if change.old is None else [_styled(change.old), " -> "]
    sure = "" if change.confidence is None else f", {words.percent(change.confidence)} sure"
    late = "" if change.settled else " (seen at the last look only)"
    end = f"{sure}{late}. {literal(change.summary)}"
    return line(*start, f"{literal(change.detector)}: ", *before, _styled(change.status), end)


def end_line(end: End) -> Text:
    """`Interrupted after 2 h 3 min. 12 runs: 1 fail, 11 healthy.`"""
    counts: Mapping[str, int] = {
        "fail": end.fail,
        "warn": end.warn,
        "not-judged": end.not_judged,
        "healthy": end.healthy,
    }
    told = ", ".join(f"{counts[health]:,} {health.replace('-', ' ')}" for health in WORST_FIRST if counts[health])
    runs = f"{plural(sum(counts.values()), 'run')}: {told}." if told else "No run was seen."
    finding = f": {literal(end.run or '')} {end.detector} {end.status}," if end.detector else ""
    return line(f"{ENDINGS[end.reason]}{finding} after {duration(end.seconds)}. {runs}")


def duration(seconds: float) -> str:
    """Two units at most: `3 s`, `2 min`, `1 h 5 min`, `2 d 3 h`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    big, small, names = (whole // 3600, whole % 3600 // 60, ("h", "min"))
    if whole >= 86400:
        big, small, names = (whole // 86400, whole % 86400 // 3600, ("d", "h"))
    return f"{big} {names[0]}" + (f" {small} {names[1]}" if small else "")


def _styled(status: Status) -> tuple[str, str]:
    return status, STYLES[status]


def _local(time: str) -> str:
    """The time of day where the reader is."""
    return f"{datetime.datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S}"
