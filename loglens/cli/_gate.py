"""What the commands of the gate share: options, formats, and measuring logs by rules without any detector."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from loglens.cli._look import look_for
from loglens.cli._options import format_option, known_format

if TYPE_CHECKING:
    from loglens.config import CheckRule, Config
    from loglens.report import Report

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


def render_text(views: Views, result: object, *, verbose: bool = False, colour: bool | None) -> str:
    """The result as text for this terminal."""
    text: str = importlib.import_module(views["text"]).render(result, look_for((), colour=colour, verbose=verbose))
    return text


def measured(logdirs: Sequence[str], config: Config, rules: Sequence[CheckRule], jobs: int | None) -> Report:
    """The report of these logs with the numbers that `rules` ask for and no verdict. Raises LogLensError."""
    from loglens.analyze import analyze  # noqa: PLC0415  # numpy loads only now
    from loglens.config import DetectorSettings  # noqa: PLC0415
    from loglens.detector import discover  # noqa: PLC0415

    off = {detector.name: DetectorSettings(enabled=False) for detector in discover()}
    plan = dataclasses.replace(config, detectors=off, checks=tuple(rules))
    return analyze(list(logdirs), config=plan, jobs=jobs, max_points=4)


def shown_path(path: str) -> str:
    """A path as code hosts and people want it: relative to where we are, if it is below."""
    try:
        return str(Path(path).absolute().relative_to(Path.cwd())) if path else ""
    except ValueError:
        return path
