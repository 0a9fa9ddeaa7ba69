"""The words of tags and what they mean: vocabulary.tsv, read once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from loglens.runs.curve import Direction, Phase, Quantity, XUnit

TABLE = Path(__file__).with_name("vocabulary.tsv")
Kind = Literal["spelling", "phase", "head", "counter", "loss-kind", "neutral", "negation", "axis"]
Phrase = tuple[str, ...]

SURE = 0.95
"""Confidence of a line that gives none: what is left is a name used in an unusual sense."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line's meaning: of a head or counter the quantity, its name and direction; of others the meaning."""

    kind: Kind
    meaning: str
    name: str
    direction: Direction
    sure: float

    @property
    def quantity(self) -> Quantity:
        return cast("Quantity", self.meaning)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table as a contributor writes it."""

    phrases: tuple[str, ...]
    entry: Entry
    example: str


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The table by kind, each a mapping from a phrase (a tuple of tokens) to its line's meaning."""

    spellings: dict[str, str]
    phases: dict[Phrase, Phase]
    heads: dict[Phrase, Entry]
    counters: dict[Phrase, Entry]
    loss_kinds: dict[Phrase, Entry]
    neutral: dict[Phrase, Entry]
    negations: dict[Phrase, Entry]
    axes: dict[Phrase, XUnit]
    longest: int
    tokens: frozenset[str]


def read_table(text: str) -> list[Line]:
    """The lines of the table, comments and the heading left out."""
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    heading, *rows = rows
    lines = []
    for row in rows:
        cells = dict(zip(heading, [*row, *[""] * (len(heading) - len(row))], strict=True))
        kind = cast("Kind", cells["kind"])
        direction = cast("Direction", cells["direction"] or "none")
        sure = float(cells["sure"]) if cells["sure"] else SURE
        phrases = (cells["words"],) if kind == "spelling" else tuple(cells["words"].split("|"))
        lines.append(Line(phrases, Entry(kind, cells["meaning"], cells["name"], direction, sure), cells["example"]))
    return lines


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The shipped table, parsed on first use."""
    lines = read_table(TABLE.read_text(encoding="utf-8"))

    def of(kind: Kind) -> dict[Phrase, Entry]:
        return {tuple(p.split()): line.entry for line in lines if line.entry.kind == kind for p in line.phrases}

    heads, counters, kinds = of("head"), of("counter"), of("loss-kind")
    neutral, negations, phases, axes = of("neutral"), of("negation"), of("phase"), of("axis")
    everything = [*heads, *counters, *kinds, *neutral, *negations, *phases]
    return Vocabulary(
        spellings={line.phrases[0]: line.entry.meaning for line in lines if line.entry.kind == "spelling"},
        phases={phrase: cast("Phase", entry.meaning) for phrase, entry in phases.items()},
        heads=heads,
        counters=counters,
        loss_kinds=kinds,
        neutral=neutral,
        negations=negations,
        axes={phrase: cast("XUnit", entry.meaning) for phrase, entry in axes.items()},
        longest=max(map(len, everything)),
        tokens=frozenset(token for phrase in everything for token in phrase),
    )


@lru_cache(maxsize=1)
def spelling_pattern() -> re.Pattern[str]:
    """Any spelling of the table, not inside a longer word."""
    longest_first = sorted(vocabulary().spellings, key=len, reverse=True)
    return re.compile(r"(?<![A-Za-z])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![a-z]|[A-Z](?![a-z]))")
