"""Comparing two runs or two groups of seeds: what differs, by how much, surely or not, where the curves part."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from loglens import __version__
from loglens.config import CheckRule, Statistic
from loglens.events.errors import LogLensError
from loglens.events.series import Floats
from loglens.gate.baseline import differences
from loglens.gate.comparison import Comparison, Reading
from loglens.gate.curves import aligned
from loglens.gate.power import power_of
from loglens.gate.samples import Sample, applies, collect, pair_groups
from loglens.report import Report
from loglens.statistics.band import curve_band
from loglens.statistics.holm import holm
from loglens.statistics.permutation import permutation_p, smallest_p
from loglens.statistics.welch import welch_test

STATISTICS: tuple[Statistic, ...] = ("best", "final", "curve")
"""What is compared of each curve: what one keeps, where it ends, and its course."""


def compare_rules(tags: Sequence[str]) -> tuple[CheckRule, ...]:
    """What both sides are measured by: each statistic of the tags asked for, or of all."""
    return tuple(CheckRule(tag=tag, statistic=statistic) for tag in tags or ["*"] for statistic in STATISTICS)


def compare(
    report_a: Report, report_b: Report, names: tuple[str, str], tags: Sequence[str] = (), alpha: float = 0.05
) -> Comparison:
    """Compare two reports measured by `compare_rules`: groups of the same name each, else all runs of each side.

    Raises LogLensError where nothing can be compared.
    """
    rules = compare_rules(tags)
    notes: list[str] = []
    matched = pair_groups(collect(report_a, rules), collect(report_b, rules))
    pairs = [(a, b) for a, b in matched if b is not None]
    if not pairs:
        one, two = (collect(report, rules, pool="") for report in (report_a, report_b))
        pairs = [(one[0], two[0])]
        sizes = f"{len(report_a.runs)} and {len(report_b.runs)}"
        notes.append(f"No group of seeds has one name on both sides: the {sizes} runs are taken as seeds, each side.")
    readings = [
        _read(rule, a.name if len(pairs) > 1 else "", before[sample.key], sample, alpha)
        for a, b in pairs
        for before in [{sample.key: sample for sample in a.samples}]
        for rule in rules
        for sample in b.samples
        if sample.key in before and applies(rule, b, sample)
    ]
    if not readings:
        raise LogLensError(_nothing(report_a, report_b, names, tags))
    return Comparison(
        loglens_version=__version__,
        a=names[0],
        b=names[1],
        a_runs=tuple(run.name for run in report_a.runs),
        b_runs=tuple(run.name for run in report_b.runs),
        readings=_settled(readings),
        different=tuple(line for a, b in pairs for line in differences(a, b, names)),
        notes=tuple(notes),
    )


def _nothing(report_a: Report, report_b: Report, names: tuple[str, str], tags: Sequence[str]) -> str:
    one, two = ({curve.tag for run in report.runs for curve in run.curves} for report in (report_a, report_b))
    if tags:
        shared = f"both have: {', '.join(sorted(one & two))}" if one & two else "they have no tag in common"
        return f"No tag matches {', '.join(tags)} on both sides; {shared}."
    directed = one & two & {c.tag for run in report_b.runs for c in run.curves if c.direction != "none"}
    if directed:
        return (
            f"The tags of both sides ({', '.join(sorted(directed))}) are of training, and {names[1]} has validation "
            f"metrics, which come first: name one with --tag, as in --tag '{min(directed)}'."
        )
    if one & two:
        return (
            f"The tags of both sides ({', '.join(sorted(one & two))}) have no known better and worse: "
            "say what they are with [[role]] in the config, or name one with --tag."
        )
    return f"{names[0]} and {names[1]} have no tag in common."


def _read(rule: CheckRule, group: str, a: Sample, b: Sample, alpha: float) -> Reading:
    empty = Reading(
        group=group,
        dir=b.dir,
        tag=b.tag,
        statistic=rule.statistic,
        direction=b.harmful,
        better="undetermined",
        reason="",
        level=1 - alpha,
        a=tuple(seed.value for seed in a.seeds),
        b=tuple(seed.value for seed in b.seeds),
    )
    if rule.statistic == "curve":
        return _read_curve(empty, a, b, alpha)
    one, two = _values(a), _values(b)
    if not len(one) or not len(two):
        side = "the first" if not len(one) else "the second"
        return dataclasses.replace(empty, reason=f"{side} side has no value")
    means = (float(one.mean()), float(two.mean()))
    empty = dataclasses.replace(empty, a_mean=means[0], b_mean=means[1], difference=means[1] - means[0])
    if min(len(one), len(two)) < 2:
        return dataclasses.replace(empty, reason=_too_few(len(one), len(two)))
    test = welch_test(one, two)
    if test.standard_error == 0:
        p_value = 0.0 if test.difference else 1.0
        return dataclasses.replace(empty, p_value=p_value, low=test.difference, high=test.difference)
    low, high = test.interval(1 - alpha)
    permuted = permutation_p(one, two) if test.difference >= 0 else permutation_p(-one, -two)
    return dataclasses.replace(
        empty,
        low=low,
        high=high,
        p_value=2 * min(test.p_value, 1 - test.p_value),
        permutation_p=min(1.0, 2 * permuted),
        smallest_permutation_p=2 * smallest_p(len(one), len(two)),
        power=power_of(one, two, alpha / 2, 1),
    )


def _values(sample: Sample) -> Floats:
    return np.array([seed.value for seed in sample.seeds if seed.value is not None], dtype=np.float64)


def _too_few(one: int, two: int) -> str:
    seeds = "one seed each" if one == two == 1 else f"{one} and {two} seeds"
    return (
        f"{seeds}: the difference may be nothing but the luck of a seed, and the noise within a run says nothing of "
        "that; run 3 seeds a side or more"
    )


def _read_curve(empty: Reading, a: Sample, b: Sample, alpha: float) -> Reading:
    grid = aligned(a.seeds, b.seeds)
    if grid is None:
        return dataclasses.replace(empty, reason="the curves share too few steps with finite values")
    if min(len(grid.first), len(grid.second)) < 2:
        return dataclasses.replace(empty, reason=_too_few(len(grid.first), len(grid.second)))
    bands = [curve_band(sign * grid.first, sign * grid.second, alpha / 2) for sign in (1.0, -1.0)]
    apart = [int(band.positions[i]) for band in bands for i in np.flatnonzero(band.p_values <= alpha / 2)]
    higher = bands[0].p_value <= bands[1].p_value
    strongest = bands[0] if higher else bands[1]
    difference = float(strongest.difference[int(np.argmin(strongest.p_values))])
    return dataclasses.replace(
        empty,
        difference=difference if higher else -difference,
        p_value=min(1.0, 2 * strongest.p_value),
        smallest_permutation_p=2 * smallest_p(len(grid.first), len(grid.second)),
        parts_at_step=int(grid.steps[min(apart)]) if apart else None,
    )


def _settled(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    tested = [i for i, reading in enumerate(readings) if reading.p_value is not None]
    adjusted = holm(np.array([readings[i].p_value for i in tested], dtype=np.float64))
    settled = list(readings)
    for i, p_value in zip(tested, adjusted.tolist(), strict=True):
        settled[i] = _answered(readings[i], p_value)
    return tuple(settled)


def _answered(reading: Reading, adjusted: float) -> Reading:
    alpha = 1 - reading.level
    difference = reading.difference or 0.0
    sure = adjusted <= alpha * (1 + 1e-9) and not math.isclose(difference, 0.0, abs_tol=0.0)
    if not sure:
        at = None if reading.statistic == "curve" else reading.parts_at_step
        reason = f"no difference seen (p = {adjusted:.2g}), which is not the same as none"
        return dataclasses.replace(
            reading, better="no-difference-seen", adjusted_p=adjusted, reason=reason, parts_at_step=at
        )
    if reading.direction == "none":
        return dataclasses.replace(reading, adjusted_p=adjusted, reason=f"surely different (p = {adjusted:.2g})")
    b_is_better = (difference < 0) == (reading.direction == "min")
    reason = f"surely {'better' if b_is_better else 'worse'} (p = {adjusted:.2g})"
    return dataclasses.replace(reading, better="b" if b_is_better else "a", adjusted_p=adjusted, reason=reason)
