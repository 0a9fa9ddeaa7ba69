"""`loglens check`: the gate for CI: health, thresholds, and regressions against a baseline."""

from __future__ import annotations

import dataclasses
import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loglens.cli._gate import (
    CHECK_VIEWS,
    environment_option,
    format_options,
    measured,
    render,
    render_text,
    shown_path,
)
from loglens.cli._look import cannot_write, colour_option, tell, write_file, write_stdout
from loglens.cli._options import config_option, logdirs_argument
from loglens.cli._progress import progress_bar

if TYPE_CHECKING:
    from loglens.config import Config
    from loglens.gate.regressions import Reference
    from loglens.report import Report

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
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes to use. Default: as many as are worth it.")
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
    jobs: int | None,
    colour: bool | None,
) -> int:
    """Fail when a training went wrong, missed a threshold, or is surely worse than its baseline.

    Rules stand in loglens.toml: [[health]], [[check]], [[waiver]]. A regression needs harm beyond the tolerance and
    significance over seeds (Welch, one-sided, Holm over all checks).
    """
    from loglens.config import load_config  # noqa: PLC0415  # numpy and the detectors load only now
    from loglens.gate.baseline import default_environment  # noqa: PLC0415
    from loglens.gate.check import check  # noqa: PLC0415
    from loglens.gate.regressions import Options  # noqa: PLC0415

    config = load_config(config_path)
    key = environment or default_environment()
    reference = _reference(baseline, config, key, jobs) if baseline else None
    report = _analyzed(logdirs, config, reference is not None, quiet=quiet, jobs=jobs, allow_empty=allow_empty)
    options = Options(key, datetime.datetime.now(datetime.UTC).date(), allow_empty, allow_different)
    result = check(report, config, reference, options)
    result = dataclasses.replace(result, config=shown_path(result.config))
    for name, path in outputs:
        write_file(path, render(CHECK_VIEWS, name, result))
    if form == "text" and not quiet:
        write_stdout(render_text(CHECK_VIEWS, result, verbose=verbose, colour=colour))
    elif form != "text":
        write_stdout(render(CHECK_VIEWS, form, result))
    if form == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        _append(summary, render(CHECK_VIEWS, "markdown", result))
    return result.exit_code


def _reference(baseline: str, config: Config, environment: str, jobs: int | None) -> Reference:
    """The baseline from a file, or measured from another LOGDIR by the same rules."""
    from loglens.gate.baseline import baseline_of, read_baseline, rules_of  # noqa: PLC0415
    from loglens.gate.regressions import Reference  # noqa: PLC0415

    path = Path(baseline)
    if path.is_file() and "tfevents" not in path.name:
        return Reference(shown_path(baseline), read_baseline(path))
    if path.suffix == ".json":
        return Reference(shown_path(baseline), read_baseline(path))  # says how to make one
    rules = rules_of(config)
    return Reference(baseline, baseline_of(measured([baseline], config, rules, jobs), rules, environment))


def _analyzed(
    logdirs: tuple[str, ...], config: Config, compared: bool, *, quiet: bool, jobs: int | None, allow_empty: bool
) -> Report:
    """The report with the verdicts that count and the numbers that the rules ask for."""
    from loglens import __version__  # noqa: PLC0415
    from loglens.analyze import analyze  # noqa: PLC0415
    from loglens.gate.baseline import rules_of  # noqa: PLC0415
    from loglens.gate.health import default_health, detectors_needed  # noqa: PLC0415
    from loglens.report import Report  # noqa: PLC0415

    if all(_holds_no_files(path) for path in logdirs):
        if not allow_empty:
            tell(f"No event file in {', '.join(logdirs)}: the gate looked at nothing (--allow-empty accepts that).")
        return Report(__version__, {}, ())
    rules = rules_of(config) if config.checks or compared else ()
    needed = detectors_needed(config.health or default_health())
    enabled = [name for name in needed if name not in config.detectors or config.detectors[name].enabled]
    if not enabled:
        return measured(logdirs, config, rules, jobs)
    plan = dataclasses.replace(config, checks=rules)
    with progress_bar(quiet=quiet) as progress:
        return analyze(list(logdirs), config=plan, detectors=enabled, jobs=jobs, max_points=4, progress=progress)


def _holds_no_files(path: str) -> bool:
    """A folder that is there and empty of logs: nothing matched, which is not the same as a wrong path."""
    folder = Path(path)
    return folder.is_dir() and not any("tfevents" in file.name for file in folder.rglob("*"))


def _append(path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise cannot_write(path, error) from error
