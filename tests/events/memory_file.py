"""A file in memory that can grow, shrink and be replaced: the scripted counterpart of a live file."""

from __future__ import annotations

from loglens.events.source import SourceState


class MemoryFile:
    """Bytes as a source for the reader; the first `visible` of them are there."""

    def __init__(self, data: bytes) -> None:
        self.name, self.data, self.visible = "memory", data, len(data)
        self.identity = 0

    def open(self) -> SourceState:
        return SourceState(self.visible, self.identity)

    def read_into(self, offset: int, target: memoryview) -> int:
        part = self.data[offset : min(offset + len(target), self.visible)]
        target[: len(part)] = part
        return len(part)

    def close(self) -> None:
        pass
