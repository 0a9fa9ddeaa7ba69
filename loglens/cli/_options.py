"""Options and arguments that several commands share."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])


def logdirs_argument(function: Function) -> Function:
    """LOGDIR..., at least one."""
    return click.argument("logdirs", metavar="LOGDIR...", nargs=-1, type=click.Path(), callback=_needed)(function)


def config_option(function: Function) -> Function:
    """--config FILE."""
    return click.option(
        "--config",
        "config_path",
        metavar="FILE",
        type=click.Path(),
        help="Config file. Default: loglens.toml or pyproject.toml, searched upwards from here.",
    )(function)


def cache_option(function: Function) -> Function:
    """--no-cache."""
    return click.option("--no-cache", is_flag=True, help="Judge every run anew, and keep nothing in `loglens cache`.")(
        function
    )


def format_option(
    names: Sequence[str], *, default: str | None = "text", note: str = ""
) -> Callable[[Function], Function]:
    """--format FMT; the nearest name is told for one that does not exist."""

    def parse(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        del ctx, param
        return value if value is None else known_format(value, names)

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        del ctx, param
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]

    return click.option(
        "--format",
        "form",
        metavar="FMT",
        default=default,
        show_default=default is not None,
        callback=parse,
        shell_complete=complete,
        help=f"What goes to stdout: {', '.join(names)}. {note}".strip(),
    )


def known_format(name: str, names: Sequence[str]) -> str:
    """The name itself. Raises click.BadParameter with the nearest known one when it is not known."""
    if name in names:
        return name
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names)}."
    raise click.BadParameter(f"no format is called {name!r}; {hint}")


def complete_detectors(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Detector names for the shell."""
    del ctx, param
    from loglens.detector import discover  # noqa: PLC0415  # imports numpy

    return [CompletionItem(detector.name) for detector in discover() if detector.name.startswith(incomplete)]


def _needed(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    del param
    if not value and not ctx.resilient_parsing:
        raise click.UsageError(f"Name the folder that holds the event files, as in: {ctx.command_path} runs/", ctx)
    return value
