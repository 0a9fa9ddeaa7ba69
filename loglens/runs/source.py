"""What is to be read: one training's event files before they are opened, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One event file: its path or URL, the event directory as users see it, and what tells whether it changed."""

    path: str
    directory: str
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    etag: str = ""

    @property
    def state(self) -> tuple[int, int, int, str]:
        """What changes whenever the file does, from the listing alone: the key of anything kept about its contents."""
        return self.size, self.mtime_ns, self.inode, self.etag


@dataclass(frozen=True, slots=True)
class RunSource:
    """The unit of work: the files that may be one training, by their folders' names.

    Whether they are is known only when they are read: a source may turn out to hold several runs.
    """

    name: str
    files: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or folder that gave nothing, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """Every source under the LOGDIRs, in the order of their names, and what was no source."""

    sources: tuple[RunSource, ...]
    problems: tuple[Problem, ...] = ()
