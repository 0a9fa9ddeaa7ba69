"""The event files below a URL, from as few requests as the store needs."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loglens.events.address import matches, split_glob
from loglens.events.errors import LogLensError
from loglens.events.listing import FoundFile, Listing, is_event_file
from loglens.events.remote.store import Store, connect
from loglens.events.remote.words import in_words

DEEPEST = 32
"""Folders below LOGDIR where each is a page of its own: links in a circle would go on for ever."""


@dataclass(slots=True)
class _Found:
    """Everything below a URL by its path: what the store tells of it; and what could not be looked at."""

    infos: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def list_remote(url: str) -> Listing:
    """The event files of a remote folder, a glob or one file, in the order and with the keys of a local listing.

    Object stores are listed once, a thousand files a request; web servers a page a folder, and a look at each event
    file. Raises LogLensError when nothing is there at all.
    """
    base, pattern = split_glob(url)
    store = connect(base)
    with in_words(url):
        found = _everything(store, pattern)
    wanted: dict[str, str] = {}  # path -> as seen from the base
    for path in found.infos:
        relative = store.relative(path)
        parts = tuple(relative.split("/"))
        if not relative or (is_event_file(parts[-1]) and _chosen(parts, pattern)):
            wanted[path] = relative
    if not found.infos and not found.problems:
        raise LogLensError(_nothing_there(store, url, pattern))
    infos = _with_sizes(store, {path: found.infos[path] for path in wanted}, found.problems)
    files = []
    for path, info in infos.items():
        state = store.state(info)
        key = wanted[path].rpartition("/")[0] or "."
        etag = state.etag if state.version else f"not told, {time.time_ns()}"  # so nothing is kept about its contents
        files.append(FoundFile(store.url_of(path), key, state.size or 0, state.mtime_ns, 0, etag))
    files.sort(key=lambda file: (file.directory, file.path.rpartition("/")[2]))
    return Listing(tuple(files), tuple(found.problems))


def _chosen(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the pattern fits the file or a folder it lies in."""
    return not pattern or any(matches(parts[:count], pattern) for count in range(len(parts) + 1))


def _everything(store: Store, pattern: tuple[str, ...]) -> _Found:
    """All files below the root (below its names that begin as the pattern does, where the store can filter)."""
    store.forget()
    if store.address.is_web:
        info = store.fs.info(store.root)
        if info.get("mimetype") != "text/html" and not store.root.endswith("/"):
            return _Found({store.root: info})
    if not store.lists_flat:
        return _walk(store)
    begin = re.split(r"[*?[]", pattern[0])[0] if pattern else ""
    infos = store.fs.find(store.root, detail=True, **({"prefix": begin} if begin else {}))
    store.forget()  # thousands of names would stay in memory
    return _Found({path: info for path, info in infos.items() if info.get("type") != "directory"})


def _walk(store: Store) -> _Found:
    """Folder by folder, those of one depth at the same time. One that cannot be looked at is a problem."""

    def look(folder: str) -> list[dict[str, Any]] | LogLensError:
        try:
            with in_words(store.url_of(folder)):
                entries: list[dict[str, Any]] = store.fs.ls(folder, detail=True)
                return entries
        except LogLensError as error:
            return error

    found = _Found()
    folders, seen = [store.root], {store.root.rstrip("/")}
    for _ in range(DEEPEST):
        following = []
        for folder, entries in zip(folders, store.each(look, folders), strict=True):
            if isinstance(entries, LogLensError):
                if folder == store.root:
                    if isinstance(entries.__cause__, FileNotFoundError):
                        return found
                    raise entries
                found.problems.append(str(entries))
                continue
            for info in entries:
                path = str(info["name"])
                if info.get("type") != "directory":
                    found.infos[path] = info
                elif path.rstrip("/") not in seen and path.rstrip("/").rpartition("/")[2] not in (".", ".."):
                    seen.add(path.rstrip("/"))
                    following.append(path)
        folders = following
    if folders:
        found.problems.append(f"{store.url_of(folders[0])}: more than {DEEPEST} folders deep (links in a circle?)")
    return found


def _with_sizes(store: Store, infos: Mapping[str, dict[str, Any]], problems: list[str]) -> Mapping[str, dict[str, Any]]:
    """What the listing did not tell is asked of each file, as web servers need; who does not answer is a problem."""

    def ask(path: str) -> dict[str, Any] | LogLensError:
        try:
            with in_words(store.url_of(path)):
                info: dict[str, Any] = store.fs.info(path)
                return info
        except LogLensError as error:
            return error

    silent = [path for path, info in infos.items() if info.get("size") is None and info.get("Size") is None]
    told: dict[str, dict[str, Any]] = dict(infos)
    for path, info in zip(silent, store.each(ask, silent) if silent else [], strict=True):
        if isinstance(info, LogLensError):
            problems.append(str(info))
            del told[path]
        else:
            told[path] = info
    return told


def _nothing_there(store: Store, url: str, pattern: tuple[str, ...]) -> str:
    """The message for a folder without any file: object stores have no empty folders, so its name is wrong."""
    if pattern:
        return f"Nothing matches {url}: check the pattern (quote it, so that the shell leaves it)."
    parent, _, missing = store.root.rstrip("/").rpartition("/")
    names: list[str] = []
    if parent and not parent.endswith("/"):
        try:
            names = [str(info["name"]).rstrip("/").rpartition("/")[2] for info in store.fs.ls(parent, detail=True)]
        except Exception:  # a hint only
            names = []
    close = difflib.get_close_matches(missing, names, n=1)
    hint = f"did you mean {url.rstrip('/').removesuffix(missing)}{close[0]}?" if close else "check the name."
    return f"There is nothing at {url}: {hint}"
