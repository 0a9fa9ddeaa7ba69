"""A store that fsspec opens: its file system, the paths in it, and the state of one file."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import unquote

from loglens.events.address import Address, parse
from loglens.events.errors import LogLensError
from loglens.events.remote.words import in_words

AT_ONCE = 32
"""Questions to one store at the same time, where it takes several: aiohttp keeps up to 100 connections, s3fs 10."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "Last-Modified", "created")
_TAGS = ("ETag", "etag", "generation", "md5Hash", "Content-MD5", "Digest")


@dataclass(frozen=True, slots=True)
class RemoteState:
    """Size (None where the store does not tell), time of writing (0: not told), and what changes with every write."""

    size: int | None
    mtime_ns: int
    etag: str

    @property
    def version(self) -> tuple[int, str] | None:
        """What changes with every write; None where the store tells nothing of the kind."""
        return (self.mtime_ns, self.etag) if self.mtime_ns or self.etag else None


@dataclass(frozen=True, slots=True)
class Store:
    """The file system behind a URL, and the path that the URL means in it."""

    fs: Any
    root: str
    url: str
    address: Address

    @property
    def lists_flat(self) -> bool:
        """Whether one listing gives everything below a folder, as object stores do (those that take a `prefix`)."""
        return "prefix" in inspect.signature(getattr(type(self.fs), "_find", type(self.fs).find)).parameters

    def relative(self, path: str) -> str:
        """A path of the file system as seen from the root, with "/" between its parts; "" for the root itself."""
        inside = path.removeprefix(self.root.rstrip("/")).strip("/")
        return unquote(inside) if self.address.is_web else inside

    def url_of(self, path: str) -> str:
        """The URL of a path below the root, spelled as the root was."""
        rest = path.removeprefix(self.root.rstrip("/"))
        return self.address.with_path(self.address.path.rstrip("/") + rest) if rest.strip("/") else self.url

    def state(self, info: dict[str, Any]) -> RemoteState:
        """The state that a listing or a look at one file tells."""
        size = info.get("size")
        if size is None:
            size = info.get("Size")
        etag = str(next((info[key] for key in _TAGS if info.get(key)), ""))
        mtime_ns = next((_nanoseconds(info[key]) for key in _TIMES if info.get(key)), 0)
        return RemoteState(None if size is None else int(size), mtime_ns, etag)

    def look(self) -> RemoteState:
        """The state of the file at the root now; raises LogLensError when it is not there."""
        with in_words(self.url):
            self.forget()
            return self.state(self.fs.info(self.root))

    def forget(self) -> None:
        """Drop what fsspec keeps of earlier listings: it would hide what has changed since."""
        with contextlib.suppress(Exception):  # some file systems keep nothing and cannot forget it
            self.fs.invalidate_cache()

    def ranges(self, paths: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> list[bytes | Exception]:
        """The bytes [start, end) of each path, fetched at the same time where the store can."""
        found: list[bytes | Exception] = self.fs.cat_ranges(list(paths), list(starts), list(ends), on_error="return")
        return found

    def each(self, function: Callable[[Asked], Answer], asked: Iterable[Asked]) -> list[Answer]:
        """`function` of each, at the same time where the store allows it."""
        if not getattr(self.fs, "async_impl", False):  # not all of the others may be used by several threads
            return [function(one) for one in asked]
        with ThreadPoolExecutor(AT_ONCE, "loglens-remote") as pool:
            return list(pool.map(function, asked))


def connect(url: str) -> Store:
    """The store behind a URL. Credentials are found by the library that reads it. Raises LogLensError."""
    address = parse(url)
    with in_words(url):
        from fsspec.core import url_to_fs  # noqa: PLC0415  # an extra, and .1 s to import

        try:
            fs, root = url_to_fs(url)
        except ValueError as error:
            if "rotocol not known" not in str(error):
                raise
            raise LogLensError(
                f"fsspec knows no store {address.protocol}:// in {url}. It reads s3://, gs://, http:// and more."
            ) from error
    return Store(fs, root, url, address)


def _nanoseconds(when: Any) -> int:
    """A time of any kind that file systems tell, in ns since 1970; 0 when it cannot be understood."""
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        if isinstance(when, str):
            try:
                when = datetime.fromisoformat(when)
            except ValueError:
                when = parsedate_to_datetime(when)
        if isinstance(when, datetime):
            when = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        return int(when * 1_000_000) * 1_000
    return 0
