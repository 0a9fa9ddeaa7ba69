"""Judging runs: a source's files become run reports, in this process or in a worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from loglens.config import CheckRule, Config
from loglens.detector import Detector, discover, judge_run
from loglens.display import MAX_POINTS, display_curves
from loglens.events.errors import LogLensError
from loglens.measure import measure
from loglens.report import CurveReport, Lost, RunReport, Unreadable
from loglens.runs.curve import Curve, Run
from loglens.runs.load import LoadedRuns, load_many
from loglens.runs.overrides import RunSettings, ended, nearest
from loglens.runs.source import RunSource


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to every run; small and picklable, since it travels to the workers."""

    settings: RunSettings
    detectors: tuple[Detector, ...]
    max_points: int = MAX_POINTS
    checks: tuple[CheckRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """The finished part of a report: the runs of some sources, and what of them could not be read."""

    runs: tuple[RunReport, ...]
    unreadable: tuple[Unreadable, ...]


def make_plan(config: Config, detectors: Sequence[str] | None = None, max_points: int = MAX_POINTS) -> Plan:
    """The detectors with their parameters from the config, narrowed to the names asked for.

    Raises LogLensError for a detector or a parameter that does not exist, naming the nearest.
    """
    classes = {kind.name: kind for kind in discover()}
    for name in (*(detectors or ()), *config.detectors):
        if name not in classes:
            raise LogLensError(ended(f"There is no detector {name!r}{nearest(name, list(classes))}"))
    chosen = []
    for name, kind in classes.items():
        settings = config.detectors.get(name)
        if (detectors and name not in detectors) or (not detectors and settings and not settings.enabled):
            continue
        chosen.append(kind(**settings.parameters) if settings else kind())
    return Plan(config.run_settings, tuple(chosen), max_points, config.checks)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit that travels to a worker: some sources and what to do with them."""

    sources: tuple[RunSource, ...]
    plan: Plan
    base: str = ""
    """The folder that relative paths are meant from, "" for the working directory: a worker may have another."""

    def split(self) -> tuple[Chunk, ...]:
        """A chunk for each source: to find the one that kills its worker."""
        return tuple(Chunk((source,), self.plan, self.base) for source in self.sources)


def judge_each(chunk: Chunk) -> tuple[Judged, ...]:
    """Load and judge some sources: of each, in the chunk's order, its runs.

    What goes wrong with one of them is its own `Unreadable`, never another's.
    """
    try:
        loaded = load_many(chunk.sources, chunk.plan.settings, chunk.base)
        return tuple(judge_loaded([one], chunk.plan) for one in loaded)
    except Exception as error:
        if len(chunk.sources) == 1:
            reason = f"LogLens failed on it ({type(error).__name__}: {error}); please report this with the file"
            return (Judged((), (Unreadable(chunk.sources[0].name, reason),)),)
        return tuple(judged for part in chunk.split() for judged in judge_each(part))


def judge_loaded(loaded: Iterable[LoadedRuns], plan: Plan) -> Judged:
    """Judge runs that were read, and pass on what of their sources could not be."""
    loaded = tuple(loaded)
    runs = tuple(judge(run, plan) for found in loaded for run in found.runs)
    return Judged(runs, tuple(Unreadable(p.path, p.reason) for found in loaded for p in found.problems))


def judge(run: Run, plan: Plan) -> RunReport:
    """Everything said about one run; its group is given when all names are known."""
    verdicts = judge_run(run, plan.detectors)
    return RunReport(
        name=run.name,
        group=run.name,
        steps_per_epoch=run.steps_per_epoch,
        batch_size=run.batch_size,
        lost=Lost(
            bad_records=run.losses.bad_records,
            truncated_bytes=run.losses.truncated_bytes,
            repeated_steps=sum(curve.repeated_steps for curve in run.curves),
            skipped_bytes=run.losses.skipped_bytes,
            zero_bytes=run.losses.zero_bytes,
            undecodable_values=run.losses.undecodable_values,
        ),
        curves=tuple(_curve_report(curve) for curve in run.curves),
        verdicts=verdicts,
        measurements=measure(run, plan.checks),
        framework=run.framework,
        notes=run.notes,
        display=display_curves(run, verdicts, plan.max_points),
    )


def _curve_report(curve: Curve) -> CurveReport:
    return CurveReport(
        dir=curve.key.dir,
        tag=curve.key.tag,
        phase=curve.role.phase,
        quantity=curve.role.quantity,
        name=curve.role.name,
        direction=curve.role.direction,
        x_unit=curve.x_unit,
        points=len(curve.steps),
        first_step=int(curve.steps[0]) if len(curve.steps) else None,
        last_step=int(curve.steps[-1]) if len(curve.steps) else None,
        non_finite=int(len(curve.values) - np.isfinite(curve.values).sum()),
        role_confidence=curve.role.confidence,
        role_reason=curve.role.reason,
        pair=curve.pair,
        same_as=curve.same_as,
    )
