"""Pieces of layout: paragraphs that wrap, labelled rows, tables whose columns line up; names are never markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.cells import set_cell_size
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from loglens.views.text.look import STYLES, Look

Words = str | Text
LABEL_WIDTH = 10
NUMERIC = frozenset("0123456789.")
STACKED_BELOW = 50
"""Below this width a label stands above its text: beside it, too few words would fit in a line."""


def printed(parts: Iterable[RenderableType], look: Look) -> str:
    """The parts one below the other, without spaces at the ends of lines."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(look.width, 20),
        force_terminal=look.colour,
        color_system="standard" if look.colour else None,
        no_color=not look.colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text) and part.overflow == "ignore")
    text = out.getvalue()
    if not look.unicode:  # rich cuts lines with one sign only
        text = text.replace("…", "~")
    lines = text.splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def line(*pieces: Words | tuple[str, str], one_line: bool = False) -> Text:
    """One paragraph of plain and styled pieces; `one_line` cuts instead of wrapping."""
    text = Text(no_wrap=one_line, overflow="ellipsis" if one_line else "fold")
    for piece in pieces:
        if isinstance(piece, tuple):
            text.append(piece[0], style=piece[1])
        else:
            text.append(piece)
    return text


def cut_text(text: Text, cells: int) -> Text:
    """The text in at most `cells` cells; what is cut ends in "…", and never within a number: "step 1…" is no step."""
    if text.cell_len <= cells:
        return text
    plain = text.plain
    end = len(set_cell_size(plain, max(cells - 1, 0)).rstrip())
    while end and plain[end - 1] in NUMERIC and plain[end] in NUMERIC:
        end -= 1
    return text[:end].append("…")


def indented(part: RenderableType, by: int = 2) -> RenderableType:
    return Padding(part, (0, 0, 0, by))


def rows(
    labelled: Sequence[tuple[str, Words]], look: Look, by: int = 2, label_width: int = LABEL_WIDTH
) -> RenderableType:
    """Labels at the left, their texts wrapped beside them (or below them when narrow)."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    if look.width < STACKED_BELOW:
        grid.add_column(overflow="fold")
        for label, text in labelled:
            if label:
                grid.add_row(_label(label))
            grid.add_row(Padding(_text(text), (0, 0, 0, 2)))
    else:
        grid.add_column(width=label_width, no_wrap=True)
        grid.add_column(overflow="fold")
        for label, text in labelled:
            grid.add_row(_label(label), _text(text))
    return Padding(grid, (0, 0, 0, by))


def blank() -> Text:
    return Text("")


def command_line(text: str) -> Text:
    """A command to copy: never broken by us, whatever its length."""
    return Text("  " + text, no_wrap=True, overflow="ignore")


def heading(text: str) -> Text:
    return Text(text, style="bold")


def _label(label: str) -> Text:
    return Text(label, style=STYLES.get(label, "dim"))


def _text(words: Words) -> Text:
    return words if isinstance(words, Text) else Text(words, overflow="fold")
