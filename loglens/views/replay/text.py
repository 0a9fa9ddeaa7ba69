"""Text for people: what each stopping rule would have cost and saved over these runs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from loglens.gate.replay import Replay
from loglens.health import some
from loglens.views.replay.words import HEAD, NOTE, headline, rows
from loglens.views.text.layout import blank, line, printed
from loglens.views.text.look import Look, literal


def render(replay: Replay, look: Look | None = None) -> str:
    """The replay as text of the width of `look`."""
    look = look or Look(width=100)
    return printed(_parts(replay, look), look)


def _parts(replay: Replay, look: Look) -> Iterator[RenderableType]:
    yield line((headline(replay), "bold"))
    yield line(literal(replay.reason))
    if replay.rules:
        yield blank()
        yield _table(replay)
        yield blank()
        yield line((f"{NOTE} {100 * replay.worth:g} %.", "dim"))
    tags = sorted({judged.tag for judged in replay.runs})
    if tags:
        yield line((f"judged by {', '.join(literal(tag) for tag in tags[:5])}", "dim"))
    if replay.without:
        names = some([literal(look.where if name == "." else name) for name in replay.without], 5)
        yield line((f"nothing to replay in {names}", "dim"))


def _table(replay: Replay) -> RenderableType:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, name in enumerate(HEAD):
        grid.add_column(name, justify="right" if number else "left", overflow="fold")
    for cells in rows(replay):
        grid.add_row(*cells, style="bold" if cells[0] == replay.best_patience else "")
    return grid
