"""Samples: what the rules measured, gathered over the seeds of each group; the same for logs and for baselines."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loglens.config import CheckRule, Statistic
from loglens.report import CurveReport, Measurement, Missing, Report, RunReport
from loglens.runs.curve import TRUSTED_CONFIDENCE, Direction, Phase, Quantity, XUnit
from loglens.runs.overrides import matches


@dataclass(frozen=True, slots=True)
class Seed:
    """What one run gives for one rule on one curve; `steps` and `values` only for a rule on the whole curve."""

    run: str
    value: float | None
    missing: Missing = ""
    steps: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One rule on one curve over the seeds of a group; `dir` is relative to the run, the same for every seed."""

    rule: str
    statistic: Statistic
    dir: str
    tag: str
    phase: Phase
    quantity: Quantity
    direction: Direction
    x_unit: XUnit
    trusted: bool
    seeds: tuple[Seed, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.rule, self.dir, self.tag

    @property
    def harmful(self) -> Direction:
        """Which way is better for the number itself: fewer steps and seconds, more steps a second."""
        if self.statistic in ("steps-to", "time-to"):
            return "min"
        return "max" if self.statistic == "throughput" else self.direction


@dataclass(frozen=True, slots=True)
class Group:
    """The seeds of one experiment."""

    name: str
    fingerprint: dict[str, str | float | None]
    samples: tuple[Sample, ...]

    @property
    def runs(self) -> tuple[str, ...]:
        return tuple(sorted({seed.run for sample in self.samples for seed in sample.seeds}))


def collect(report: Report, rules: Iterable[CheckRule], pool: str | None = None) -> tuple[Group, ...]:
    """The groups of a report with their samples; with `pool` all runs are the seeds of one group of that name."""
    statistics = {rule.name: rule.statistic for rule in rules}
    grouped: dict[str, list[RunReport]] = {}
    for run in report.runs:
        grouped.setdefault(pool if pool is not None else run.group, []).append(run)
    return tuple(_group(name, runs, statistics) for name, runs in grouped.items())


def _group(name: str, runs: Sequence[RunReport], statistics: dict[str, Statistic]) -> Group:
    samples: dict[tuple[str, str, str], tuple[CurveReport, list[Seed]]] = {}
    for run in runs:
        curves = {(curve.dir, curve.tag): curve for curve in run.curves}
        for measured in run.measurements:
            curve = curves.get((measured.dir, measured.tag))
            if curve is not None and measured.rule in statistics:
                key = (measured.rule, subdirectory(run.name, measured.dir), measured.tag)
                samples.setdefault(key, (curve, []))[1].append(_seed(run.name, measured))
    return Group(
        name,
        fingerprint(runs, {(directory, tag) for _, directory, tag in samples}),
        tuple(_sample(key, curve, seeds, statistics) for key, (curve, seeds) in samples.items()),
    )


def _sample(
    key: tuple[str, str, str], curve: CurveReport, seeds: list[Seed], statistics: dict[str, Statistic]
) -> Sample:
    rule, directory, tag = key
    return Sample(
        rule=rule,
        statistic=statistics[rule],
        dir=directory,
        tag=tag,
        phase=curve.phase,
        quantity=curve.quantity,
        direction=curve.direction,
        x_unit=curve.x_unit,
        trusted=curve.role_confidence >= TRUSTED_CONFIDENCE,
        seeds=tuple(seeds),
    )


def _seed(run: str, measured: Measurement) -> Seed:
    return Seed(run, measured.value, measured.missing, measured.steps, measured.values)


@functools.lru_cache(maxsize=4096)
def subdirectory(run: str, directory: str) -> str:
    """The event directory seen from its run ("." for the run's own folder), so that seeds have the same one."""
    return posixpath.relpath(directory, run.partition("#")[0])


def fingerprint(runs: Sequence[RunReport], curves: Iterable[tuple[str, str]]) -> dict[str, str | float | None]:
    """What the logs tell of the experiment: framework, batch size, steps an epoch, and of each measured curve its
    meaning, its axis, its last step and its spacing. None where it is unknown or differs between the seeds, as the
    last step does under early stopping: such a part is not compared.
    """
    parts: dict[str, str | float | None] = {
        "framework": _shared([run.framework or None for run in runs]),
        "batch size": _shared([run.batch_size for run in runs]),
        "steps per epoch": _shared([run.steps_per_epoch and float(f"{run.steps_per_epoch:.4g}") for run in runs]),
    }
    wanted = set(curves)
    found: dict[tuple[str, str], list[CurveReport]] = {}
    for run in runs:
        for curve in run.curves:
            key = (subdirectory(run.name, curve.dir), curve.tag)
            if key in wanted:
                found.setdefault(key, []).append(curve)
    for (directory, tag), seeds in sorted(found.items()):
        where = tag if directory == "." else f"{directory}/{tag}"
        parts[f"{where}: meaning"] = _shared([f"{c.phase} {c.quantity} {c.direction}" for c in seeds])
        parts[f"{where}: axis"] = _shared([c.x_unit for c in seeds])
        parts[f"{where}: last step"] = _shared([c.last_step for c in seeds])
        parts[f"{where}: points"] = _shared([c.points for c in seeds])
    return parts


def _shared(values: Sequence[str | float | None]) -> str | float | None:
    return values[0] if values and all(value == values[0] for value in values) else None


def pair_groups(one: Sequence[Group], other: Sequence[Group]) -> list[tuple[Group, Group | None]]:
    """Each group of one side with the other's of the same name; where there is one of each, those two."""
    by_name = {group.name: group for group in other}
    if len(one) == len(other) == 1:
        return [(one[0], other[0])]
    return [(group, by_name.get(group.name)) for group in one]


def applies(rule: CheckRule, group: Group, sample: Sample) -> bool:
    """Whether a comparison by this rule speaks of this sample: a glob passes by what has no better and worse."""
    if rule.name != sample.rule or not any(matches(rule.runs, seed.run) for seed in sample.seeds):
        return False
    if rule.tag == sample.tag:
        return True
    if sample.harmful == "none":
        return False
    if rule.tag != "*":
        return True
    judged = [s for s in group.samples if s.rule == rule.name and s.trusted and s.harmful != "none"]
    evaluated = any(s.phase in ("validation", "test") for s in judged)
    return sample.trusted and (sample.phase in ("validation", "test") or not evaluated)
