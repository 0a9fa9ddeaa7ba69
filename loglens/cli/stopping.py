"""`loglens stopping`: which early stopping the runs of a project would have wanted."""

from __future__ import annotations

import click

from loglens.cli._gate import STOPPING_VIEWS, format_options, render, render_text
from loglens.cli._look import colour_option, write_file, write_stdout
from loglens.cli._options import config_option, logdirs_argument
from loglens.cli._progress import progress_bar

EPILOG = """\b
Examples:
  loglens stopping runs/                       which patience these runs would have wanted
  loglens stopping runs/ --worth 0             one that costs nothing
  loglens stopping runs/ --tag val/accuracy    judged by this tag
  loglens stopping runs/ --format json         the same for programs

\b
One run says little about a rule: five are the least, and twenty begin to tell rules apart.
"""


@click.command(epilog=EPILOG)
@logdirs_argument
@click.option(
    "--tag", "tags", metavar="GLOB", multiple=True, help="Judge runs by these tags; may be given several times."
)
@click.option(
    "--worth",
    type=click.FloatRange(0, 1),
    default=0.005,
    show_default=True,
    help="What a rule may cost on the mean, a share of the progress.",
)
@config_option
@format_options(STOPPING_VIEWS)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes to use. Default: as many as are worth it.")
@colour_option
def command(
    *,
    logdirs: tuple[str, ...],
    tags: tuple[str, ...],
    worth: float,
    config_path: str | None,
    form: str,
    outputs: tuple[tuple[str, str], ...],
    jobs: int | None,
    colour: bool | None,
) -> int:
    """Say which early stopping these runs would have wanted.

    Replays patience, GL, PQ and UP on every run under LOGDIR: what stopping by each would have cost in the metric and
    saved in epochs and hours, and which patience was best over all runs, with how sure that is. A run counts with its
    validation loss unless --tag says otherwise.
    """
    from loglens.config import load_config  # noqa: PLC0415  # numpy loads only now
    from loglens.gate.replay import replay  # noqa: PLC0415
    from loglens.pipeline import analyze  # noqa: PLC0415

    config = load_config(config_path)
    with progress_bar(quiet=form != "text") as progress:
        report = analyze(list(logdirs), config=config, detectors=("stopping",), jobs=jobs, progress=progress)
    result = replay(report, tags, worth)
    for name, path in outputs:
        write_file(path, render(STOPPING_VIEWS, name, result))
    if form == "text":
        write_stdout(render_text(STOPPING_VIEWS, result, logdirs=logdirs, colour=colour))
    else:
        write_stdout(render(STOPPING_VIEWS, form, result))
    return 0
