"""What the commands of the gate share: options, formats and how results are rendered."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import click

from loglens.cli._look import look_for
from loglens.cli._options import format_option, known_format

Function = TypeVar("Function", bound=Callable[..., Any])
Views = Mapping[str, str]
"""Formats by name, each with the module of its view."""

CHECK_VIEWS: Views = MappingProxyType(
    {
        name: f"loglens.views.gate.{name}"
        for name in ("text", "concise", "json", "jsonl", "junit", "github", "gitlab", "sarif", "markdown")
    }
)
COMPARE_VIEWS: Views = MappingProxyType(
    {name: f"loglens.views.comparison.{name}" for name in ("text", "json", "markdown")}
)
STOPPING_VIEWS: Views = MappingProxyType(
    {name: f"loglens.views.replay.{name}" for name in ("text", "json", "markdown")}
)


def format_options(views: Views) -> Callable[[Function], Function]:
    """--format and --output of a command with these views."""

    def several(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        del ctx, param
        pairs = []
        for text in value:
            name, colon, path = text.partition(":")
            if not colon or not path:
                raise click.BadParameter(f"{text!r} is not of the form FMT:PATH, as in json:result.json.")
            pairs.append((known_format(name, tuple(views)), path))
        return tuple(pairs)

    def decorate(function: Function) -> Function:
        output = click.option(
            "--output",
            "outputs",
            metavar="FMT:PATH",
            multiple=True,
            callback=several,
            help="Also write the result to a file; may be given several times.",
        )
        return format_option(tuple(views))(output(function))

    return decorate


def environment_option(function: Function) -> Function:
    """--environment KEY."""
    return click.option(
        "--environment",
        metavar="KEY",
        envvar="LOGLENS_ENVIRONMENT",
        help="Kind of machine the logs come from; times are compared within one kind only. Default: system-processor.",
    )(function)


def render(views: Views, form: str, result: object) -> str:
    """The result by the view of that format, for a file or a pipe."""
    text: str = importlib.import_module(views[form]).render(result)
    return text


def render_text(
    views: Views, result: object, *, logdirs: Sequence[str] = (), verbose: bool = False, colour: bool | None
) -> str:
    """The result as text for this terminal."""
    look = look_for(logdirs, colour=colour, verbose=verbose)
    text: str = importlib.import_module(views["text"]).render(result, look)
    return text


def shown_path(path: str) -> str:
    """A path as code hosts and people want it: relative to the repository that is checked, else to where we are."""
    roots = [os.environ[name] for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR") if os.environ.get(name)]
    for root in (*roots, "."):
        try:
            return str(Path(path).absolute().relative_to(Path(root).absolute())) if path else ""
        except ValueError:
            continue
    return path
