"""The table that stays on the screen: the worst runs first, as many as fit, and when each was last written to."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from loglens.digits import plural
from loglens.report import RunReport
from loglens.views.text.layout import line
from loglens.views.text.look import STYLES, Look
from loglens.views.text.runs import common_folder, counts_of, run_table, states
from loglens.views.watch.lines import duration
from loglens.watching import Live

FRAME = 4
"""Lines beside those of the runs: the counts, what was left out, a hint, and one for the cursor."""

LEAST = 3
"""Runs shown however low the window is."""

NOW_SECONDS = 10.0
"""A log written to within so many seconds is growing "now"."""


def table(lives: Sequence[Live], height: int, hint: str, look: Look) -> RenderableType:
    """The runs in the order given; `hint` is the last line."""
    if not lives:
        return line((hint, "dim"))
    shown = lives[: max(LEAST, height - FRAME)]
    prefix = common_folder([one.run.name for one in lives])
    runs = [one.run for one in shown]
    parts: list[RenderableType] = [
        _heading([one.run for one in lives], look),
        run_table(runs, prefix, [_remark(one) for one in shown], look),
    ]
    rest = [one.run for one in lives[len(shown) :]]
    if rest:
        told = f"   {look.ellipsis} and {plural(len(rest), 'more run')} ({states(rest)})"
        parts.append(line((told, "dim"), one_line=True))
    return Group(*parts, line((hint, "dim"), one_line=True))


def _heading(runs: Sequence[RunReport], look: Look) -> Text:
    pieces: list[str | tuple[str, str]] = [f"{plural(len(runs), 'run')}:"]
    for health, count in counts_of(runs).items():
        pieces += ["  ", (f"{look.mark(health)} {count:,} {health.replace('-', ' ')}", STYLES[health])]
    return line(*pieces, one_line=True)


def _remark(live: Live) -> str:
    """The last step, and how long ago the log grew."""
    steps = [curve.last_step for curve in live.run.curves if curve.last_step is not None]
    step = f"step {max(steps)}" if steps else ""
    return f"{step}, now" if live.quiet < NOW_SECONDS else f"{step}, {duration(live.quiet)} ago"
