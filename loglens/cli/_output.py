"""Where results go: stdout or files, with or without colour; and the options that all commands share."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from loglens.events.errors import LogLensError

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


def write_stdout(text: str) -> None:
    """The result to stdout. A name that the terminal's encoding cannot show is spelled out, not an error.

    A reader that goes away early (`| head`) is no error either: the exit code stays that of the result.
    """
    stream = sys.stdout
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_lines(lines: Iterable[str]) -> None:
    """Many lines to stdout, as they come."""
    for line in lines:
        sys.stdout.write(line)
    sys.stdout.flush()


def write_file(path: str, text: str) -> None:
    """A result to a file. Raises LogLensError when it cannot be written, saying why."""
    try:
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
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
