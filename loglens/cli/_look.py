"""Where results go and how they look: stdout or files, width, colour, what the encoding can show."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from loglens.events.errors import LogLensError

if TYPE_CHECKING:
    from loglens.views.text.look import Look, Sort

Function = TypeVar("Function", bound=Callable[..., Any])

PIPE_WIDTH = 80
"""Columns of text that does not go to a terminal, unless COLUMNS says otherwise."""


def colour_option(function: Function) -> Function:
    """--color / --no-color; without a flag the environment and the terminal decide."""
    return click.option(
        "--color/--no-color", "colour", default=None, help="Colour or none. Default: NO_COLOR, FORCE_COLOR, terminal."
    )(function)


def wants_colour(flag: bool | None) -> bool:
    """Flag over NO_COLOR over FORCE_COLOR over whether stdout is a terminal (no-color.org, force-color.org)."""
    if flag is not None:
        return flag
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def look_for(
    logdirs: Sequence[str],
    *,
    colour: bool | None,
    verbose: bool = False,
    everything: bool = False,
    sort: Sort = "worst",
) -> Look:
    """How text is to look on this stdout."""
    from loglens.views.text.look import Look  # noqa: PLC0415  # rich loads only for text

    return Look(
        width=width(),
        colour=wants_colour(colour),
        unicode=speaks_unicode(),
        verbose=verbose,
        everything=everything or verbose,
        sort=sort,
        where=logdirs[0].rstrip("/") or "/" if len(logdirs) == 1 else "LOGDIR",
    )


def width() -> int:
    """Columns to fill: COLUMNS, else the terminal's, else 80."""
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns


def speaks_unicode() -> bool:
    """Whether stdout can write the bars and marks of the text."""
    try:
        "▁█✗✓…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@contextmanager
def quiet_pipe(stream: TextIO) -> Iterator[None]:
    """A reader that goes away early (`| head`) is no error: the rest goes nowhere, the exit code stays."""
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        silence(stream)
    except OSError as error:
        silence(stream)
        raise LogLensError(f"Cannot write the result: {error.strerror or error}.") from error


def silence(stream: TextIO) -> None:
    """What is still buffered goes nowhere, so that the interpreter does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_stdout(text: str | Iterable[str]) -> None:
    """The result to stdout, in parts where it is long.

    A name that the terminal's encoding cannot show is spelled out, not an error.
    """
    with quiet_pipe(sys.stdout):
        for part in _parts(text):
            _write(sys.stdout, part)


def write_line(text: str) -> None:
    """One line of a result that goes on, at once. Raises BrokenPipeError when nobody reads it any more."""
    _write(sys.stdout, text + "\n")
    sys.stdout.flush()


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))


def _parts(text: str | Iterable[str]) -> Iterable[str]:
    return (text,) if isinstance(text, str) else text


def write_file(path: str, text: str | Iterable[str]) -> None:
    """A result to a file, "-" for stdout. Raises LogLensError when it cannot be written, saying why."""
    if path == "-":
        write_stdout(text)
        return
    try:
        with Path(path).open("w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.writelines(_parts(text))
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: str, error: OSError) -> LogLensError:
    """The message for an output that cannot be written, with the nearest thing to do."""
    folder = Path(path).parent
    if not folder.exists():
        return LogLensError(f"Cannot write {path}: the folder {folder} does not exist; create it first.")
    if Path(path).is_dir():
        return LogLensError(f"Cannot write {path}: it is a folder; name a file in it.")
    return LogLensError(f"Cannot write {path}: {error.strerror or error}.")


def tell(message: str) -> None:
    """A remark to stderr, where progress and warnings go."""
    click.echo(message, err=True)
