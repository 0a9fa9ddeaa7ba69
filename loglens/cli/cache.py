"""`loglens cache`: what was judged before: where it is kept, how much, and how to be rid of it."""

from __future__ import annotations

import json

import click

from loglens.cli._look import write_stdout
from loglens.cli._options import format_option
from loglens.events.errors import LogLensError

EPILOG = """\b
Examples:
  loglens cache                       where, how many runs, how many bytes
  loglens cache --clear               delete it; the next analysis judges everything
  LOGLENS_CACHE=/scratch/me loglens analyze runs/
"""


@click.command(epilog=EPILOG)
@click.option("--clear", is_flag=True, help="Delete what is kept.")
@format_option(("text", "json"))
def command(*, clear: bool, form: str) -> None:
    """Show or delete the verdicts kept from earlier analyses.

    A run whose files, config and LogLens are unchanged is not judged again, by the commands nor by the TensorBoard
    panel. LOGLENS_CACHE names the folder; --no-cache does without.
    """
    from loglens.cache import MAX_BYTES, contents, default_folder  # noqa: PLC0415  # numpy loads only now

    folder = default_folder()
    if folder is None:
        raise LogLensError("There is no place for a cache: you have no home folder. Name one in LOGLENS_CACHE.")
    held = contents(folder)
    if clear:
        held.clear()
    if form == "json":
        runs, size = (0, 0) if clear else (held.runs, held.size)
        plain = {"schema": "loglens.cache/1", "path": str(held.path), "runs": runs, "bytes": size, "most": MAX_BYTES}
        write_stdout(json.dumps(plain, indent=1) + "\n")
    else:
        verb = "deleted" if clear else "kept"
        what = "1 run" if held.runs == 1 else f"{held.runs:,} runs"
        write_stdout(f"{held.path}\n{what} {verb}, {held.size / 1e6:,.1f} MB of at most {MAX_BYTES / 1e6:,.0f}\n")
