"""Assertions for a training script's own tests: is this run healthy, is it no worse than the baseline?

Importing this module loads nothing but the standard library; numpy and the detectors load with the first assertion.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglens.config import Config
    from loglens.gate.regressions import Options
    from loglens.gate.result import GateResult
    from loglens.report import Report, RunReport

    ConfigLike = Config | str | os.PathLike[str] | None
    Logs = str | os.PathLike[str] | Report | RunReport

__all__ = ["assert_healthy", "assert_no_regression", "update_baseline"]


def assert_healthy(run: Logs, *, config: ConfigLike = None) -> GateResult:
    """Assert that no detector fails a run (or any run of a log directory, or of a Report).

    `config`: a path or a Config; by default the nearest loglens.toml. Its [[health]] says which verdicts count, its
    [[waiver]] what is accepted; its [[check]] are not looked at. Returns what the gate said, warnings included.
    Raises AssertionError that names each finding, and LogLensError when nothing can be read.
    """
    __tracebackhide__ = True
    import dataclasses  # noqa: PLC0415

    from loglens.gate.check import check  # noqa: PLC0415
    from loglens.gate.run import run_gate  # noqa: PLC0415
    from loglens.report import Report, RunReport  # noqa: PLC0415

    settings = dataclasses.replace(_config(config), checks=())
    if isinstance(run, RunReport):
        run = Report("", {}, (run,))
    if isinstance(run, Report):
        result = check(run, settings, None, _options(None))
    else:
        result = run_gate([os.fspath(run)], settings, None, _options(None))
    _raise_if_failed(result)
    return result


def assert_no_regression(
    run: str | os.PathLike[str],
    baseline: str | os.PathLike[str],
    *,
    config: ConfigLike = None,
    environment: str | None = None,
) -> GateResult:
    """Assert that the runs of a log directory are not worse than a baseline file, or than another log directory.

    `config` as in `assert_healthy`; its [[check]] say what is compared (by default the best value of every validation
    curve), thresholds included; health is not looked at. One run against one needs rel_tol or abs_tol in a rule:
    without seeds there is no significance, and a comparison that is undetermined warns instead of failing.
    Raises AssertionError that names each finding, and LogLensError when the logs or the baseline cannot be read.
    """
    __tracebackhide__ = True
    import dataclasses  # noqa: PLC0415

    from loglens.config import HealthRule  # noqa: PLC0415
    from loglens.gate.run import run_gate  # noqa: PLC0415

    settings = dataclasses.replace(_config(config), health=(HealthRule(detectors=(), level="off"),))
    result = run_gate([os.fspath(run)], settings, os.fspath(baseline), _options(environment))
    _raise_if_failed(result)
    for decision in result.decisions:
        if decision.answer == "undetermined":
            warnings.warn(f"{decision.rule} of {decision.tag} was not decided: {decision.reason}", stacklevel=2)
    return result


def update_baseline(
    run: str | os.PathLike[str],
    baseline: str | os.PathLike[str],
    *,
    config: ConfigLike = None,
    environment: str | None = None,
) -> None:
    """Take the numbers of a log directory into a baseline file, which is made if it is not there."""
    from loglens.gate.baseline import (  # noqa: PLC0415
        baseline_of,
        read_baseline,
        rules_to_save,
        updated,
        write_baseline,
    )
    from loglens.gate.run import measured  # noqa: PLC0415

    settings = _config(config)
    rules = rules_to_save(settings)
    new = baseline_of(measured([os.fspath(run)], settings, rules), rules, environment or "")
    path = Path(baseline)
    write_baseline(path, updated(read_baseline(path), new) if path.exists() else new)


def _config(config: ConfigLike) -> Config:
    from loglens.config import Config, load_config  # noqa: PLC0415

    return config if isinstance(config, Config) else load_config(None if config is None else os.fspath(config))


def _options(environment: str | None) -> Options:
    import datetime  # noqa: PLC0415

    from loglens.gate.baseline import default_environment  # noqa: PLC0415
    from loglens.gate.regressions import Options  # noqa: PLC0415

    key = environment or os.environ.get("LOGLENS_ENVIRONMENT") or default_environment()
    return Options(key, datetime.datetime.now(datetime.UTC).date())


def _raise_if_failed(result: GateResult) -> None:
    __tracebackhide__ = True
    if result.exit_code:
        from loglens.views.gate import concise  # noqa: PLC0415

        raise AssertionError("\n" + concise.render(result))
