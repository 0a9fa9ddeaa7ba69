"""Decisions over seeds: is the current training worse than the baseline, beyond the tolerance, and surely?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.config import CheckRule
from loglens.events.series import Floats
from loglens.gate.curves import aligned
from loglens.gate.power import power_of
from loglens.gate.result import Answer, Decision, Method
from loglens.gate.samples import Sample, Seed
from loglens.statistics.band import EXACT_FROM, CurveBand, curve_band
from loglens.statistics.holm import holm
from loglens.statistics.permutation import permutation_p, rank_p, smallest_p
from loglens.statistics.rcp import rcp_limit, rcp_p_value, reference_point, trimmed
from loglens.statistics.welch import welch_test

DEFAULT_ALPHA = 0.05
"""The accepted share of false alarms where a rule names none: the convention, and MLPerf's."""

DEFAULT_MIN_SEEDS = 3
"""Seeds a side below which only the tolerance decides: with 2, Welch sees 2 sd in 21 % of the cases (exact formula),
and the sd itself is hardly known."""

HARMFUL = ("never-reached", "not-finite")
"""Missing values that speak against the run: they count as worse than any number."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One rule on one curve: the baseline's sample and the current one, with the names of their groups."""

    rule: CheckRule
    group: str
    baseline_group: str
    baseline: Sample
    current: Sample


def decide_all(pairs: Sequence[Pair]) -> tuple[Decision, ...]:
    """A decision for each pair; the p-values are corrected for one another by Holm."""
    return settle([decide(pair, len(pairs)) for pair in pairs])


def settle(raw: Sequence[Decision]) -> tuple[Decision, ...]:
    """Raw decisions to final ones: worse needs an adjusted p up to alpha and harm beyond the tolerance."""
    tested = [i for i, decision in enumerate(raw) if decision.p_value is not None]
    p_values = np.array([raw[i].p_value for i in tested], dtype=np.float64)
    worse, better = holm(p_values), holm(1.0 - p_values)
    settled = list(raw)
    for i, adjusted, opposite in zip(tested, worse.tolist(), better.tolist(), strict=True):
        settled[i] = _settled(raw[i], adjusted, opposite)
    return tuple(settled)


def _settled(decision: Decision, adjusted: float, opposite: float) -> Decision:
    tolerance = decision.tolerance or 0.0
    answer: Answer = "no-difference-seen"
    harm = decision.harm
    if adjusted <= decision.alpha and harm is not None and harm > tolerance:
        answer, reason = "worse", f"surely worse (p = {adjusted:.2g} <= {decision.alpha:g})"
        if tolerance:
            reason += f" and by more than the tolerance of {tolerance:.3g}"
    elif adjusted <= decision.alpha:
        reason = f"surely worse (p = {adjusted:.2g}), but within the tolerance of {tolerance:.3g}"
    elif opposite <= decision.alpha and decision.method in ("welch", "exact"):
        answer, reason = "better", f"surely better (p = {opposite:.2g})"
    else:
        reason = f"not surely worse (p = {adjusted:.2g} > {decision.alpha:g})"
    return dataclasses.replace(decision, answer=answer, adjusted_p=adjusted, reason=reason)


def decide(pair: Pair, tests: int) -> Decision:
    """The decision for one of so many `tests` before Holm: p-value, effect, power; or why there is none."""
    rule, sample = pair.rule, pair.current
    empty = Decision(
        rule=rule.name,
        statistic=rule.statistic,
        group=pair.group,
        baseline_group=pair.baseline_group,
        dir=sample.dir,
        tag=sample.tag,
        direction=sample.harmful,
        method="none",
        answer="undetermined",
        reason="",
        alpha=DEFAULT_ALPHA if rule.alpha is None else rule.alpha,
        baseline=tuple(seed.value for seed in pair.baseline.seeds),
        current=tuple(seed.value for seed in sample.seeds),
    )
    if sample.harmful == "none":
        reason = "it is not known which way is better: say so in the config with [[role]] tag and direction"
        return dataclasses.replace(empty, reason=reason)
    sign = 1.0 if sample.harmful == "min" else -1.0
    if rule.statistic == "curve":
        return _decide_curve(pair, empty, sign, tests)
    first, second = _harm_values(pair.baseline.seeds, sign), _harm_values(sample.seeds, sign)
    for values, side, seeds in ((first, "baseline", pair.baseline.seeds), (second, "logs", sample.seeds)):
        if not len(values):
            reason = f"the {side} give no value ({seeds[0].missing if seeds else 'no run'})"
            return dataclasses.replace(empty, reason=reason)
    described = _described(empty, first, second, sign, rule)
    if rule.test == "rcp":
        return _decide_rcp(described, first, second, sign)
    if min(len(first), len(second)) < (rule.min_seeds or DEFAULT_MIN_SEEDS):
        return _decide_by_tolerance(described, rule, min(len(first), len(second)))
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return _decide_by_ranks(described, first, second)
    return _decide_by_welch(described, first, second, sign, tests)


def _harm_values(seeds: Sequence[Seed], sign: float) -> Floats:
    """The values turned so that more is worse; infinite where the run never got there, left out where unknown."""
    values = [math.inf for seed in seeds if seed.missing in HARMFUL]
    values += [sign * seed.value for seed in seeds if seed.value is not None]
    return np.array(values, dtype=np.float64)


def _described(decision: Decision, first: Floats, second: Floats, sign: float, rule: CheckRule) -> Decision:
    one, two = first[np.isfinite(first)], second[np.isfinite(second)]
    mean1 = float(one.mean()) if len(one) else None
    mean2 = float(two.mean()) if len(two) else None
    tolerances = [rule.abs_tol] if rule.abs_tol is not None else []
    if rule.rel_tol is not None and mean1 is not None:
        tolerances.append(rule.rel_tol * abs(mean1))
    harm = None if mean1 is None or mean2 is None else mean2 - mean1
    return dataclasses.replace(
        decision,
        baseline_mean=None if mean1 is None else sign * mean1,
        current_mean=None if mean2 is None else sign * mean2,
        harm=harm,
        effect=None if harm is None else sign * harm + 0.0,  # no -0
        tolerance=max(tolerances, default=None),
    )


def _decide_by_tolerance(decision: Decision, rule: CheckRule, seeds: int) -> Decision:
    asked = rule.min_seeds or DEFAULT_MIN_SEEDS
    told = f"{seeds} seed{'' if seeds == 1 else 's'} a side, fewer than the {asked} asked for"
    if decision.tolerance is None:
        reason = f"{told}, and no tolerance is set: whether this is more than luck between seeds cannot be told"
        return dataclasses.replace(decision, reason=reason)
    lost = sum(value is None for value in decision.current) > sum(value is None for value in decision.baseline)
    worse = lost or (decision.harm is not None and decision.harm > decision.tolerance)
    verb = "beyond" if worse else "within"
    what = "runs that never got there" if lost else f"the tolerance of {decision.tolerance:.3g}"
    reason = f"{told}: the tolerance alone decides, not significance; {'there are more' if lost else verb} {what}"
    return dataclasses.replace(
        decision, method="tolerance", answer="worse" if worse else "no-difference-seen", reason=reason
    )


def _decide_by_ranks(decision: Decision, first: Floats, second: Floats) -> Decision:
    smallest = smallest_p(len(first), len(second))
    return dataclasses.replace(
        decision,
        method="rank",
        reason="some runs never got there: ranks decide",
        harm=math.inf if np.isinf(second).sum() > np.isinf(first).sum() else decision.harm,
        p_value=rank_p(first, second),
        smallest_permutation_p=smallest,
    )


def _decide_by_welch(decision: Decision, first: Floats, second: Floats, sign: float, tests: int) -> Decision:
    test = welch_test(first, second)
    if test.standard_error == 0:  # runs that repeat themselves exactly: nothing to estimate, any harm is sure
        return dataclasses.replace(
            decision, method="exact", p_value=test.p_value, effect_low=decision.effect, effect_high=decision.effect
        )
    low, high = sorted(sign * bound for bound in test.interval(1 - 2 * decision.alpha))
    return dataclasses.replace(
        decision,
        method="welch",
        effect_low=low,
        effect_high=high,
        p_value=test.p_value,
        permutation_p=permutation_p(first, second),
        smallest_permutation_p=smallest_p(len(first), len(second)),
        power=power_of(first, second, decision.alpha, tests),
    )


def _decide_rcp(decision: Decision, first: Floats, second: Floats, sign: float) -> Decision:
    """MLPerf's rule with the tail turned to harm; more than one run that never got there fails outright."""
    kept = trimmed(second)
    if not len(kept):
        return dataclasses.replace(decision, reason="MLPerf's rule drops the best and the worst run: 3 are too few")
    try:
        reference = reference_point(first)
    except ValueError as error:
        return dataclasses.replace(decision, reason=f"the baseline gives no reference convergence point: {error}")
    limit = rcp_limit(reference, len(kept), decision.alpha, "upper")
    mean = float(np.mean(kept))
    p_value = rcp_p_value(reference, mean, len(kept)) if math.isfinite(mean) else 0.0
    return dataclasses.replace(
        decision,
        method="rcp",
        baseline_mean=sign * reference.mean,
        current_mean=sign * mean if math.isfinite(mean) else None,
        harm=mean - reference.mean,
        effect=sign * (mean - reference.mean) + 0.0 if math.isfinite(mean) else None,
        limit=sign * limit,
        p_value=p_value,
    )


def _decide_curve(pair: Pair, decision: Decision, sign: float, tests: int) -> Decision:
    rule = pair.rule
    grid = aligned(pair.baseline.seeds, pair.current.seeds)
    if grid is None:
        return dataclasses.replace(decision, reason="the curves share too few steps with finite values")
    seeds = min(len(grid.first), len(grid.second))
    if seeds < max(rule.min_seeds or DEFAULT_MIN_SEEDS, 2):
        reason = f"{seeds} seed{'' if seeds == 1 else 's'} a side: where curves part surely cannot be told"
        return dataclasses.replace(decision, reason=reason)
    finest = min(EXACT_FROM, decision.alpha / tests)  # else Holm leaves nothing that relabelling could reach
    band = curve_band(sign * grid.first, sign * grid.second, decision.alpha, finest)
    method: Method = "permutation-band" if band.method == "permutation" else "welch-band"
    worst = int(np.argmin(band.p_values))
    level = abs(float(grid.first[:, band.positions[worst]].mean()))
    tolerances = [t for t in (rule.abs_tol, None if rule.rel_tol is None else rule.rel_tol * level) if t is not None]
    return dataclasses.replace(
        decision,
        method=method,
        harm=float(band.difference[worst]),
        effect=sign * float(band.difference[worst]),
        tolerance=max(tolerances, default=None),
        p_value=band.p_value,
        parts_at_step=_parting(band, grid.steps, decision.alpha),
        smallest_permutation_p=smallest_p(len(grid.first), len(grid.second)),
    )


def _parting(band: CurveBand, steps: Floats, alpha: float) -> int | None:
    """The first step from which the curves lie apart, simultaneously over the curve."""
    apart = np.flatnonzero(band.p_values <= alpha)
    return int(steps[band.positions[apart[0]]]) if len(apart) else None
