"""From what the user typed to the trainings to read: folders, globs, single files, several LOGDIRs with names."""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from loglens.events.address import is_url, on_disk, parse, split_glob
from loglens.events.errors import LogLensError
from loglens.events.listing import FoundFile, Listing, list_event_files
from loglens.runs.folders import families, parent_of
from loglens.runs.source import Found, Problem, RunSource, SourceFile

__all__ = ["Found", "Problem", "RunSource", "SourceFile", "find_runs", "split_name"]

PEEK_BYTES = 4096  # the first tag of an add_scalars file stands within its first two records


def find_runs(logdirs: Sequence[str], *, waiting: bool = False) -> Found:
    """Every training under the LOGDIRs: each a folder, a glob, one event file, a URL of these, or `name=path`.

    Raises LogLensError when nothing can be read, or when two LOGDIRs have one name: the message says what to do.
    With `waiting` what is not there is a Problem: it may come, or was there a moment ago.
    """
    if not logdirs:
        raise LogLensError("No LOGDIR was given: name a folder that holds TensorBoard event files.")
    named = [split_name(text) for text in logdirs]
    prefixes = [""] if len(named) == 1 else [f"{name or _default_name(path)}:" for name, path in named]
    for prefix in prefixes:
        if prefixes.count(prefix) > 1:
            raise LogLensError(
                f"Two LOGDIRs are both named {prefix[:-1]!r}: give each its own name, as in {prefix[:-1]}2=PATH."
            )
    sources: list[RunSource] = []
    problems: list[Problem] = []
    for (_, path), prefix in zip(named, prefixes, strict=True):
        try:
            listing = _listed(path)
        except LogLensError as error:
            if not waiting:
                raise
            problems.append(Problem(path, str(error)))
            continue
        problems += [Problem(path, text) for text in listing.problems]
        if not listing.files:
            problems.append(Problem(path, nothing_here(path)))
        sources += _sources(listing.files, prefix)
    if not sources and not waiting:
        raise LogLensError(" ".join(problem.reason for problem in problems))
    return Found(tuple(sorted(sources, key=lambda source: source.name)), tuple(problems))


def _listed(path: str) -> Listing:
    """The event files there. Raises LogLensError, with the nearest thing to do, when there is nothing at all."""
    if is_url(path):
        return list_event_files(path)
    if not os.path.lexists(path) and not glob.has_magic(path):
        raise LogLensError(no_such_path(path))
    if not os.path.lexists(path) and next(glob.iglob(path, recursive=True), None) is None:  # noqa: PTH207
        raise LogLensError(nothing_here(path))
    return list_event_files(path)


def _sources(files: Sequence[FoundFile], prefix: str) -> list[RunSource]:
    """The event files of one LOGDIR grouped into candidate trainings; every name gets the prefix."""
    by_directory: dict[str, list[FoundFile]] = {}
    for file in files:
        by_directory.setdefault(file.directory, []).append(file)

    heads = _remote_heads(by_directory)

    def is_add_scalars(directory: str) -> bool:
        if not _may_name_its_tag(directory):
            return False
        path = _largest(by_directory[directory]).path
        return _names_its_tag(parent_of(directory)[1], heads[path] if is_url(path) else _head(path))

    return [
        RunSource(
            prefix + name,
            tuple(
                SourceFile(file.path, prefix + directory, file.size, file.mtime_ns, file.inode, file.etag)
                for directory in directories
                for file in by_directory[directory]
            ),
        )
        for name, directories in families(by_directory, is_add_scalars).items()
    ]


def _remote_heads(by_directory: Mapping[str, Sequence[FoundFile]]) -> Mapping[str, bytes]:
    """The first bytes of those remote files that decide how folders are grouped: asked for at the same time."""
    if not any(is_url(files[0].path) for files in by_directory.values()):
        return {}
    asked: list[FoundFile] = []

    def ask(directory: str) -> bool:
        largest = _largest(by_directory[directory])
        if is_url(largest.path) and _may_name_its_tag(directory):
            asked.append(largest)
        return False

    families(by_directory, ask)
    if not asked:
        return {}
    from loglens.events.remote.fetch import first_bytes  # noqa: PLC0415  # local logs never load it

    return first_bytes(asked, PEEK_BYTES)


def _largest(files: Sequence[FoundFile]) -> FoundFile:
    return max(files, key=lambda file: file.size)


def _may_name_its_tag(directory: str) -> bool:
    return "_" in parent_of(directory)[1][1:]


def _names_its_tag(folder: str, head: bytes) -> bool:
    """Whether the file begins with a tag T where the folder is called T_<key>, as add_scalars does ("/" as "_")."""
    text = head.replace(b"/", b"_")
    encoded = folder.encode()
    cuts = [match.start() for match in re.finditer(b"_", encoded)]
    return any(cut < 128 and bytes((0x0A, cut)) + encoded[:cut] in text for cut in cuts if cut)


def _head(path: str) -> bytes:
    try:
        with Path(path).open("rb") as stream:
            return stream.read(PEEK_BYTES)
    except OSError:
        return b""


def split_name(text: str) -> tuple[str, str]:
    """`name=path` in its two parts; a path that exists as typed (runs/lr=0.1) has no name."""
    name, equals, path = text.partition("=")
    if not equals or not name or "/" in name or os.sep in name or os.path.lexists(text) or "://" in name:
        return "", _without_slash(text)
    return name, _without_slash(path)


def _without_slash(path: str) -> str:
    """A path on disk without slashes at its end; a URL as it is, since to a web server they mean something."""
    if is_url(path):
        return path
    path = on_disk(path)
    return path.rstrip("/" + os.sep) or path[:1]


def _default_name(path: str) -> str:
    if is_url(path):
        return parse(split_glob(path)[0]).name or parse(path).protocol
    literal = _literal_part(path) if glob.has_magic(path) and not os.path.lexists(path) else path
    return Path(literal).resolve().name or "root"


def _literal_part(pattern: str) -> str:
    """The longest leading folder of a glob that holds no wildcard."""
    parts = Path(pattern).parts
    first = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return str(Path(*parts[:first])) if first else "."


def no_such_path(path: str) -> str:
    """The message for a path that is not there: the nearest name beside it, or the deepest folder that exists."""
    existing = Path(path)
    missing = existing.name
    while not existing.is_dir() and existing != existing.parent:
        missing, existing = existing.name, existing.parent
    try:
        names = sorted(entry.name for entry in existing.iterdir())
    except OSError:
        names = []
    close = difflib.get_close_matches(missing, names, n=1)
    if close:
        return f"There is no {path}; did you mean {existing / close[0]}?"
    return f"There is no {path}: the nearest folder that exists is {existing}, and it holds no {missing!r}."


def nothing_here(path: str) -> str:
    """The message for a folder without event files: what it holds instead, and what to do."""
    if is_url(path):
        return f"{path} holds no TensorBoard event files (files with 'tfevents' in their name)."
    if glob.has_magic(path) and not os.path.lexists(path):
        return f"Nothing with event files matches {path}: check the pattern (quote it, so that the shell leaves it)."
    seen: set[str] = set()
    count = 0
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".git")]
        count += len(names)
        seen.update("wandb" for name in folders if name == "wandb" or Path(folder).name == "wandb")
        seen.update("mlflow" for name in folders if name == "mlruns")
        seen.update("VisualDL" for name in names if name.startswith("vdlrecords."))
        seen.update(Path(name).suffix for name in names if Path(name).suffix in (".csv", ".json", ".jsonl", ".log"))
        if count > 10_000:
            break
    if not count:
        return f"{path} is empty: has the training started, and does it log to this folder?"
    kinds = {"wandb": "Weights & Biases runs", "mlflow": "MLflow runs", "VisualDL": "VisualDL records"}
    held = ", ".join(kinds.get(kind, f"{kind} files") for kind in sorted(seen))
    hint = f" It holds {held}: LogLens reads TensorBoard event files." if held else ""
    return f"{path} holds no TensorBoard event files (files with 'tfevents' in their name).{hint}"
