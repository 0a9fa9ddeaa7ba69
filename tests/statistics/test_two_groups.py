"""Two groups of seeds: Welch, permutation, Holm, power and MLPerf's limit, each against an independent reference."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from loglens.events.series import Floats
from loglens.statistics.holm import holm
from loglens.statistics.permutation import MAX_EXACT, permutation_p, rank_p, relabellings, smallest_p
from loglens.statistics.power import seeds_for_power, welch_power
from loglens.statistics.rcp import rcp_limit, rcp_p_value, reference_point, trimmed
from loglens.statistics.welch import welch_test


def groups(seed: int, first: int, second: int, shift: float = 0.0, sd: float = 1.0) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    return random.normal(0, 1, first), random.normal(shift, sd, second)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (3, 7), (10, 4)])
@pytest.mark.parametrize("seed", range(5))
def test_welch_is_scipys(seed: int, sizes: tuple[int, int]) -> None:
    first, second = groups(seed, *sizes, shift=0.7, sd=3.0)
    ours, theirs = welch_test(first, second), stats.ttest_ind(second, first, equal_var=False, alternative="greater")
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.degrees == pytest.approx(theirs.df)
    two_sided = stats.ttest_ind(second, first, equal_var=False).confidence_interval(0.9)
    assert ours.interval(0.9) == pytest.approx(tuple(two_sided))


def test_welch_of_values_that_do_not_vary_has_no_spread_to_judge_by() -> None:
    same = np.array([0.1 + 0.2, 0.3, 0.3])  # differ by rounding alone
    for second, p_value in ((same, 0.5), (same + 1, 0.0), (same - 1, 1.0)):
        result = welch_test(same, second)
        assert result.standard_error == 0
        assert result.p_value == p_value
    with pytest.raises(ValueError, match="two values"):
        welch_test(same, same[:1])


def test_relabellings_are_all_subsets_with_the_real_one_first() -> None:
    labels = relabellings(3, 4)
    assert len(labels) == math.comb(7, 3)
    assert list(labels[0]) == [0.0] * 3 + [1.0] * 4
    assert len({tuple(row) for row in labels}) == len(labels)
    assert (labels.sum(axis=1) == 4).all()


@pytest.mark.parametrize("seed", range(4))
def test_permutation_p_by_hand(seed: int) -> None:
    first, second = groups(seed, 3, 4, shift=0.5)
    pooled = np.concatenate([first, second])
    means = [
        np.mean(pooled[list(chosen)]) - np.mean(np.delete(pooled, chosen))
        for chosen in itertools.combinations(range(7), 4)
    ]
    observed = second.mean() - first.mean()
    assert permutation_p(first, second) == pytest.approx(np.mean([mean >= observed - 1e-12 for mean in means]))


def test_three_against_three_cannot_get_below_a_twentieth() -> None:
    assert permutation_p(np.array([1.0, 2, 3]), np.array([10.0, 11, 12])) == pytest.approx(0.05)
    assert smallest_p(3, 3) == pytest.approx(0.05)


def test_many_seeds_are_sampled_and_repeatable() -> None:
    first, second = groups(1, 12, 12, shift=0.8)
    assert math.comb(24, 12) > MAX_EXACT
    p_value = permutation_p(first, second)
    assert p_value == permutation_p(first, second)
    exact = stats.ttest_ind(second, first, alternative="greater").pvalue  # close to it for normal groups
    assert p_value == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_rank_p_is_the_exact_mann_whitney(seed: int) -> None:
    first, second = groups(seed, 5, 4, shift=0.5)
    expected = stats.mannwhitneyu(second, first, alternative="greater", method="exact").pvalue
    assert rank_p(first, second) == pytest.approx(expected)


def test_ranks_take_what_was_never_reached_as_the_worst() -> None:
    reached, never = np.array([10.0, 11, 12, 13, 14]), np.array([15.0, math.inf, math.inf, math.inf, math.inf])
    assert rank_p(reached, never) == pytest.approx(1 / math.comb(10, 5))
    assert rank_p(never, reached) == pytest.approx(1.0)


def test_holm_by_its_definition() -> None:
    # Holm's own steps: .01 x 4, .02 x 3, .03 x 2, .2 x 1, never falling
    assert holm(np.array([0.03, 0.01, 0.2, 0.02])) == pytest.approx([0.06, 0.04, 0.2, 0.06])
    assert holm(np.array([])).size == 0
    assert holm(np.array([0.9, 0.8])) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(("first", "second", "effect"), [(3, 3, 2.0), (5, 5, 2.0), (10, 10, 2.0), (3, 9, 1.0)])
def test_the_power_formula_against_simulation(first: int, second: int, effect: float) -> None:
    random = np.random.default_rng(first * 100 + second)
    repetitions = 40_000
    one = random.normal(0, 1, (repetitions, first))
    two = random.normal(effect, 1, (repetitions, second))
    error = 3.5 * math.sqrt(0.25 / repetitions)
    p_values = stats.ttest_ind(two, one, axis=1, equal_var=False, alternative="greater").pvalue
    assert welch_power(effect, first, second, 0.05) == pytest.approx(np.mean(p_values < 0.05), abs=error)


def test_power_as_published() -> None:
    # measured by two-group simulation of 60 seeds: one-sided Welch sees 2 sd in 58, 88 and 99.6 %
    assert [round(welch_power(2, n, n, 0.05), 2) for n in (3, 5)] == [0.58, 0.88]
    assert welch_power(2, 10, 10, 0.05) == pytest.approx(0.996, abs=5e-4)


def test_seeds_invert_the_power() -> None:
    seeds = seeds_for_power(2.0, 0.8, 0.05)
    assert seeds is not None
    assert welch_power(2, seeds, seeds, 0.05) >= 0.8 > welch_power(2, seeds - 1, seeds - 1, 0.05)
    assert seeds_for_power(0.01, 0.8, 0.05) is None


def bisected_limit(mean: float, sd: float, reference: int, count: int, alpha: float) -> float:
    """The lowest mean that the pooled t-test does not reject, by bisection, as MLPerf's checker finds it."""
    low, high = 0.0, mean
    while high - low > 1e-7:
        middle = (low + high) / 2
        test = stats.ttest_ind_from_stats(middle, sd, count, mean, sd, reference, alternative="less")
        low, high = (low, middle) if test.pvalue > alpha else (middle, high)
    return (low + high) / 2


@pytest.mark.parametrize(("reference", "submission"), [(10, 5), (20, 10), (80, 40), (6, 4)])
def test_the_reference_convergence_limit(reference: int, submission: int) -> None:
    epochs = np.random.default_rng(reference).normal(40, 3, reference)
    point = reference_point(epochs)
    kept = np.sort(epochs)[1:-1]
    count = submission - 2
    assert (point.mean, point.sd, point.count) == (kept.mean(), kept.std(), reference - 2)
    half = stats.t.ppf(0.95, point.count + count - 2) * point.sd * math.sqrt(1 / point.count + 1 / count)
    assert rcp_limit(point, count) == pytest.approx(point.mean - half, abs=1e-9)
    assert rcp_limit(point, count) == pytest.approx(
        bisected_limit(point.mean, point.sd, point.count, count, 0.05), abs=1e-4
    )
    upper = rcp_limit(point, count, side="upper")
    assert upper - point.mean == pytest.approx(half)
    assert rcp_p_value(point, upper, count) == pytest.approx(0.05)


def test_a_reference_that_did_not_converge() -> None:
    converged = np.array([10.0, 11, 12, 13, 14])
    assert reference_point(np.append(converged, math.inf)).count == 4, "one may fail: it is the worst, and rejected"
    with pytest.raises(ValueError, match="did not converge"):
        reference_point(np.append(converged, [math.inf, math.inf]))
    with pytest.raises(ValueError, match="4 runs"):
        reference_point(converged[:3])
    assert list(trimmed(converged)) == [11, 12, 13]
