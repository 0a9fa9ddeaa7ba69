"""`loglens check`: the gate for CI: health, thresholds, and regressions against a baseline."""

from __future__ import annotations

import dataclasses
import datetime
import os
from pathlib import Path

import click

from loglens.cli._engine import Engine, chosen_executor, engine_options
from loglens.cli._gate import (
    CHECK_VIEWS,
    environment_option,
    format_options,
    render,
    render_text,
    shown_path,
)
from loglens.cli._look import cannot_write, colour_option, write_file, write_stdout
from loglens.cli._options import cache_option, config_option, logdirs_argument
from loglens.cli._progress import progress_bar

EPILOG = """\b
Examples:
  loglens check runs/                                  no run may fail a detector
  loglens check runs/ --baseline baseline.json         and none may be worse than the baseline
  loglens check new/ --baseline old/                   two log folders, over the seeds of each
  loglens check runs/ --format github                  annotations, and a step summary
  loglens check runs/ --output junit:loglens.xml --output markdown:comment.md

\b
Exit codes: 0 fine, 1 findings or nothing matched, 2 usage, config or nothing readable.
"""


@click.command(epilog=EPILOG)
@logdirs_argument
@click.option("--baseline", metavar="FILE|LOGDIR", help="What to compare with: a baseline file, or another LOGDIR.")
@config_option
@click.option("--allow-empty", is_flag=True, help="A rule that matches no run or tag is no finding; nor is nothing.")
@click.option("--allow-different", is_flag=True, help="Compare although the baseline is of another experiment.")
@environment_option
@format_options(CHECK_VIEWS)
@click.option("-v", "--verbose", is_flag=True, help="What passed as well.")
@click.option("-q", "--quiet", is_flag=True, help="No text and no progress: files, exit code and errors only.")
@cache_option
@engine_options
@colour_option
def command(
    *,
    logdirs: tuple[str, ...],
    baseline: str | None,
    config_path: str | None,
    allow_empty: bool,
    allow_different: bool,
    environment: str | None,
    form: str,
    outputs: tuple[tuple[str, str], ...],
    verbose: bool,
    quiet: bool,
    no_cache: bool,
    jobs: int | None,
    engine: Engine,
    scheduler: str | None,
    colour: bool | None,
) -> int:
    """Fail when a training went wrong, missed a threshold, or is surely worse than its baseline.

    Rules stand in loglens.toml: [[health]], [[check]], [[waiver]]. A regression needs harm beyond the tolerance and
    significance over seeds (Welch, one-sided, Holm over all checks).
    """
    from loglens.config import load_config  # noqa: PLC0415  # numpy and the detectors load only now
    from loglens.gate.baseline import default_environment  # noqa: PLC0415
    from loglens.gate.regressions import Options  # noqa: PLC0415
    from loglens.gate.run import run_gate  # noqa: PLC0415

    today = datetime.datetime.now(datetime.UTC).date()
    options = Options(environment or default_environment(), today, allow_empty, allow_different)
    with chosen_executor(engine, scheduler) as executor, progress_bar(quiet=quiet, resumable=not no_cache) as progress:
        result = run_gate(
            logdirs,
            load_config(config_path),
            baseline,
            options,
            jobs=jobs,
            executor=executor,
            progress=progress,
            cache=not no_cache,
        )
    result = dataclasses.replace(result, config=shown_path(result.config))
    for name, path in outputs:
        write_file(path, render(CHECK_VIEWS, name, result))
    if form == "text" and not quiet:
        write_stdout(render_text(CHECK_VIEWS, result, logdirs=logdirs, verbose=verbose, colour=colour))
    elif form != "text":
        write_stdout(render(CHECK_VIEWS, form, result))
    if form == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        _append(summary, render(CHECK_VIEWS, "markdown", result))
    return result.exit_code


def _append(path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise cannot_write(path, error) from error
