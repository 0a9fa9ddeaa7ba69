"""Which framework wrote a run, recognised by its set of tags, and what that framework means by a tag."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from loglens.runs.curve import Direction, Phase, Quantity, XUnit

TABLE = Path(__file__).with_name("frameworks.tsv")
MARKS_NEEDED = 2
"""One tag may be anybody's; two of a framework's own together are its fingerprint."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A glob of the table: alternatives between |, * for anything; brackets are literal, tags are full of them."""

    literals: frozenset[str]
    globs: re.Pattern[str] | None

    def matches(self, text: str) -> bool:
        return text in self.literals or (self.globs is not None and self.globs.fullmatch(text) is not None)


ANYTHING = "*"


@lru_cache(maxsize=4096)
def pattern_of(text: str) -> Pattern:
    """A cell of the table as a pattern."""
    parts = text.split("|")
    globs = [".*".join(map(re.escape, part.split("*"))) for part in parts if "*" in part]
    literals = frozenset(part for part in parts if "*" not in part)
    return Pattern(literals, re.compile("|".join(globs), re.DOTALL) if globs else None)


@dataclass(frozen=True, slots=True)
class FrameworkRule:
    """What a framework means by the tags that match `tag` in the folders that match `folder`; None leaves it open."""

    framework: str
    folder: str
    tag: str
    phase: Phase | None
    quantity: Quantity | None
    direction: Direction | None
    x_unit: XUnit | None
    sure: float

    def matches(self, folder: str, tag: str) -> bool:
        return pattern_of(self.tag).matches(tag) and pattern_of(self.folder).matches(folder)


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework: the tags that mark it, its rules in order, and whether it is for reinforcement learning."""

    name: str
    marks: tuple[tuple[str, str], ...]
    rules: tuple[FrameworkRule, ...]
    reinforcement: bool = False


@lru_cache(maxsize=1)
def frameworks() -> tuple[Framework, ...]:
    """The shipped table (frameworks.tsv), in its order: the first of two that fit equally well is taken."""
    marks: dict[str, list[tuple[str, str]]] = {}
    rules: dict[str, list[FrameworkRule]] = {}
    reinforcement: set[str] = set()
    lines = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:1] not in ("#", "")]
    for row in lines[1:]:
        name, kind, folder, tag, phase, quantity, direction, x_unit, sure = [*row, *[""] * (9 - len(row))]
        rules.setdefault(name, [])
        if kind == "reinforcement":
            reinforcement.add(name)
        elif kind == "mark":
            marks.setdefault(name, []).append((folder, tag))
        else:
            rules[name].append(
                FrameworkRule(
                    name,
                    folder,
                    tag,
                    cast("Phase", phase) or None,
                    cast("Quantity", quantity) or None,
                    cast("Direction", direction) or None,
                    cast("XUnit", x_unit) or None,
                    float(sure or "0.9"),
                )
            )
    return tuple(Framework(name, tuple(marks[name]), tuple(rules[name]), name in reinforcement) for name in rules)


def framework_of(series: AbstractSet[tuple[str, str]]) -> str:
    """The framework whose marks the (folder, tag) pairs hold most of, at least two; "" when none has them."""
    tags = frozenset(tag for _, tag in series)
    best, name = MARKS_NEEDED - 1, ""
    for framework in frameworks():
        hits = sum(_marked(folder, pattern_of(tag), series, tags) for folder, tag in framework.marks)
        if hits > best:
            best, name = hits, framework.name
    return name


def is_for_reinforcement(framework: str) -> bool:
    """Whether the framework of that name trains by reinforcement: its losses are no supervised ones."""
    return any(one.name == framework and one.reinforcement for one in frameworks())


def rule_for(framework: str, folder: str, tag: str) -> FrameworkRule | None:
    """The first rule of the framework for this tag, or None."""
    found = next((one for one in frameworks() if one.name == framework), None)
    return next((rule for rule in found.rules if rule.matches(folder, tag)), None) if found else None


def _marked(folder: str, tag: Pattern, series: AbstractSet[tuple[str, str]], tags: frozenset[str]) -> bool:
    found = tag.literals & tags
    if tag.globs is not None:
        found |= {one for one in tags if tag.matches(one)}
    if not found or folder == ANYTHING:
        return bool(found)
    return any(one in found and pattern_of(folder).matches(place) for place, one in series)
