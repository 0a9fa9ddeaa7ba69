"""Simulated projects: two arms of seeds from the corpus, without and with a harm, judged by the gate and by others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.gate.corpus import TAGS
from loglens.config import CheckRule, Config, Statistic
from loglens.gate.decisions import Pair, decide_all
from loglens.gate.run import measured
from loglens.gate.samples import Sample, Seed, collect
from loglens.statistics.power import welch_power

Floats = npt.NDArray[np.float64]
ALPHA = 0.05
HARM_SD = 2.0
STATISTICS: tuple[Statistic, ...] = ("final", "curve")


@dataclass(frozen=True, slots=True)
class Row:
    """One way to judge with so many seeds an arm: shares of repetitions with an alarm.

    `alarms`: one tag, unchanged training (the mean over the tags for the gate's ways); `alarms_bound` its one-sided
    upper 95 % bound for the first tag alone; `family`: any of the twenty tags, with `family_bound`; `power`: one tag,
    2 sd worse, mean over the tags; `exact`: Welch's exact power; `power_worst`: the tag furthest from it.
    """

    method: str
    seeds: int
    repetitions: int
    alarms: float
    first_tag_alarms: float
    alarms_bound: float
    family: float
    family_bound: float
    power: float
    exact: float | None = None
    power_worst: float | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The corpus as the gate measured it: a sample a tag, for the final value and for the whole curve."""

    finals: tuple[Sample, ...]
    curves: tuple[Sample, ...]

    @property
    def seeds(self) -> int:
        return len(self.finals[0].seeds)


def read_project(folder: Path) -> Project:
    """Measure the logs of the corpus through the whole pipeline."""
    rules = [CheckRule(tag=tag, statistic=s) for tag in TAGS for s in STATISTICS]
    (group,) = collect(measured([str(folder)], Config(), rules), rules)
    order = {tag: i for i, tag in enumerate(TAGS)}
    found = sorted(group.samples, key=lambda sample: order[sample.tag])
    return Project(tuple(s for s in found if s.statistic == "final"), tuple(s for s in found if s.statistic == "curve"))


def worse(sample: Sample, by_sd: float) -> Sample:
    """The sample with every value moved by so many standard deviations between seeds, in the harmful direction."""
    sign = 1.0 if sample.harmful == "min" else -1.0
    finals = [seed.value if seed.value is not None else seed.values[-1] or 0.0 for seed in sample.seeds]
    shift = sign * by_sd * float(np.std(finals, ddof=1))
    return dataclasses.replace(sample, seeds=tuple(_moved(seed, shift) for seed in sample.seeds))


def _moved(seed: Seed, shift: float) -> Seed:
    return dataclasses.replace(
        seed,
        value=None if seed.value is None else seed.value + shift,
        values=tuple(None if value is None else value + shift for value in seed.values),
    )


def drawn(sample: Sample, chosen: npt.NDArray[np.int64]) -> Sample:
    """The sample of these seeds alone."""
    return dataclasses.replace(sample, seeds=tuple(sample.seeds[i] for i in chosen))


def simulate_gate(
    samples: tuple[Sample, ...], method: str, rule: dict[str, object], seeds: int, repetitions: int
) -> Row:
    """Alarms of the gate itself: every tag is a check, Holm corrects over the twenty; a single check is alone."""
    random = np.random.default_rng([seeds, len(method)])
    reference = 2 * seeds if rule.get("test") == "rcp" else seeds
    harmed = [worse(sample, HARM_SD) for sample in samples]
    checks = [CheckRule(tag=s.tag, statistic=s.statistic, **rule) for s in samples]  # type: ignore[arg-type]
    single = np.zeros((repetitions, len(samples)), dtype=bool)
    seen = np.zeros((repetitions, len(samples)), dtype=bool)
    family = np.zeros(repetitions, dtype=bool)
    for repetition in range(repetitions):
        chosen = random.permutation(len(samples[0].seeds))
        first, second = chosen[:reference], chosen[reference : reference + seeds]
        pairs = [
            Pair(check, "project", "project", drawn(sample, first), drawn(sample, second))
            for check, sample in zip(checks, samples, strict=True)
        ]
        decisions = decide_all(pairs)
        family[repetition] = any(decision.answer == "worse" for decision in decisions)
        single[repetition] = [_alone(decision.p_value, decision.harm) for decision in decisions]
        shifted = [
            dataclasses.replace(pair, current=drawn(sample, second)) for pair, sample in zip(pairs, harmed, strict=True)
        ]
        seen[repetition] = [_alone(decision.p_value, decision.harm) for decision in decide_all(shifted)]
    exact = welch_power(HARM_SD, seeds, seeds, ALPHA) if method == "LogLens, Welch" else None
    powers = seen.mean(axis=0)
    furthest = None if exact is None else float(powers[int(np.argmax(np.abs(powers - exact)))])
    return _row(method, seeds, single, family, seen, exact=exact, worst=furthest)


def _alone(p_value: float | None, harm: float | None) -> bool:
    """The decision of a gate that has this one check: Holm leaves its p as it is."""
    return p_value is not None and p_value <= ALPHA and (harm or 0.0) > 0


def simulate_other(
    project: Project, method: str, judge: Callable[[Floats, Floats], bool], seeds: int, repetitions: int
) -> Row:
    """Alarms of another way to judge: a function of the harm-turned curves [seeds, points] of both arms."""
    random = np.random.default_rng([seeds, len(method)])
    arrays = [_harm_array(sample) for sample in project.curves]
    shifts = [HARM_SD * float(np.std(array[:, -1], ddof=1)) for array in arrays]
    single = np.zeros((repetitions, len(arrays)), dtype=bool)
    seen = np.zeros((repetitions, len(arrays)), dtype=bool)
    for repetition in range(repetitions):
        chosen = random.permutation(project.seeds)
        first, second = chosen[:seeds], chosen[seeds : 2 * seeds]
        single[repetition] = [judge(array[first], array[second]) for array in arrays]
        seen[repetition] = [
            judge(array[first], array[second] + shift) for array, shift in zip(arrays, shifts, strict=True)
        ]
    return _row(method, seeds, single, np.any(single, axis=1, keepdims=False), seen)


def _harm_array(sample: Sample) -> Floats:
    sign = 1.0 if sample.harmful == "min" else -1.0
    return sign * np.array([seed.values for seed in sample.seeds], dtype=np.float64)


def _row(
    method: str,
    seeds: int,
    single: npt.NDArray[np.bool_],
    family: npt.NDArray[np.bool_],
    seen: npt.NDArray[np.bool_],
    *,
    exact: float | None = None,
    worst: float | None = None,
) -> Row:
    return Row(
        method=method,
        seeds=seeds,
        repetitions=len(family),
        alarms=float(single.mean()),
        first_tag_alarms=float(single[:, FIRST].mean()),
        alarms_bound=upper_bound(int(single[:, FIRST].sum()), len(single)),
        family=float(family.mean()),
        family_bound=upper_bound(int(family.sum()), len(family)),
        power=float(seen.mean()),
        exact=exact,
        power_worst=worst,
    )


FIRST = TAGS.index("task0/val_loss")
"""The tag that a single check looks at, named before anything was simulated."""


def upper_bound(count: int, of: int) -> float:
    """One-sided upper 95 % bound of a share (Clopper & Pearson, Biometrika 26, 1934)."""
    return 1.0 if count == of else float(stats.beta.ppf(0.95, count + 1, of - count))


def golden(rtol: float) -> Callable[[Floats, Floats], bool]:
    """One run against one golden value: an alarm where it is worse by more than `rtol`."""
    return lambda first, second: bool(second[0, -1] - first[0, -1] > rtol * abs(first[0, -1]))


def golden_curve(first: Floats, second: Floats) -> bool:
    """Megatron-LM's way: every logged point within 5 %, but for min(max(n // 100, 1), 50) points."""
    points = first.shape[1]
    off = np.abs(second[0] - first[0]) > 0.05 * np.abs(first[0])
    return bool(off.sum() > min(max(points // 100, 1), 50))


def within_run(first: Floats, second: Floats) -> bool:
    """Welch on the points of the second half of one run against those of another: noise within a run as if of seeds."""
    half = first.shape[1] // 2
    test = stats.ttest_ind(second[0, half:], first[0, half:], equal_var=False, alternative="greater")
    return bool(test.pvalue <= ALPHA)


def mean_with_tolerance(rtol: float) -> Callable[[Floats, Floats], bool]:
    """The means over the seeds, with a tolerance and no significance."""
    return lambda first, second: bool(second[:, -1].mean() - first[:, -1].mean() > rtol * abs(first[:, -1].mean()))
