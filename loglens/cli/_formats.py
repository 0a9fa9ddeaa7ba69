"""The formats a report can be written in: each is a view, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from loglens.cli._options import known_format
from loglens.events.errors import LogLensError

if TYPE_CHECKING:
    from loglens.report import Report


def _json(report: Report, curves: bool) -> Iterable[str]:
    from loglens.views import json  # noqa: PLC0415  # one view is loaded, not all

    return json.parts(report, curves=curves)


def _text(report: Report, curves: bool) -> Iterable[str]:
    """Text in a file: plain, for a wide page."""
    del curves
    from loglens.views import text  # noqa: PLC0415

    return (text.render(report, text.Look(width=100)),)


def _html(report: Report, curves: bool) -> Iterable[str]:
    """One file to open in a browser; it always holds the curves it shows."""
    del curves
    from loglens.views import html  # noqa: PLC0415

    return (html.render(report),)


def _markdown(report: Report, curves: bool) -> Iterable[str]:
    """A note to paste; it holds no curves."""
    del curves
    from loglens.views import markdown  # noqa: PLC0415

    return (markdown.render(report),)


Renderer = Callable[["Report", bool], Iterable[str]]

FORMATS: Mapping[str, Renderer] = MappingProxyType({"text": _text, "json": _json, "html": _html, "markdown": _markdown})
"""What `--output FMT:PATH` and `--format FMT` know: a report and whether to add curves in, the parts of a text out."""


def parse_output(text: str) -> tuple[str, str]:
    """`FMT:PATH` in its two parts. Raises click.BadParameter."""
    name, colon, path = text.partition(":")
    if not colon or not path:
        raise click.BadParameter(f"{text!r} is not of the form FMT:PATH, as in json:report.json.")
    return known_format(name, tuple(FORMATS)), path


def render(report: Report, name: str, *, curves: bool) -> Iterable[str]:
    """The report in that format, in parts that make one text. Raises LogLensError when the view cannot be loaded."""
    try:
        return FORMATS[name](report, curves)
    except ImportError as error:
        raise LogLensError(f"The format {name} needs the package {error.name}: pip install {error.name}.") from error
