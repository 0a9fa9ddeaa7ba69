"""Which files under a folder, glob or path are event files, and the directory keys they go by."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loglens.events.address import is_url, on_disk
from loglens.events.errors import LogLensError

_NAME_PART = "tfevents"  # TensorBoard's own rule for what an event file is (io_wrapper.IsTensorFlowEventsFile)
_HOLDS_NOTHING = ".profile-empty"  # written by the profiler so that TensorBoard shows its tab; never holds a scalar


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An event file: its path or URL, the key of its directory ("." for LOGDIR itself), what identifies its contents.

    `mtime_ns` and `inode` are 0 and `etag` is "" where there is none.
    """

    path: str
    directory: str
    size: int
    mtime_ns: int
    inode: int
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The event files in order of (directory key, file name), and in words what could not be looked at."""

    files: tuple[FoundFile, ...]
    problems: tuple[str, ...]


def list_event_files(logdir: str | os.PathLike[str]) -> Listing:
    """The event files of a folder (searched to any depth), a glob of folders and files, one event file, or a URL.

    Symbolic links to folders are followed; a folder is listed once, under its own name where it has one in LOGDIR.
    One file given by name is taken whatever it is called. Raises LogLensError when nothing is there at all.
    """
    root = os.fspath(logdir)
    if is_url(root):
        from loglens.events.remote.listing import list_remote  # noqa: PLC0415  # local logs never load it

        return list_remote(root)
    root = on_disk(root)
    base, starts = _expand(root)
    search = _Search(base)
    for start in starts:
        if Path(start).is_dir():
            search.walk(_without_slashes(start))
        elif start == root or is_event_file(os.path.basename(start)):  # noqa: PTH119  (pathlib: 5,000 files are slow)
            search.add_file(start)
    while search.linked:  # after all plain folders, so that a link such as `latest -> run3` never takes their name
        search.walk(search.linked.pop(0))
    files = sorted(search.found.values(), key=lambda file: (file.directory, readable(os.path.basename(file.path))))  # noqa: PTH119
    return Listing(tuple(files), tuple(search.problems))


def _expand(root: str) -> tuple[str, list[str]]:
    """The folder that keys count from, and the paths that `root` stands for."""
    if os.path.lexists(root):
        if not Path(root).exists():
            raise LogLensError(f"{readable(root)} is a symbolic link to something that does not exist.")
        return (_without_slashes(root) if Path(root).is_dir() else os.path.dirname(root)), [root]  # noqa: PTH120
    if not glob.has_magic(root):
        raise LogLensError(
            f"There is no file or folder {readable(root)}. Check the path; a glob needs quotes in a shell."
        )
    paths = sorted(glob.glob(root, recursive=True))  # noqa: PTH207  (Path.glob cannot take an absolute pattern)
    if not paths:
        raise LogLensError(f"Nothing matches the glob {readable(root)}.")
    parts = root.replace(os.sep, "/").split("/")
    literal = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return "/".join(parts[:literal]) or ("/" if root.startswith("/") else ""), paths


def _without_slashes(path: str) -> str:
    """Without slashes at the end, as the folders of the paths found below it are."""
    return path.rstrip("/" + os.sep) or path[:1]


def is_event_file(name: str) -> bool:
    """Whether a file of this name is one."""
    return _NAME_PART in name and not name.endswith(_HOLDS_NOTHING)


class _Search:
    """A walk over folders, and what it has found so far."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.found: dict[str, FoundFile] = {}
        self.problems: list[str] = []
        self.linked: list[str] = []  # links to folders, left for later
        self._visited: set[tuple[int, int]] = set()

    def walk(self, start: str) -> None:
        """Add the event files below a folder."""
        folders = [start]
        while folders:
            folder = folders.pop()
            try:
                status = os.stat(folder)  # noqa: PTH116  (5,000 folders: pathlib costs more than the call)
                if (status.st_dev, status.st_ino) not in self._visited:
                    self._visited.add((status.st_dev, status.st_ino))
                    with os.scandir(folder) as entries:
                        folders += self._subfolders(entries)
            except OSError as error:
                self._cannot(folder, error)

    def add_file(self, path: str, entry: os.DirEntry[str] | None = None) -> None:
        """Add one file, whatever its name is."""
        try:
            status = entry.stat() if entry else os.stat(path)  # noqa: PTH116
        except OSError as error:
            self._cannot(path, error)
            return
        if not stat.S_ISREG(status.st_mode):
            self.problems.append(f"{readable(path)}: a pipe, socket or device, not a file")
            return
        key = _directory_key(os.path.dirname(path), self.base)  # noqa: PTH120
        self.found.setdefault(path, FoundFile(path, key, status.st_size, status.st_mtime_ns, status.st_ino))

    def _subfolders(self, entries: Iterator[os.DirEntry[str]]) -> list[str]:
        """Add the event files among the entries; the plain folders among them."""
        folders: list[str] = []
        linked: list[str] = []
        for entry in entries:
            try:
                if entry.is_dir():
                    (linked if entry.is_symlink() else folders).append(entry.path)
                elif is_event_file(entry.name):
                    self.add_file(entry.path, entry)
            except OSError as error:
                self._cannot(entry.path, error)
        self.linked += sorted(linked)
        return folders

    def _cannot(self, path: str, error: OSError) -> None:
        self.problems.append(f"{readable(path)}: {error.strerror or error}")


def _directory_key(folder: str, base: str) -> str:
    """`folder` relative to `base` with "/" between its parts."""
    key = folder[len(base) :] if folder.startswith(base) else folder
    return readable(key.replace(os.sep, "/").strip("/")) or "."


def readable(path: str) -> str:
    """The path as printable text: bytes that are not UTF-8 become \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
