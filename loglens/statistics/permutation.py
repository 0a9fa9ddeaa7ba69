"""Permutation tests of two groups: every relabelling of the seeds where there are few, a fixed sample where many."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np

from loglens.events.series import Floats

MAX_EXACT = 20_000
"""Relabellings that are all looked at; beyond, `SAMPLED` of them (8 against 8 seeds still are exact: 12,870)."""

SAMPLED = 9_999
"""Sampled relabellings beside the real one, so that p is a multiple of 1/10,000 (Phipson & Smyth 2010)."""


def smallest_p(first: int, second: int) -> float:
    """The smallest p-value that relabelling so many values can give: 3 against 3 cannot get below .05."""
    total = math.comb(first + second, first)
    return 1 / total if total <= MAX_EXACT else 1 / (SAMPLED + 1)


@functools.lru_cache(maxsize=32)
def relabellings(first: int, second: int) -> Floats:
    """float64[m, n1 + n2]: 1 for the values that the second group gets; row 0 is the real labelling (the last n2).

    All of them up to `MAX_EXACT`, else the real one and `SAMPLED` at random from a fixed seed, so that the same
    values always give the same p.
    """
    total = first + second
    if math.comb(total, first) <= MAX_EXACT:
        labels = np.zeros((math.comb(total, second), total), dtype=bool)
        chosen = np.array(list(itertools.combinations(range(total - 1, -1, -1), second)))
        labels[np.arange(len(labels))[:, None], chosen] = True
    else:
        order = np.random.default_rng(0).random((SAMPLED, total)).argsort(axis=1)
        labels = np.concatenate([np.arange(total)[None, :] >= first, order >= first])
    weights = labels.astype(np.float64)
    weights.flags.writeable = False
    return weights


def permutation_p(first: Floats, second: Floats) -> float:
    """One-sided p-value of mean(second) > mean(first): the share of relabellings at least as extreme.

    Of `first` float64[n1] and `second` float64[n2]. Fisher, The Design of Experiments (1935), ch. 3; the real labelling
    counts (Phipson & Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010), so that p is never 0
    and the test never too bold.
    """
    sums = relabellings(len(first), len(second)) @ np.concatenate([first, second])
    return share_at_least(sums)


def rank_p(first: Floats, second: Floats) -> float:
    """As `permutation_p` on the ranks (ties share theirs), for values that may be infinite: "never reached".

    The exact Wilcoxon-Mann-Whitney test with mid-ranks (Lehmann, Nonparametrics, 1975, ch. 1).
    """
    values = np.concatenate([first, second])
    ranks = (values[:, None] > values).sum(axis=1) + ((values[:, None] == values).sum(axis=1) + 1) / 2
    return permutation_p(ranks[: len(first)], ranks[len(first) :])


def share_at_least(statistics: Floats) -> float:
    """The share of `statistics` float64[m] that is not below the first, up to rounding."""
    slack = 1e-12 * max(1.0, float(np.max(np.abs(statistics))))
    return float(np.mean(statistics >= statistics[0] - slack))
