"""Text for people: which differs, by how much, surely or not, and where the curves part."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from loglens.gate.comparison import Comparison
from loglens.views.comparison.words import apart, difference, power, verdict, what
from loglens.views.gate.markdown import number
from loglens.views.text.layout import blank, line, printed
from loglens.views.text.look import Look, literal


def render(comparison: Comparison, look: Look | None = None) -> str:
    """The comparison as text of the width of `look`."""
    look = look or Look(width=100)
    return printed(_parts(comparison), look)


def _parts(comparison: Comparison) -> Iterator[RenderableType]:
    yield line((literal(verdict(comparison)), "bold"))
    for letter, name, runs in (("a", comparison.a, comparison.a_runs), ("b", comparison.b, comparison.b_runs)):
        yield line((f"{letter}  {literal(name)}, {len(runs)} run{'' if len(runs) == 1 else 's'}", "dim"))
    yield blank()
    yield _table(comparison)
    for reading in comparison.readings:
        if apart(reading):
            yield line(literal(f"{what(reading)}: {apart(reading)}."))
    if power(comparison):
        yield line((literal(power(comparison)), "dim"))
    for difference_ in comparison.different:
        yield line(("not the same experiment  ", "yellow"), literal(difference_))
    for note in comparison.notes:
        yield line(literal(note))


def _table(comparison: Comparison) -> RenderableType:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("", "a", "b", "b - a", "p (Holm)", "better"):
        grid.add_column(name, overflow="fold")
    for reading in comparison.readings:
        grid.add_row(
            Text(literal(what(reading))),
            number(reading.a_mean, 6),
            number(reading.b_mean, 6),
            difference(reading),
            number(reading.adjusted_p, 2),
            Text(reading.better.replace("-", " "), style="bold" if reading.better in ("a", "b") else ""),
        )
    return grid
