"""`loglens completion`: the script that teaches a shell to complete commands, options and detector names."""

from __future__ import annotations

import click

from loglens.cli._look import write_stdout

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_LOGLENS_COMPLETE"
EPILOG = """\b
Put one line into the shell's start file:
  ~/.bashrc                      eval "$(loglens completion bash)"
  ~/.zshrc                       eval "$(loglens completion zsh)"
  ~/.config/fish/config.fish     loglens completion fish | source
"""


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(SHELLS))
def command(*, shell: str) -> None:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415  # needed by nothing else

    from loglens.cli.main import cli  # noqa: PLC0415  # main loads this file, not the other way round

    complete = get_completion_class(shell)
    assert complete is not None, shell
    write_stdout(complete(cli, {}, "loglens", VARIABLE).source() + "\n")
