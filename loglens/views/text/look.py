"""How the text may look: width, colour, glyphs; and strange names made safe to print."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rich.cells import cell_len, set_cell_size

Sort = Literal["worst", "name", "best"]

STYLES: Mapping[str, str] = MappingProxyType(
    {
        "fail": "bold red",
        "warn": "yellow",
        "pass": "green",
        "healthy": "green",
        "not-judged": "magenta",
        "undetermined": "magenta",
        "not-applicable": "dim",
        "error": "bold magenta",
    }
)
"""Colours repeat what a word says; nothing is told by colour alone."""

MARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"fail": ("✗", "x"), "warn": ("!", "!"), "not-judged": ("?", "?"), "healthy": ("✓", "+")}
)
BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-~=+*#"
NOT_FINITE = ("\N{MULTIPLICATION SIGN}", "!")


@dataclass(frozen=True, slots=True)
class Look:
    """What the text is made for.

    `width` in columns. `verbose`: every verdict in full. `everything`: every run, however many. `where`: the
    LOGDIR as the user typed it, for the commands that the text proposes.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    verbose: bool = False
    everything: bool = False
    sort: Sort = "worst"
    where: str = "LOGDIR"

    def mark(self, health: str) -> str:
        return MARKS[health][0 if self.unicode else 1]

    @property
    def bars(self) -> str:
        return BARS if self.unicode else ASCII_BARS

    @property
    def not_finite(self) -> str:
        return NOT_FINITE[0 if self.unicode else 1]

    @property
    def ellipsis(self) -> str:
        return "…" if self.unicode else "..."


LONGEST_NAME = 1000
"""Letters of a name or a sentence on a terminal; paths have up to 4,096 on Linux, and are longest at their dullest."""


def literal(name: str) -> str:
    """The name with everything that would move the cursor, change colours or turn the line round spelled out.

    One longer than LONGEST_NAME loses its middle: no terminal is helped by ten million letters.
    """
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME // 2]} … {name[-LONGEST_NAME // 2 :]}"
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() or c == " " else _spelled(c) for c in name)


def shorten(name: str, width: int, look: Look) -> str:
    """The name in at most `width` cells: the middle gives way, the end says more than the beginning."""
    if cell_len(name) <= width:
        return name
    room = width - cell_len(look.ellipsis)
    head, tail = room // 3, room - room // 3
    reversed_tail = set_cell_size(name[::-1], tail).rstrip()[::-1]
    return set_cell_size(name, head).rstrip() + look.ellipsis + reversed_tail


def _spelled(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")
