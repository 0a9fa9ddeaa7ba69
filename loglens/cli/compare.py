"""`loglens compare`: two runs or two groups of seeds: which is better, by how much, surely or not."""

from __future__ import annotations

import click

from loglens.cli._engine import Engine, chosen_executor, engine_options
from loglens.cli._gate import COMPARE_VIEWS, format_options, render, render_text
from loglens.cli._look import colour_option, write_file, write_stdout
from loglens.cli._options import cache_option, config_option
from loglens.cli._progress import progress_bar

EPILOG = """\b
Examples:
  loglens compare runs/adam runs/sgd              two folders of seeds (or two runs)
  loglens compare 'runs/adam/s*' 'runs/sgd/s*'    the same with globs
  loglens compare a b --tag val/accuracy          one tag only

\b
Two runs with one seed each are undetermined: their noise says nothing of the luck between seeds.
"""


@click.command(epilog=EPILOG)
@click.argument("a", metavar="A", type=click.Path())
@click.argument("b", metavar="B", type=click.Path())
@click.option(
    "--tag", "tags", metavar="GLOB", multiple=True, help="Compare these tags only; may be given several times."
)
@click.option(
    "--alpha", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05, show_default=True,
    help="Accepted share of false alarms over all readings.",
)  # fmt: skip
@config_option
@format_options(COMPARE_VIEWS)
@cache_option
@engine_options
@colour_option
def command(
    *,
    a: str,
    b: str,
    tags: tuple[str, ...],
    alpha: float,
    config_path: str | None,
    form: str,
    outputs: tuple[tuple[str, str], ...],
    no_cache: bool,
    jobs: int | None,
    engine: Engine,
    scheduler: str | None,
    colour: bool | None,
) -> int:
    """Say whether two runs, or two groups of seeds, differ.

    Reads the best and the final value and the whole curve of every validation metric (of every train metric where
    there is no validation), two-sided, corrected by Holm for the number of readings.
    """
    from loglens.config import load_config  # noqa: PLC0415  # numpy loads only now
    from loglens.gate.compare import compare, compare_rules  # noqa: PLC0415
    from loglens.gate.run import measured  # noqa: PLC0415

    config = load_config(config_path)
    rules = compare_rules(tags)
    reports = []
    with chosen_executor(engine, scheduler) as executor:
        for path in (a, b):
            with progress_bar(resumable=not no_cache) as progress:
                reports.append(measured([path], config, rules, jobs, executor, progress=progress, cache=not no_cache))
    comparison = compare(reports[0], reports[1], (a, b), tags, alpha)
    for name, path in outputs:
        write_file(path, render(COMPARE_VIEWS, name, comparison))
    if form == "text":
        write_stdout(render_text(COMPARE_VIEWS, comparison, colour=colour))
    else:
        write_stdout(render(COMPARE_VIEWS, form, comparison))
    return 0
