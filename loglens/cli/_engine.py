"""Where the work is done: the options --engine, --scheduler and --jobs, and the executor they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])
Engine = Literal["processes", "dask"]


def engine_options(function: Function) -> Function:
    """--jobs, --engine and --scheduler."""
    jobs = click.option(
        "-j", "--jobs", type=click.IntRange(min=1), help="Processes to use. Default: as many as are worth it."
    )
    engine = click.option(
        "--engine",
        type=click.Choice(["processes", "dask"]),
        default="processes",
        show_default=True,
        help="Where runs are judged: processes of this machine, or the workers of a Dask scheduler.",
    )
    scheduler = click.option(
        "--scheduler",
        metavar="ADDRESS",
        envvar="DASK_SCHEDULER_ADDRESS",
        help="The Dask scheduler, as it prints it: tcp://HOST:8786. Default: DASK_SCHEDULER_ADDRESS.",
    )
    return jobs(engine(scheduler(function)))


@contextmanager
def chosen_executor(engine: Engine, scheduler: str | None) -> Iterator[Executor | None]:
    """The executor of these options, None for processes of this machine.

    Raises click.UsageError for options that do not go together, LogLensError when the engine cannot be had.
    """
    source = click.get_current_context().get_parameter_source("scheduler")
    if engine == "processes":
        if scheduler and source is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError("--scheduler is for --engine dask: add that, or leave it out.")
        yield None
        return
    if not scheduler:
        raise click.UsageError("--engine dask needs the scheduler's address: --scheduler tcp://HOST:8786.")
    from loglens.dask_engine import dask_workers  # noqa: PLC0415  # loads only when asked for

    with dask_workers(scheduler) as workers:
        yield workers
