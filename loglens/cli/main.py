"""The command `loglens`: loads only the subcommand that is asked for, and turns every error into words."""

from __future__ import annotations

import difflib
import importlib
import os
import pkgutil
import sys
from pathlib import Path
from typing import NoReturn

import click

import loglens.cli
from loglens import __version__
from loglens.cli._look import silence
from loglens.events.errors import LogLensError
from loglens.exit_codes import ERROR, FINE, INTERRUPTED

EPILOG = """\b
Examples:
  loglens analyze runs/                     every run under runs/, worst first
  loglens analyze runs/resnet/seed0         one run in full
  loglens analyze runs/ --output html:report.html --output json:report.json
  loglens analyze runs/ --fail-on fail      exit code 1 when a run failed, for scripts
  loglens runs runs/                        what LogLens takes every tag for, and why
  loglens explain overfitting               how a verdict is reached

\b
Exit codes: 0 fine, 1 findings (only where you asked for it), 2 usage error or nothing readable.
Tab completion: eval "$(loglens completion bash)" (or zsh, fish).
"""


class LazyGroup(click.Group):
    """Subcommands are the modules of loglens.cli that hold a `command`; each is imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        modules = (module.name for module in pkgutil.iter_modules(loglens.cli.__path__))
        return sorted(name.replace("_", "-") for name in modules if name != "main" and not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"loglens.cli.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        name = args[0]
        if name in known or name.startswith("-"):
            return super().resolve_command(ctx, args)
        if Path(name).exists():
            raise click.UsageError(f"No command {name!r}. To judge the runs there: loglens analyze {name}", ctx)
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f" Did you mean {close[0]!r}?" if close else f" There are: {', '.join(known)}."
        raise click.UsageError(f"No command {name!r}.{hint}", ctx)


@click.command(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="loglens", message="%(prog)s %(version)s")
def cli() -> None:
    """Says what went wrong in training runs, from the TensorBoard logs you already have.

    For every run: what is wrong, since which step, how sure that is, why, what to try, and which checkpoint to keep.
    """


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    # Our matrices are small: threads of the linear algebra only wait for each other, which took 40 % of the time of
    # a small folder (benchmarks/command). Read when numpy is first imported, so set before; `train` sets torch's own.
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """The exit code of `loglens ARGUMENTS`; whatever goes wrong is told on stderr without a traceback."""
    try:
        code = cli.main(args=arguments, prog_name="loglens", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return ERROR
    except LogLensError as error:
        click.echo(f"loglens: {error}", err=True)
        return ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has seen enough
        silence(sys.stdout)
        return FINE
    except Exception as error:
        return _internal_error(error)
    return code if isinstance(code, int) else FINE


def _internal_error(error: Exception) -> int:
    """A bug of ours; the traceback only on request."""
    if os.environ.get("LOGLENS_DEBUG"):
        import traceback  # noqa: PLC0415  # only here

        traceback.print_exc()
    click.echo(
        f"loglens {__version__}: internal error: {type(error).__name__}: {error}\n"
        "This is a bug in LogLens. Please report it with the output of the same command under LOGLENS_DEBUG=1.",
        err=True,
    )
    return ERROR
