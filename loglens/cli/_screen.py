"""Where a watch is shown: lines of JSON, lines of text, or lines above a table that stays on the terminal."""

from __future__ import annotations

import dataclasses
import os
import select
import shutil
import stat
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loglens.cli._look import look_for, tell, width, write_line

if TYPE_CHECKING:
    from rich.live import Live as Display

    from loglens.changes import Change, End
    from loglens.watching import Watch


class JsonLines:
    """One JSON object a line, written at once."""

    def show(self, changes: Sequence[Change]) -> None:
        """Tell what changed."""
        from loglens.views.watch import json  # noqa: PLC0415  # one view is loaded, not all

        for change in changes:
            write_line(json.render(change))

    def remark(self, text: str) -> None:
        """Something that is no result, to stderr."""
        tell(text)

    def refresh(self, watch: Watch) -> None:
        """How things stand is not shown here."""
        del watch

    def close(self) -> None:
        """Nothing to leave tidy."""

    def end(self, end: End) -> None:
        """The last line."""
        from loglens.views.watch import json  # noqa: PLC0415

        write_line(json.render(end))


class TextLines:
    """One line a change: whole in a pipe, wrapped on a terminal."""

    def __init__(self, logdirs: Sequence[str], colour: bool | None) -> None:
        self._look = look_for(logdirs, colour=colour)
        self._wrapped = sys.stdout.isatty()

    def show(self, changes: Sequence[Change]) -> None:
        """Tell what changed."""
        from loglens.views.text.layout import printed  # noqa: PLC0415  # rich loads only for text
        from loglens.views.watch.lines import change_line  # noqa: PLC0415

        for change in changes:
            text = change_line(change, self._look)
            if not self._wrapped:
                text.no_wrap, text.overflow = True, "ignore"
            write_line(printed([text], self._look).rstrip("\n"))

    def remark(self, text: str) -> None:
        """Something that is no result, to stderr."""
        tell(text)

    def refresh(self, watch: Watch) -> None:
        """How things stand is not shown here."""
        del watch

    def close(self) -> None:
        """Nothing to leave tidy."""

    def end(self, end: End) -> None:
        """The last line."""
        from loglens.views.watch.lines import end_line  # noqa: PLC0415

        write_line(end_line(end).plain)


class LiveTable:
    """Changes as lines that scroll away, and below them the table, drawn anew at each refresh."""

    def __init__(self, logdirs: Sequence[str], colour: bool | None, hint: str) -> None:
        from rich.console import Console  # noqa: PLC0415

        self._look = look_for(logdirs, colour=colour)
        self._hint = hint
        self._console = Console(
            force_terminal=True,
            color_system="standard" if self._look.colour else None,
            no_color=not self._look.colour,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._display: Display | None = None

    def show(self, changes: Sequence[Change]) -> None:
        """Tell what changed, above the table; what there is at the first look stands in the table itself."""
        from loglens.views.watch.lines import change_line  # noqa: PLC0415

        for change in changes if self._display else ():
            self._console.print(change_line(change, self._look))

    def remark(self, text: str) -> None:
        """Above the table where stderr is the same terminal."""
        if sys.stderr.isatty():
            self._console.print(text, style="dim" if self._look.colour else None)
        else:
            tell(text)

    def refresh(self, watch: Watch) -> None:
        """Draw the table for the window as it is now."""
        from rich.live import Live as Display  # noqa: PLC0415

        from loglens.views.watch.table import table  # noqa: PLC0415

        self._look = dataclasses.replace(self._look, width=width())
        lives = watch.live
        hint = self._hint if lives else next(iter(watch.problems.values()), self._hint)
        picture = table(lives, shutil.get_terminal_size().lines, hint, self._look)
        if self._display is None:
            self._display = Display(
                console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
            )
            self._display.start()
        self._display.update(picture, refresh=True)

    def close(self) -> None:
        """Leave the last table standing and give the cursor back."""
        if self._display is not None:
            self._display.stop()
            self._display = None

    def end(self, end: End) -> None:
        """The last line, below the table."""
        from loglens.views.watch.lines import end_line  # noqa: PLC0415

        self._console.print(end_line(end))


Screen = JsonLines | TextLines | LiveTable


def screen_for(logdirs: Sequence[str], form: str, colour: bool | None, *, lines: bool, hint: str) -> Screen:
    """The screen for this stdout; `lines` asks for no table."""
    if form == "json":
        return JsonLines()
    if lines or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return TextLines(logdirs, colour)
    return LiveTable(logdirs, colour, hint)


def reader_is_gone() -> bool:
    """Whether stdout is a pipe that nobody reads any more: a watch with nothing to tell would not notice."""
    if not hasattr(select, "poll"):
        return False
    try:
        number = sys.stdout.fileno()
        if not stat.S_ISFIFO(os.fstat(number).st_mode):
            return False
    except (OSError, ValueError):
        return False
    poll = select.poll()
    poll.register(number, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
