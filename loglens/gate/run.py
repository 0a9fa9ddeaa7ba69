"""Running the gate: from log directories, a config and a baseline to one result; the command and the tests use it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from loglens import __version__
from loglens.config import CheckRule, Config, DetectorSettings
from loglens.detector import discover
from loglens.gate.baseline import baseline_of, default_environment, read_baseline, rules_of
from loglens.gate.check import check
from loglens.gate.health import default_health, detectors_needed
from loglens.gate.regressions import Options, Reference
from loglens.gate.result import GateResult
from loglens.pipeline import Progress, analyze
from loglens.report import Report

UNDRAWN = 4
"""Points of a display curve here: nobody looks at them."""


def run_gate(
    logdirs: Sequence[str],
    config: Config,
    baseline: str | None,
    options: Options,
    *,
    jobs: int | None = 1,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] | None = None,
    cache: bool = False,
) -> GateResult:
    """The gate's result for these logs. `baseline` is a baseline file or another log directory; the rest goes to
    `loglens.pipeline.analyze`.

    Raises LogLensError when the logs or the baseline cannot be read.
    """
    reference = (
        reference_of(baseline, config, options.environment, jobs, executor, progress=progress, cache=cache)
        if baseline
        else None
    )
    if all(_holds_no_files(path) for path in logdirs):
        return check(Report(__version__, {}, ()), config, reference, options)
    rules = rules_of(config) if config.checks or reference else ()
    needed = detectors_needed(config.health or default_health())
    enabled = [name for name in needed if name not in config.detectors or config.detectors[name].enabled]
    if enabled:
        plan = dataclasses.replace(config, checks=rules)
        report = analyze(
            logdirs,
            config=plan,
            detectors=enabled,
            jobs=jobs,
            executor=executor,
            max_points=UNDRAWN,
            progress=progress,
            cache=cache,
        )
    else:
        report = measured(logdirs, config, rules, jobs, executor, progress=progress, cache=cache)
    return check(report, config, reference, options)


def reference_of(
    baseline: str,
    config: Config,
    environment: str = "",
    jobs: int | None = 1,
    executor: Executor | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    cache: bool = False,
) -> Reference:
    """The baseline from a file, or measured from another LOGDIR by the same rules. Raises LogLensError."""
    path = Path(baseline)
    if path.suffix == ".json" or (path.is_file() and "tfevents" not in path.name):
        return Reference(baseline, read_baseline(path))
    rules = rules_of(config)
    key = environment or default_environment()
    report = measured([baseline], config, rules, jobs, executor, progress=progress, cache=cache)
    return Reference(baseline, baseline_of(report, rules, key))


def measured(
    logdirs: Sequence[str],
    config: Config,
    rules: Sequence[CheckRule],
    jobs: int | None = 1,
    executor: Executor | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    cache: bool = False,
) -> Report:
    """The report of these logs with the numbers that `rules` ask for and no verdict. Raises LogLensError."""
    off = {detector.name: DetectorSettings(enabled=False) for detector in discover()}
    plan = dataclasses.replace(config, detectors=off, checks=tuple(rules))
    return analyze(
        logdirs, config=plan, jobs=jobs, executor=executor, progress=progress, max_points=UNDRAWN, cache=cache
    )


def _holds_no_files(path: str) -> bool:
    """A folder that is there and empty of logs: nothing matched, which is not the same as a wrong path."""
    folder = Path(path)
    return folder.is_dir() and not any("tfevents" in file.name for file in folder.rglob("*"))
