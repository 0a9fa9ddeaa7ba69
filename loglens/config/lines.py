"""Where in a TOML file a key stands: tomllib keeps no line numbers, and a mistake is found faster with one."""

from __future__ import annotations

import re
from collections import Counter

HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
ASSIGNMENT = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")

Place = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and the index within an array of tables."""


def line_numbers(text: str) -> dict[Place, int]:
    """The line (from 1) of every table header and key assignment, as far as a line-wise reading tells.

    Keys inside inline tables are not listed: their table's line is the nearest. Lines of a multi-line string that
    look like assignments are left out.
    """
    found: dict[Place, int] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    table: Place = ()
    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if header := HEADER.match(line):
            names = _parts(header[2])
            table = names
            if header[1] == "[[":
                table = (*names, seen[names])
                seen[names] += 1
            found.setdefault(names, number)
            found.setdefault(table, number)
        elif assignment := ASSIGNMENT.match(line):
            found.setdefault((*table, *_parts(assignment[1])), number)
            closing = _opens_multiline(line[assignment.end() :])
    return found


def line_of(place: Place, lines: dict[Place, int]) -> int | None:
    """The line of a place, or of the nearest place around it that has one."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in PART.findall(dotted))


def _opens_multiline(rest: str) -> str:
    for mark in ('"""', "'''"):
        if rest.count(mark) == 1:
            return mark
    return ""
