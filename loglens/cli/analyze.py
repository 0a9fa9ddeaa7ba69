"""`loglens analyze`: judge every run under the log directories and show the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loglens.cli._engine import Engine, chosen_executor, engine_options
from loglens.cli._formats import FORMATS, parse_output, render
from loglens.cli._look import colour_option, look_for, tell, write_file, write_stdout
from loglens.cli._options import cache_option, complete_detectors, config_option, format_option, logdirs_argument
from loglens.cli._progress import progress_bar

if TYPE_CHECKING:
    from loglens.report import Report
    from loglens.views.text.look import Sort

EPILOG = """\b
Examples:
  loglens analyze runs/                          all runs: a summary, the worst first
  loglens analyze runs/resnet/seed0              one run in full
  loglens analyze 'runs/*/version_0'             a glob (quoted, so that the shell leaves it)
  loglens analyze old=/logs/v1 new=/logs/v2      two folders, told apart by name
  loglens analyze s3://bucket/runs               a URL that fsspec knows
  loglens analyze runs/ --format json | jq '.runs[].verdicts[] | select(.status == "fail")'
  loglens analyze runs/ --output json:report.json --curves
  loglens analyze runs/ --detector overfitting --detector stopping
  loglens analyze runs/ --fail-on fail --quiet   only the exit code counts
  loglens analyze /shared/runs --engine dask --scheduler tcp://10.0.0.5:8786
"""


def _outputs(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    del ctx, param
    return tuple(parse_output(text) for text in value)


@click.command(epilog=EPILOG)
@logdirs_argument
@format_option(tuple(FORMATS))
@click.option(
    "--output",
    "outputs",
    metavar="FMT:PATH",
    multiple=True,
    callback=_outputs,
    help="Also write the report to a file; may be given several times.",
)
@click.option("--curves", is_flag=True, help="Put display curves (at most 500 points each) into the JSON report.")
@click.option(
    "--detector",
    "detectors",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_detectors,
    help="Run only this detector; may be given several times. See `loglens detectors`.",
)
@config_option
@click.option("--fail-on", type=click.Choice(["warn", "fail"]), help="Exit with 1 when a verdict is at least this bad.")
@click.option(
    "--sort",
    type=click.Choice(["worst", "name", "best"]),
    default="worst",
    show_default=True,
    help="Order of the runs in the text.",
)
@click.option("-v", "--verbose", is_flag=True, help="Every run and every verdict in full.")
@click.option("--all", "everything", is_flag=True, help="List every run, however many there are.")
@click.option("-q", "--quiet", is_flag=True, help="No text and no progress: files, exit code and errors only.")
@cache_option
@engine_options
@colour_option
def command(
    *,
    logdirs: tuple[str, ...],
    form: str,
    outputs: tuple[tuple[str, str], ...],
    curves: bool,
    detectors: tuple[str, ...],
    config_path: str | None,
    fail_on: str | None,
    sort: Sort,
    verbose: bool,
    everything: bool,
    quiet: bool,
    no_cache: bool,
    jobs: int | None,
    engine: Engine,
    scheduler: str | None,
    colour: bool | None,
) -> int:
    """Judge every training run under LOGDIR.

    LOGDIR is a folder, a glob, one event file, or a URL of these (s3://, gs://, https://: pip install
    'loglens[remote]'); give several to compare, each as NAME=PATH if you like. The result goes to stdout, progress and
    warnings to stderr. Exit code 0 whatever the verdicts, 1 when --fail-on is met, 2 on usage errors and when nothing
    could be read.
    """
    from loglens.config import load_config  # noqa: PLC0415
    from loglens.pipeline import analyze  # noqa: PLC0415  # numpy and the detectors load only now

    config = load_config(config_path)
    if config.path and config_path is None and not quiet and form == "text":
        tell(f"Using {config.path}")
    with chosen_executor(engine, scheduler) as executor, progress_bar(quiet=quiet, resumable=not no_cache) as progress:
        report = analyze(
            list(logdirs),
            config=config,
            detectors=detectors or None,
            jobs=jobs,
            executor=executor,
            progress=progress,
            cache=not no_cache,
        )
    for name, path in outputs:
        write_file(path, render(report, name, curves=curves))
    if form == "text" and not quiet:
        from loglens.views import text  # noqa: PLC0415  # rich loads only for text

        look = look_for(logdirs, colour=colour, verbose=verbose, everything=everything, sort=sort)
        write_stdout(text.render(report, look))
    elif form != "text":
        write_stdout(render(report, form, curves=curves))
    return _exit_code(report, fail_on)


def _exit_code(report: Report, fail_on: str | None) -> int:
    if fail_on is None:
        return 0
    met = {"fail"} if fail_on == "fail" else {"fail", "warn"}
    return int(any(verdict.status in met for run in report.runs for verdict in run.verdicts))
