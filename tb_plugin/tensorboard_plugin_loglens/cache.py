"""What was judged before, on disk: a second TensorBoard on the same logs has its table at once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from loglens import __version__
from loglens.judge import Plan
from loglens.runs.source import RunSource
from tensorboard_plugin_loglens.prepared import Prepared

MAX_BYTES = 1 << 30
"""The least recently used results beyond this are deleted when a TensorBoard starts."""

_HEADER = b"loglens panel 1\n"


class Cache:
    """One file a source, in a folder a version and config. Failing to read or write costs time, never a result."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._root = folder
        self._folder = folder / _digest(__version__, _code_stamp(), repr(plan))[:24]

    def load(self, source: RunSource, key: str) -> Prepared | None:
        """The rows and reports of this state of the source; the payloads stay on disk."""
        try:
            with self._path(source).open("rb") as file:
                head = self._head(file.readline(), file.readline(), key)
                if head is None:
                    return None
                reports = file.read(head["reports"])
            os.utime(self._path(source))
        except (OSError, ValueError):
            return None
        return Prepared(key, tuple(head["rows"]), reports, tuple(head["unreadable"]), None)

    def payloads(self, source: RunSource, key: str) -> bytes | None:
        """The packed payloads, if they are those of this state."""
        try:
            with self._path(source).open("rb") as file:
                head = self._head(file.readline(), file.readline(), key)
                if head is None:
                    return None
                file.seek(head["reports"], os.SEEK_CUR)
                return file.read()
        except (OSError, ValueError):
            return None

    def store(self, source: RunSource, prepared: Prepared) -> bool:
        """Whether it could be written; a torn file is never left behind."""
        head = {
            "key": prepared.key,
            "rows": prepared.rows,
            "unreadable": prepared.unreadable,
            "reports": len(prepared.reports),
        }
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(_HEADER + json.dumps(head, separators=(",", ":")).encode() + b"\n")
                file.write(prepared.reports + (prepared.payloads or b""))
            Path(file.name).replace(self._path(source))
        except OSError:
            return False
        return True

    def prune(self) -> None:
        """Delete the least recently used results beyond MAX_BYTES."""
        with contextlib.suppress(OSError):
            files = [(path.stat(), path) for path in self._root.glob("*/*") if path.is_file()]
            left = MAX_BYTES
            for stat, path in sorted(files, key=lambda pair: -pair[0].st_mtime):
                left -= stat.st_size
                if left < 0:
                    path.unlink(missing_ok=True)

    def _path(self, source: RunSource) -> Path:
        places = [(os.path.abspath(file.path), file.directory) for file in source.files[:1]]  # noqa: PTH100
        return self._folder / f"{_digest(source.name, *places)[:40]}.run"

    def _head(self, header: bytes, line: bytes, key: str) -> dict[str, Any] | None:
        if header != _HEADER:
            return None
        head: dict[str, Any] = json.loads(line)
        return head if head["key"] == key else None


def state_key(source: RunSource) -> str:
    """The state of a source's files: where they are, how users see them, size, time, inode or ETag."""
    return _digest(source.name, *((f.path, f.directory, *f.state) for f in source.files), Path.cwd())


def default_folder() -> Path:
    """$LOGLENS_CACHE, else the platform's place for caches."""
    if named := os.environ.get("LOGLENS_CACHE"):
        return Path(named)
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "loglens" / "cache"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "loglens" / "panel"


@cache
def _code_stamp() -> str:
    """Changes with every edit of LogLens, so that an installation from a working tree never shows stale verdicts."""
    import loglens  # noqa: PLC0415

    root = Path(loglens.__path__[0])
    stats = [(path.relative_to(root), path.stat()) for path in sorted(root.rglob("*.py"))]
    return _digest(*((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
