"""`loglens baseline`: the numbers to compare with, as a small file to commit: save, update, list, diff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loglens.cli._gate import environment_option
from loglens.cli._look import tell, write_file, write_stdout
from loglens.cli._options import cache_option, config_option, format_option, logdirs_argument
from loglens.cli._progress import progress_bar
from loglens.events.errors import LogLensError

if TYPE_CHECKING:
    from loglens.gate.baseline import Baseline

DEFAULT_FILE = "loglens-baseline.json"

file_option = click.option(
    "-f", "--file", "path", metavar="FILE", default=DEFAULT_FILE, show_default=True, type=click.Path(),
    help="The baseline file.",
)  # fmt: skip
output_option = click.option(
    "-o", "--output", "path", metavar="FILE", default=DEFAULT_FILE, show_default=True, type=click.Path(),
    help="The baseline file to write.",
)  # fmt: skip
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
json_option = format_option(("text", "json"))


@click.group()
def command() -> None:
    """Keep the numbers to compare with, as a small file to commit."""


@command.command()
@logdirs_argument
@output_option
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@dry_run_option
@config_option
@environment_option
@cache_option
def save(
    *,
    logdirs: tuple[str, ...],
    path: str,
    force: bool,
    dry_run: bool,
    config_path: str | None,
    environment: str | None,
    no_cache: bool,
) -> None:
    """Write a new baseline: what the rules of the config measure, seed by seed."""
    from loglens.gate.baseline import baseline_text  # noqa: PLC0415  # numpy loads only now

    if Path(path).exists() and not force and not dry_run:
        raise LogLensError(
            f"{path} exists. Take new numbers into it with `loglens baseline update`, or overwrite it with --force."
        )
    new = _measured(logdirs, config_path, environment, cache=not no_cache)
    if not dry_run:
        write_file(path, baseline_text(new))
    _tell_changes(None, new)
    if not dry_run:
        tell(f"Wrote {path}: commit it, and check with: loglens check LOGDIR --baseline {path}")


@command.command()
@logdirs_argument
@file_option
@dry_run_option
@config_option
@environment_option
@cache_option
def update(
    *,
    logdirs: tuple[str, ...],
    path: str,
    dry_run: bool,
    config_path: str | None,
    environment: str | None,
    no_cache: bool,
) -> None:
    """Take new numbers into a baseline; groups that LOGDIR does not hold stay as they are."""
    from loglens.gate.baseline import baseline_text, read_baseline, updated  # noqa: PLC0415

    old = read_baseline(Path(path))
    new = updated(old, _measured(logdirs, config_path, environment, cache=not no_cache))
    if _tell_changes(old, new) and not dry_run:
        write_file(path, baseline_text(new))
        tell(f"Wrote {path}.")


@command.command("list")
@file_option
@json_option
def list_(*, path: str, form: str) -> None:
    """Show what a baseline holds."""
    from loglens.gate.baseline import read_baseline  # noqa: PLC0415
    from loglens.views.baseline import listing  # noqa: PLC0415

    baseline = read_baseline(Path(path))
    write_stdout(listing.render(baseline, as_json=form == "json"))


@command.command()
@logdirs_argument
@file_option
@json_option
@config_option
@environment_option
@cache_option
def diff(
    *,
    logdirs: tuple[str, ...],
    path: str,
    form: str,
    config_path: str | None,
    environment: str | None,
    no_cache: bool,
) -> None:
    """Show how logs, or another baseline file, differ from a baseline. No judgement: that is `loglens check`."""
    from loglens.gate.baseline import changes, read_baseline, updated  # noqa: PLC0415
    from loglens.jsonform import to_plain  # noqa: PLC0415
    from loglens.views.baseline import differences  # noqa: PLC0415

    old = read_baseline(Path(path))
    if len(logdirs) == 1 and logdirs[0].endswith(".json"):
        new = read_baseline(Path(logdirs[0]))
    else:
        new = updated(old, _measured(logdirs, config_path, environment, cache=not no_cache))
    found = changes(old, new)
    if form == "json":
        plain = {"schema": "loglens.baseline-diff/1", "changes": to_plain(found)}
        write_stdout(json.dumps(plain, allow_nan=False, indent=1, ensure_ascii=False) + "\n")
    else:
        write_stdout(differences.render(found))


def _measured(logdirs: tuple[str, ...], config_path: str | None, environment: str | None, *, cache: bool) -> Baseline:
    from loglens.config import load_config  # noqa: PLC0415
    from loglens.gate.baseline import baseline_of, rules_to_save  # noqa: PLC0415
    from loglens.gate.run import measured  # noqa: PLC0415

    config = load_config(config_path)
    rules = rules_to_save(config)
    with progress_bar(resumable=cache) as progress:
        report = measured(logdirs, config, rules, None, progress=progress, cache=cache)
    return baseline_of(report, rules, environment or "")


def _tell_changes(old: Baseline | None, new: Baseline) -> bool:
    """Show what changes, on stdout; whether anything does."""
    from loglens.gate.baseline import changes  # noqa: PLC0415
    from loglens.views.baseline import differences  # noqa: PLC0415

    found = changes(old, new)
    write_stdout(differences.render(found))
    return bool(found)
