"""Addresses: which LOGDIR is a URL for fsspec, and its parts. Imports no library: every path comes by here."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

_SCHEME = r"[A-Za-z][\w+.-]+"  # two letters at least: C:// would be a drive
_URL = re.compile(rf"((?:{_SCHEME}::)*({_SCHEME})://)(.*?)(::{_SCHEME}(?:::{_SCHEME})*://.*)?", re.DOTALL)
_ON_DISK = re.compile(r"(?:file|local)://", re.IGNORECASE)
_WEB = ("http", "https")


def is_url(address: str) -> bool:
    """Whether fsspec is needed to read it: a protocol, or several chained with "::"; file:// is not."""
    return "://" in address and not _ON_DISK.match(address) and _URL.match(address) is not None


def on_disk(address: str) -> str:
    """The path of a file:// URL as fsspec takes it; anything else as it is."""
    path = _ON_DISK.sub("", address, count=1)
    return path[1:] if os.name == "nt" and re.match("/[A-Za-z]:", path) else path


@dataclass(frozen=True, slots=True)
class Address:
    """A URL as it was typed: what stands before the path, the path, and the rest of a chain ("::s3://...")."""

    head: str
    protocol: str
    path: str
    tail: str

    def with_path(self, path: str) -> str:
        """The URL of another path in the same store."""
        return f"{self.head}{path}{self.tail}"

    @property
    def is_web(self) -> bool:
        """Whether a web server answers: its folders are pages, and "?" begins a query."""
        return self.protocol in _WEB

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rstrip("/").rpartition("/")[2]


def parse(url: str) -> Address:
    """The parts of a URL that `is_url` has accepted."""
    found = _URL.fullmatch(url)
    assert found is not None, url
    return Address(found[1], found[2].lower(), found[3], found[4] or "")


def split_glob(url: str) -> tuple[str, tuple[str, ...]]:
    """The literal folder of a URL, and the parts of its pattern; none when it holds no wildcard."""
    address = parse(url)
    magic = re.compile(r"[*[]" if address.is_web else r"[*?[]")
    parts = address.path.split("/")
    first = next((index for index, part in enumerate(parts) if magic.search(part)), None)
    if first is None:
        return url, ()
    return address.with_path("/".join(parts[:first])), tuple(part for part in parts[first:] if part)


def matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether a path fits a pattern as `glob` does it: "**" is any folders, wildcards skip hidden names."""
    if not pattern:
        return not parts
    visible = bool(parts) and (not parts[0].startswith(".") or pattern[0].startswith("."))
    if pattern[0] == "**":
        return matches(parts, pattern[1:]) or (visible and matches(parts[1:], pattern))
    return visible and fnmatchcase(parts[0], pattern[0]) and matches(parts[1:], pattern[1:])
