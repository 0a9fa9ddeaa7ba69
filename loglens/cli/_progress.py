"""Progress on stderr: only on a terminal, and only when the work takes more than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loglens.cli._look import tell

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from loglens.pipeline import Progress

SHOWN_AFTER_SECONDS = 2.0


@contextmanager
def progress_bar(
    *, quiet: bool = False, resumable: bool = False, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[Progress], None]]:
    """A function to call with each Progress; draws nothing in a pipe, when quiet, or within two seconds.

    Ctrl-C in between says how far it came and, when the cache holds that (`resumable`), how to go on.
    """
    started = clock()
    bars: list[Bar] = []
    last: list[Progress] = []
    drawn = not quiet and sys.stderr.isatty()

    def show(progress: Progress) -> None:
        last[:] = [progress]
        if not drawn:
            return
        if not bars and clock() - started > SHOWN_AFTER_SECONDS and progress.done < progress.total:
            bars.append(new_bar("reading runs", progress.total))
            bars[0].start()
        if bars:
            bars[0].update(bars[0].task_ids[0], total=progress.total, completed=progress.done)

    try:
        yield show
    except KeyboardInterrupt:
        _stop(bars)
        if resumable and last:
            reached = f"{last[0].done:,} of {last[0].total:,} runs judged"
            tell(f"\n{reached}; run the same command again to go on from there.")  # not behind the terminal's ^C
        raise
    finally:
        _stop(bars)


def _stop(bars: list[Bar]) -> None:
    for bar in bars:
        bar.stop()


def new_bar(doing: str, total: int) -> Bar:
    """A bar on stderr with the time left, to be started and stopped."""
    from rich.console import Console  # noqa: PLC0415  # rich is not loaded before it is needed
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task(doing, total=total)
    return bar
