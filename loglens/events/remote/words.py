"""What went wrong with a remote store, in words: what is missing, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

from loglens.events.address import parse
from loglens.events.errors import LogLensError

PACKAGES = MappingProxyType(
    {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "http": "aiohttp", "https": "aiohttp"}
)
"""What reads each protocol that the extra `loglens[remote]` covers, beside fsspec."""

_S3 = (
    "They come from the environment (AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), ~/.aws or the "
    "machine's role; FSSPEC_S3_ANON=true reads a public bucket without any."
)
_GCS = (
    "They come from GOOGLE_APPLICATION_CREDENTIALS or `gcloud auth application-default login`; FSSPEC_GS_TOKEN=anon "
    "reads a public bucket without any."
)
_CREDENTIALS = MappingProxyType({"s3": _S3, "s3a": _S3, "gs": _GCS, "gcs": _GCS})
_ENDPOINTS = MappingProxyType({"s3": " (AWS_ENDPOINT_URL)", "s3a": " (AWS_ENDPOINT_URL)"})
_REFUSED = ("Credential", "Unauthorized", "Forbidden", "RefreshError", "TokenRetrieval", "ProfileNotFound")
_UNREACHABLE = ("Endpoint", "Connect", "Timeout", "HTTPClientError", "Disconnected", "gaierror", "TransportError")
"""Parts of the names of errors of botocore, aiohttp, google.auth and requests: importing them only to ask is slow."""


@contextmanager
def in_words(url: str) -> Iterator[None]:
    """Whatever the libraries raise becomes a LogLensError that names the URL: they raise nearly anything."""
    try:
        yield
    except LogLensError:
        raise
    except Exception as error:
        raise explained(url, error) from error


def explained(url: str, error: BaseException) -> LogLensError:
    """The message for what a library raised."""
    protocol = parse(url).protocol
    chain = list(_chain(error))
    said = _said(error)
    names = " ".join(cls.__name__ for one in chain for cls in type(one).__mro__[:-3])
    status = next((code for one in chain if isinstance(code := getattr(one, "status", None), int)), None)
    if isinstance(error, ImportError):
        return LogLensError(_missing(url, error))
    if any(isinstance(one, PermissionError) for one in chain) or status in (401, 403) or _any(_REFUSED, names):
        hint = _CREDENTIALS.get(protocol, "")
        return LogLensError(f"{url} cannot be read with the credentials that were found: {said}. {hint}".rstrip())
    if any(isinstance(one, ConnectionError | TimeoutError) for one in chain) or _any(_UNREACHABLE, names):
        endpoint = _ENDPOINTS.get(protocol, "")
        return LogLensError(f"{url} cannot be reached: {said}. Check the network, and the address{endpoint}.")
    if any(isinstance(one, FileNotFoundError) for one in chain):
        if "bucket" in said.lower():
            bucket = parse(url).path.partition("/")[0]
            return LogLensError(f"There is no bucket {bucket}, or it is in another account or region: {url}.")
        return LogLensError(f"There is no {url}.")
    return LogLensError(f"Cannot read {url}: {said}.")


def is_past_the_end(error: BaseException) -> bool:
    """Whether the store has no such bytes: the file has become shorter than it was when it was looked at."""
    return any(getattr(one, "status", None) == 416 or "InvalidRange" in str(one) for one in _chain(error))


def _missing(url: str, error: ImportError) -> str:
    """Which package to install: fsspec itself, or what it needs for this protocol."""
    protocol = parse(url).protocol
    cause = error.__cause__ if isinstance(error.__cause__, ImportError) else error
    absent = (cause.name or "").partition(".")[0]
    package = PACKAGES.get(protocol, absent)
    if protocol in PACKAGES:
        both = "fsspec" if absent == "fsspec" else package
        return (
            f"Reading {url} needs the package {both}: pip install 'loglens[remote]' (or: pip install fsspec {package})."
        )
    if absent == "fsspec":
        return f"Reading {url} needs the package fsspec: pip install 'loglens[remote]'."
    return f"Reading {url} needs the package {package}: pip install {package}." if package else f"{url}: {error}."


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error not in seen:
        seen.append(error)
        yield error
        following = error.__cause__ or error.__context__
        if following is None:
            return
        error = following


def _said(error: BaseException) -> str:
    """The words of the innermost error, which knows what happened; on one line, at most three hundred characters."""
    told = [" ".join(str(one).split()) for one in _chain(error)]
    text = next((words for words in reversed(told) if words), "") or type(error).__name__
    return text.rstrip(".")[:300]


def _any(parts: tuple[str, ...], names: str) -> bool:
    return any(part in names for part in parts)
