"""MLPerf's reference convergence point: the mean that a group of runs may not pass, after trimming both groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from loglens.events.series import Floats
from loglens.statistics.student import t_cdf, t_quantile


@dataclass(frozen=True, slots=True)
class ReferencePoint:
    """The trimmed reference: its mean, its sd (divisor n, as MLPerf's checker has it) and what is left of it."""

    mean: float
    sd: float
    count: int


def reference_point(values: Floats, reject: int = 1) -> ReferencePoint:
    """The reference float64[n] without its best and worst `reject` values; infinite ones stand for "did not converge".

    Raises ValueError when fewer than two are left, or when what is left holds a run that did not converge.
    """
    kept = trimmed(values, reject)
    if len(kept) < 2:
        raise ValueError(f"a reference point needs {2 * reject + 2} runs or more, found {len(values)}")
    if not np.isfinite(kept).all():
        raise ValueError(f"more than {reject} runs of the reference did not converge")
    return ReferencePoint(float(np.mean(kept)), float(np.std(kept)), len(kept))


def trimmed(values: Floats, reject: int = 1) -> Floats:
    """The sorted values without the lowest and the highest `reject`: MLPerf's "olympic" scoring."""
    return np.sort(values)[reject : len(values) - reject]


def rcp_limit(
    reference: ReferencePoint, count: int, alpha: float = 0.05, side: Literal["lower", "upper"] = "lower"
) -> float:
    """The mean that `count` runs (after trimming) may not fall below ("lower", MLPerf's rule: too good to be the
    same training) or rise above ("upper", its mirror, which a regression check wants).

    The pooled two-sample t-test at `alpha`, one-sided, with the reference's sd for both groups, solved for the mean:
    limit = mean -/+ t_{1-alpha}(n_ref + n - 2) * sd * sqrt(1/n_ref + 1/n) (MLCommons, mlperf_logging rcp_checker,
    finds the same number by bisection).
    """
    degrees = reference.count + count - 2
    half = float(t_quantile(1 - alpha, degrees)) * reference.sd * math.sqrt(1 / reference.count + 1 / count)
    return reference.mean - half if side == "lower" else reference.mean + half


def rcp_p_value(reference: ReferencePoint, mean: float, count: int) -> float:
    """The p-value of that test for the upper side: small where `mean` of `count` runs lies surely above."""
    error = reference.sd * math.sqrt(1 / reference.count + 1 / count)
    if error == 0:
        return 0.0 if mean > reference.mean else 1.0
    return float(t_cdf((reference.mean - mean) / error, reference.count + count - 2))
