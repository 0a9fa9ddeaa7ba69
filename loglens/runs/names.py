"""What sentences call a curve: its tag, with a part of its folder where the run has the tag more than once."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from loglens.events.series import SeriesKey

LONGEST_LABEL = 200
"""Letters; the longest of 700 tags of real logs has 72."""


def folder_names(keys: Sequence[SeriesKey]) -> list[str]:
    """For each key the part of its folder that tells it from the others of its tag; "" where the tag is enough."""
    folders: dict[str, list[str]] = {}
    for key in keys:
        folders.setdefault(key.tag, []).append(key.dir)
    return [_own_part(key.dir, folders[key.tag]) for key in keys]


def label_of(tag: str, folder_name: str) -> str:
    """The tag, with its folder where one is given.

    A tag of more than LONGEST_LABEL letters is data rather than a name, and loses its middle.
    """
    label = f"{folder_name}/{tag}" if folder_name else tag
    half = LONGEST_LABEL // 2
    return label if len(label) <= LONGEST_LABEL else f"{label[:half]} … {label[-half:]}"


def _own_part(folder: str, folders: Sequence[str]) -> str:
    if len(folders) == 1:
        return ""
    common = posixpath.commonpath([_rooted(other) for other in folders])
    own = posixpath.relpath(_rooted(folder), common)
    return "" if own == "." else own


def _rooted(folder: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder))
