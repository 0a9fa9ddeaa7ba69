"""Measurements: the numbers that the rules of a config ask of a run, taken from every logged point."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np

from loglens.config import CheckRule
from loglens.events.series import Floats
from loglens.report import Measurement, Missing
from loglens.runs.curve import Curve, Run
from loglens.runs.overrides import matches

WARM_UP = 0.1
"""Share of the points left out before a throughput is measured: compilation, caches and data loaders start there
(the golden-value tests of Megatron-LM take the median after a warm-up as well)."""

RATES = 20
"""Stretches whose rates the median of a throughput is taken of: wall times within one flush of a writer are equal,
so that single intervals tell nothing."""

REDUCED_POINTS = 48
"""Points of a reduced curve: the course of a training shows, and a baseline of 10 seeds stays a few kilobytes."""

Value = tuple[float | None, Missing]


def measure(run: Run, rules: Iterable[CheckRule]) -> tuple[Measurement, ...]:
    """What the rules that match the run's name ask of each of its curves that they match; no number twice."""
    done: dict[tuple[str, str, str], Measurement] = {}
    start = _start_time(run)
    for rule in rules:
        if rule.level == "off" or not matches(rule.runs, run.name):
            continue
        for curve in run.curves:
            key = (rule.name, curve.key.dir, curve.key.tag)
            if key not in done and matches(rule.tag, curve.key.tag):
                done[key] = _measured(rule, curve, start)
    return tuple(done.values())


def _measured(rule: CheckRule, curve: Curve, start: float | None) -> Measurement:
    if rule.statistic == "curve":
        steps, values = reduced(curve)
        return Measurement(rule.name, None, *curve.key, "" if steps else "no-points", steps, values)
    value, missing = value_of(rule, curve, start)
    return Measurement(rule.name, value, *curve.key, missing)


def value_of(rule: CheckRule, curve: Curve, start: float | None) -> Value:
    """The number a rule takes from a curve, or None and why there is none.

    best: the lowest or highest finite value, by the role's direction. final: the last logged value. at-step,
    at-epoch: the last value logged up to there, if the curve goes that far. steps-to: the first step at which the
    target is met. time-to: the seconds from `start` (the run's first wall time) to it. throughput: median steps a
    second after warm-up, or the median value of a curve that is a throughput itself.
    """
    if not len(curve.steps):
        return None, "no-points"
    match rule.statistic:
        case "best":
            return _best(curve)
        case "final":
            return _finite(float(curve.values[-1]))
        case "at-step":
            return _at(curve, curve.steps.astype(np.float64), float(rule.step or 0))
        case "at-epoch":
            return (None, "no-epochs") if curve.epochs is None else _at(curve, curve.epochs, rule.epoch or 0.0)
        case "steps-to":
            index, missing = _first_reached(curve, rule.target or 0.0)
            return (None if index is None else float(curve.steps[index])), missing
        case "time-to":
            return _time_to(curve, rule.target or 0.0, start)
        case "throughput":
            return _throughput(curve)
        case _:
            raise ValueError(f"statistic {rule.statistic!r} is no single number")


def reduced(curve: Curve) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """At most `REDUCED_POINTS` (step, value): the last step and the mean of each of as many equal stretches.

    Runs that log at the same steps give the same steps. A stretch with a value that is not finite is None.
    """
    count = len(curve.steps)
    edges = np.linspace(0, count, min(count, REDUCED_POINTS) + 1).round().astype(np.int64)
    steps = tuple(int(step) for step in curve.steps[edges[1:] - 1]) if count else ()
    means = [float(np.mean(curve.values[a:b])) for a, b in itertools.pairwise(edges)] if count else []
    return steps, tuple(float(f"{mean:.6g}") if math.isfinite(mean) else None for mean in means)


def _finite(value: float) -> Value:
    return (value, "") if math.isfinite(value) else (None, "not-finite")


def _best(curve: Curve) -> Value:
    if curve.role.direction == "none":
        return None, "no-direction"
    finite = curve.values[np.isfinite(curve.values)]
    if not len(finite):
        return None, "not-finite"
    return float(finite.min() if curve.role.direction == "min" else finite.max()), ""


def _at(curve: Curve, places: Floats, where: float) -> Value:
    slack = 1e-9 * max(1.0, abs(where))  # epochs are quotients of steps
    index = int(np.searchsorted(places, where + slack, side="right")) - 1
    if index < 0 or float(places[-1]) < where - slack:
        return None, "too-short"
    return _finite(float(curve.values[index]))


def _first_reached(curve: Curve, target: float) -> tuple[int | None, Missing]:
    if curve.role.direction == "none":
        return None, "no-direction"
    reached = curve.values <= target if curve.role.direction == "min" else curve.values >= target
    reached &= np.isfinite(curve.values)
    return (int(np.argmax(reached)), "") if reached.any() else (None, "never-reached")


def _time_to(curve: Curve, target: float, start: float | None) -> Value:
    index, missing = _first_reached(curve, target)
    if index is None:
        return None, missing
    if start is None or not np.isfinite(curve.wall_times[index]):
        return None, "no-wall-times"
    return float(curve.wall_times[index]) - start, ""


def _throughput(curve: Curve) -> Value:
    skipped = math.ceil(WARM_UP * len(curve.steps))
    if len(curve.steps) - skipped < 2:
        return None, "too-short"
    if curve.role.quantity == "throughput":
        finite = curve.values[skipped:][np.isfinite(curve.values[skipped:])]
        return (float(np.median(finite)), "") if len(finite) else (None, "not-finite")
    steps, times = curve.steps[skipped:].astype(np.float64), curve.wall_times[skipped:]
    edges = np.unique(np.linspace(0, len(steps) - 1, RATES + 1).round().astype(np.int64))
    rates = _rates(np.diff(steps[edges]), np.diff(times[edges]))
    return (float(np.median(rates)), "") if rates else (None, "no-wall-times")


def _rates(steps: Floats, seconds: Floats) -> Sequence[float]:
    """Steps a second of the stretches; one in which no time passes belongs to the next that has some."""
    rates: list[float] = []
    waiting = 0.0
    for count, time in zip(steps.tolist(), seconds.tolist(), strict=True):
        waiting += count
        if time > 0:
            rates.append(waiting / time)
            waiting = 0.0
    return rates


def _start_time(run: Run) -> float | None:
    """The first wall time of the run, in seconds."""
    firsts = [float(curve.wall_times[0]) for curve in run.curves if len(curve.wall_times)]
    return min((first for first in firsts if math.isfinite(first)), default=None)
