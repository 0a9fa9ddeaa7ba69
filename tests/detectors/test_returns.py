"""Returns of reinforcement learning: policies that collapse, and unsteady ones that do not."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.divergence import Divergence
from loglens.detectors.plateau import Plateau
from loglens.detectors.underfitting import Underfitting
from loglens.events.series import Floats
from loglens.statistics.first_order import first_order_noise
from tests.detectors.runs import run_of, verdict_of

N = 120
T = np.arange(N) / N


def learning(seed: int, unrest: float = 0.12) -> Floats:
    """A return that rises from 20 to 500, averaged over episodes: its noise has a long memory."""
    random = np.random.default_rng(seed)
    middle, pace = random.uniform(0.15, 0.6), random.uniform(6, 20)
    rise = 1 / (1 + np.exp(-(T - middle) * pace))
    noise = first_order_noise(random.standard_normal(N), 0.9)
    return np.asarray(20 + 480 * np.clip(rise + unrest * noise * rise, 0, 1))


def test_a_policy_that_forgets_all_it_had_learned_has_collapsed() -> None:
    values = learning(1)
    values[80:] = 30 + np.random.default_rng(2).uniform(0, 20, N - 80)
    verdict = verdict_of(Divergence(), run_of(episode_return=values), "episode/return")
    assert verdict.status == "fail"
    assert 790 <= (verdict.start_step or 0) <= 830
    assert "checkpoint before" in verdict.advice


def test_unsteady_returns_are_no_collapse() -> None:
    """As unsteady as SB3's and Tianshou's sane logs; at most 2 % of them may be flagged."""
    flagged = [
        verdict_of(Divergence(), run_of(episode_return=learning(seed, unrest)), "episode/return").is_finding
        for unrest in (0.05, 0.12, 0.25)
        for seed in range(100)
    ]
    assert sum(flagged) <= 0.02 * len(flagged)


def test_a_setback_like_those_that_were_recovered_from_is_no_collapse() -> None:
    values = learning(3, unrest=0.02)
    values[50:60] = 60
    values[95:] = 90
    assert verdict_of(Divergence(), run_of(episode_return=values), "episode/return").status == "pass"


@pytest.mark.parametrize(("change", "status"), [(800.0, "fail"), (0.03, "pass")])
def test_beneath_the_start_is_a_collapse_only_after_a_torn_policy(change: float, status: str) -> None:
    """The first rollouts may have been lucky: the divergence between two policies tells it apart."""
    values = np.r_[23.5, 13.6, 9.4 + 0.1 * np.random.default_rng(4).standard_normal(30)]
    kl = np.r_[change, np.full(31, 1e-4)]
    assert verdict_of(Divergence(), run_of(episode_return=values, kl=kl), "episode/return").status == status


def test_a_flat_return_is_neither_stalled_nor_underfitted_for_sure() -> None:
    flat = run_of(episode_return=500 - np.random.default_rng(5).uniform(0, 5, N))
    assert verdict_of(Plateau(), flat, "episode/return").status == "pass"
    assert verdict_of(Underfitting(), flat, "episode/return").missing == ("the return of a random policy",)
    assert verdict_of(Underfitting(), run_of(episode_return=learning(6)), "episode/return").status == "pass"


def test_a_return_that_fell_at_the_end_has_no_level() -> None:
    """Solved, and lost in the last two rollouts or ten ago: too early for a collapse, and no plateau either."""
    for lost in (2, 10):
        values = np.r_[np.linspace(20, 500, 90), np.full(30, 500.0)] - 5 * np.random.default_rng(9).uniform(0, 1, N)
        values[-lost:] = 15
        verdict = verdict_of(Plateau(), run_of(episode_return=values), "episode/return")
        assert verdict.details["state"] != "plateau", lost


def test_a_solved_task_is_solved_from_where_it_was_first_held() -> None:
    """Dips of single rollouts later on do not move the onset."""
    values = np.r_[np.linspace(20, 500, 30), np.full(90, 500.0)] - 5 * np.random.default_rng(10).uniform(0, 1, N)
    values[[70, 71, 90]] = 350
    verdict = verdict_of(Plateau(), run_of(episode_return=values), "episode/return")
    assert verdict.details["state"] == "plateau"
    assert 270 <= (verdict.start_step or 0) <= 340
