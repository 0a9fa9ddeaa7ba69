"""The progress bar: on a terminal's stderr only, after two seconds only, and never when quiet."""

from __future__ import annotations

import io
import sys
from itertools import count

import pytest

from loglens.cli._progress import progress_bar
from loglens.pipeline import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, quiet: bool, seconds_a_call: float) -> str:
    """What five reports of progress leave on stderr, by a clock that moves on with every look."""
    monkeypatch.setattr(sys, "stderr", stream)
    ticks = count()
    with progress_bar(quiet=quiet, clock=lambda: next(ticks) * seconds_a_call) as show:
        for done in range(1, 6):
            show(Progress(done, 5, "run"))
    return stream.getvalue()


def test_long_work_on_a_terminal_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = drawn(monkeypatch, Terminal(), quiet=False, seconds_a_call=1.0)
    assert "reading runs" in out
    assert "5/5" in out


def test_nothing_is_drawn_for_short_work_or_in_a_pipe_or_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, Terminal(), quiet=False, seconds_a_call=0.01) == ""
    assert drawn(monkeypatch, io.StringIO(), quiet=False, seconds_a_call=1.0) == ""
    assert drawn(monkeypatch, Terminal(), quiet=True, seconds_a_call=1.0) == ""
