"""`loglens runs`: what every run and every tag was taken for, and why; with the override to paste."""

from __future__ import annotations

import click

from loglens.cli._look import colour_option, look_for, tell, write_stdout
from loglens.cli._options import config_option, format_option, logdirs_argument
from loglens.cli._progress import progress_bar
from loglens.events.errors import LogLensError

EPILOG = """\b
Examples:
  loglens runs logs/                      runs, tags, roles, reasons
  loglens runs logs/resnet --all          every tag, and an override for each doubtful one
  loglens runs logs/ --format json        for a script
"""


@click.command(epilog=EPILOG)
@logdirs_argument
@format_option(("text", "json"))
@config_option
@click.option("--all", "everything", is_flag=True, help="List every run and tag, however many there are.")
@colour_option
def command(
    *, logdirs: tuple[str, ...], form: str, config_path: str | None, everything: bool, colour: bool | None
) -> None:
    """Show what LogLens takes every run and every tag for, and why.

    How folders became runs, what each tag is (train or validation, loss or metric, which way is better), what it was
    paired with, how sure that is. Where a decision is wrong or not sure, paste the printed override into loglens.toml.
    """
    from loglens.config import load_config  # noqa: PLC0415
    from loglens.inventory import describe_runs, idle_overrides  # noqa: PLC0415
    from loglens.pipeline import nothing_read  # noqa: PLC0415  # numpy loads only now
    from loglens.runs.groups import group_names  # noqa: PLC0415
    from loglens.views import runs_json, runs_text  # noqa: PLC0415

    config = load_config(config_path)
    with progress_bar() as progress:
        parts = list(describe_runs(logdirs, config, progress))
    if not any(part.runs for part in parts):
        raise LogLensError(nothing_read([item for part in parts for item in part.unreadable]))
    groups = group_names([one.run.name for part in parts for one in part.runs], config.seeds)
    for remark in idle_overrides(config.roles, parts):
        tell(remark)
    if form == "json":
        write_stdout(runs_json.render(parts, groups))
    else:
        write_stdout(runs_text.render(parts, groups, look_for(logdirs, colour=colour, everything=everything)))
