"""Seeds of one experiment: runs whose names differ only in a part that marks a seed form one group."""

from __future__ import annotations

import re
from collections.abc import Iterable

from loglens.events.errors import LogLensError

DEFAULT_SEEDS = r"(?<![A-Za-z0-9])(?:(?:seed|run|rng|rep|repeat)[ _=:-]?\d+|s\d+|seed)(?![A-Za-z0-9])"
"""Whole parts of a name such as seed, seed_3, s3, run-3: never the end of another word (address3, rerun3)."""


def group_names(names: Iterable[str], seeds: str = DEFAULT_SEEDS) -> dict[str, str]:
    """The group of each run: its name without the part that marks a seed ("." when nothing else is left).

    `folder#2` keeps its number: the second trainings of several seeds belong together. Raises LogLensError when
    `seeds` is not a regular expression.
    """
    try:
        pattern = re.compile(r"[ _.=:-]?(?:" + seeds + ")")
    except re.error as error:
        raise LogLensError(f"seeds = {seeds!r} is not a regular expression: {error}.") from error
    return {name: _group(name, pattern) for name in names}


def _group(name: str, pattern: re.Pattern[str]) -> str:
    base, mark, number = name.partition("#")
    kept, found = pattern.subn("", base)
    if not found:
        return name
    parts = [part.strip(" _.=:-") for part in kept.split("/")]
    return ("/".join(part for part in parts if part) or ".") + mark + number
