"""Where the bytes of an event file come from: anything that knows its size and can read at an offset."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loglens.events.address import is_url, on_disk
from loglens.events.errors import LogLensError, NotAnEventFileError


@dataclass(frozen=True, slots=True)
class SourceState:
    """The size in bytes, and what tells this file from another of the same name (its inode).

    `version` changes with every write (the ETag of a remote file), so that an unchanged one need not be read to be
    sure of that; None where nothing does.
    """

    size: int
    identity: object
    version: object = None


class ByteSource(Protocol):
    """A file that may grow between two looks at it."""

    @property
    def name(self) -> str:
        """What to call it in messages."""
        ...

    def open(self) -> SourceState:
        """Look at the file afresh; raises LogLensError when it is not there."""
        ...

    def read_into(self, offset: int, target: memoryview) -> int:
        """Read bytes from `offset` on; how many were read, fewer than asked only at the end."""
        ...

    def close(self) -> None:
        """Let go of the file until the next `open`."""
        ...


def source_of(address: str) -> ByteSource:
    """The file at a path or a URL."""
    if is_url(address):
        from loglens.events.remote.file import RemoteFile  # noqa: PLC0415  # local logs never load it

        return RemoteFile(address)
    return LocalFile(on_disk(address))


class HeldFile:
    """The contents of a file that were fetched before."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self._data = name, data

    def open(self) -> SourceState:
        """Nothing to open."""
        return SourceState(len(self._data), self.name)

    def read_into(self, offset: int, target: memoryview) -> int:
        """Copy from what is held."""
        part = self._data[offset : offset + len(target)]
        target[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Nothing to close."""


class LocalFile:
    """A file on disk; opened afresh for each look, so that a file put in its place is seen."""

    def __init__(self, path: str) -> None:
        self.name = path

    def open(self) -> SourceState:
        """Open it; raises NotAnEventFileError for what is no plain file, LogLensError for what can't be opened."""
        path = Path(self.name)
        try:
            if not path.is_file() and path.exists():  # a pipe would block, and a folder's error names no reason
                kind = "a folder" if path.is_dir() else "a pipe, socket or device"
                raise NotAnEventFileError(f"{self.name} is {kind}, not an event file.")
            self._file = path.open("rb", buffering=0)
            status = os.fstat(self._file.fileno())
        except OSError as error:
            raise LogLensError(f"Cannot read {self.name}: {error.strerror or error}.") from error
        return SourceState(status.st_size, (status.st_dev, status.st_ino))

    def read_into(self, offset: int, target: memoryview) -> int:
        """Read until `target` is full or the file ends."""
        try:
            self._file.seek(offset)
            done = 0
            while done < len(target) and (count := self._file.readinto(target[done:])):
                done += count
        except OSError as error:
            raise LogLensError(f"Cannot read {self.name}: {error.strerror or error}.") from error
        return done

    def close(self) -> None:
        """Close it."""
        self._file.close()
