"""What the user says about runs and tags: overrides of roles, which always win, and the pattern that marks a seed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import get_args

from loglens.events.errors import LogLensError
from loglens.events.series import SeriesKey
from loglens.runs.curve import Curve, Direction, Phase, Quantity, XUnit
from loglens.runs.groups import DEFAULT_SEEDS

CLOSED_LISTS: Mapping[str, tuple[str, ...]] = {
    "phase": get_args(Phase),
    "quantity": get_args(Quantity),
    "direction": get_args(Direction),
    "x_unit": get_args(XUnit),
}
"""The words that an override may use, key by key."""


@dataclass(frozen=True, slots=True)
class RoleOverride:
    """One `[[role]]` of the config: globs on the run's name (or the event directory) and on the tag, and what they set.

    None leaves what was inferred. `pair` is the tag of the curve to pair with, in the same run ("" for none).
    `ignore` leaves the curve out altogether. In a glob, `*` goes across "/"; a tag written out literally matches
    itself whatever it holds.
    """

    run: str = "*"
    tag: str = "*"
    phase: Phase | None = None
    quantity: Quantity | None = None
    direction: Direction | None = None
    x_unit: XUnit | None = None
    pair: str | None = None
    ignore: bool = False

    def __post_init__(self) -> None:
        for key, words in CLOSED_LISTS.items():
            value = getattr(self, key)
            if value is not None and value not in words:
                raise LogLensError(ended(f"[[role]] {key} = {value!r} is not known{nearest(str(value), words)}"))
        for key in ("run", "tag", "pair"):
            value = getattr(self, key)
            if not isinstance(value, str) and not (key == "pair" and value is None):
                raise LogLensError(f"[[role]] {key} must be a text, not {value!r}.")
        if not isinstance(self.ignore, bool):
            raise LogLensError(f"[[role]] ignore must be true or false, not {self.ignore!r}.")

    def matches(self, run: str, key: SeriesKey) -> bool:
        """Whether this override speaks of the series `key` of the run named `run`."""
        return matches(self.tag, key.tag) and (matches(self.run, run) or matches(self.run, key.dir))


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The part of the config that runs and roles depend on."""

    overrides: tuple[RoleOverride, ...] = ()
    seeds: str = DEFAULT_SEEDS


def first_match(overrides: Iterable[RoleOverride], run: str, key: SeriesKey) -> RoleOverride | None:
    """The first override that speaks of this series: the first match wins."""
    return next((override for override in overrides if override.matches(run, key)), None)


def matches(pattern: str, text: str) -> bool:
    """Whether a glob matches; a text equal to the pattern always does, so that "[x]" can be pasted."""
    return pattern == text or fnmatchcase(text, pattern)


def nearest(word: str, known: Iterable[str]) -> str:
    """What an error message may add: the nearest known word, else all of them."""
    words = list(known)
    close = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}" if close else f"; known are {', '.join(words)}"


def ended(message: str) -> str:
    """The message as a sentence: with a question mark where it guesses."""
    return f"{message}{'?' if '; did you mean' in message else '.'}"


def format_override(run: str, curve: Curve, *, every_run: bool = False) -> str:
    """The `[[role]]` table, as TOML to paste into the config, that states what was inferred for this curve.

    `every_run`: for the same tag (in the same sub-folder) of every run, not of this one alone.
    """
    entries = {
        "run": run,
        "tag": curve.key.tag,
        "phase": curve.role.phase,
        "quantity": curve.role.quantity,
        "direction": curve.role.direction,
        "x_unit": curve.x_unit,
    }
    if curve.pair is not None:
        entries["pair"] = curve.pair.tag
    if curve.key.dir != run and not curve.key.dir.startswith(run + "#"):
        entries["run"] = curve.key.dir  # the tag alone would also name its twin in the other phase's folder
    if every_run:
        entries["run"] = "*" + (entries["run"].removeprefix(run) if run != "." else "")
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()]
    return "\n".join(["[[role]]", *lines])
