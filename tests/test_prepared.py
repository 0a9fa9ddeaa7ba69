"""The preparation of curves: where they began, what they gained, whether they learned."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from loglens.detector import judge_run
from loglens.detectors.overfitting import Overfitting
from loglens.detectors.plateau import Plateau
from loglens.prepared import Preparations, prepare
from tests.detectors.runs import falling, run_of


def test_progress_counts_from_the_untrained_loss_of_the_step_log() -> None:
    run = run_of(val_loss=np.linspace(0.35, 0.3, 20), train_loss=np.r_[np.full(3, 2.3), np.full(17, 0.32)])
    late = dataclasses.replace(run.curves[0], steps=run.curves[0].steps + 100)
    prepared = prepare(late, dataclasses.replace(run, curves=(late, run.curves[1])))
    assert prepared.initial == pytest.approx(2.3)
    assert "train/loss" in prepared.initial_from


def test_a_blow_up_does_not_enter_the_progress() -> None:
    calm, blown = falling(), falling()
    blown[30:] = 1e6
    assert prepare(c := run_of(val_loss=blown).curves[0], run_of(val_loss=blown)).progress == pytest.approx(
        prepare(d := run_of(val_loss=calm).curves[0], run_of(val_loss=calm)).progress, rel=0.05
    )
    assert c.key == d.key


def test_a_huge_start_is_cut_to_proportion() -> None:
    values = np.r_[1e6, falling()]
    run = run_of(val_loss=values)
    assert prepare(run.curves[0], run).progress < 100


def test_scores_are_turned_so_that_lower_is_better() -> None:
    run = run_of(val_acc=1 - 0.3 * falling(), val_ppl=np.exp(falling()))
    accuracy, perplexity = (prepare(c, run) for c in run.curves)
    assert accuracy.logged(float(accuracy.y[0])) == pytest.approx(float(run.curves[0].values[0]))
    assert perplexity.y == pytest.approx(falling())
    assert perplexity.logged(float(perplexity.y[3])) == pytest.approx(float(run.curves[1].values[3]))


def test_learned_is_told_by_the_late_mean_not_by_the_swings() -> None:
    swings = 0.6 * (-1.0) ** np.arange(40)
    flat = 2.3 + 0.02 * np.random.default_rng(1).standard_normal(40)
    for values, learned in ((falling() + swings, True), (flat, False), (flat + np.linspace(0, 1, 40), False)):
        run = run_of(val_loss=values)
        assert prepare(run.curves[0], run).learned is learned


def test_values_that_are_not_finite_are_left_out_and_their_place_is_kept() -> None:
    values = falling()
    values[[3, 7]] = np.nan, np.inf
    run = run_of(val_loss=values)
    prepared = prepare(run.curves[0], run)
    assert len(prepared) == 38
    assert run.curves[0].values[prepared.index] == pytest.approx(prepared.y)


def test_long_curves_are_judged_on_block_means_that_keep_their_steps() -> None:
    values = np.exp(-np.arange(100_000) / 2e4) + 0.1 * np.random.default_rng(1).standard_normal(100_000)
    run = run_of(val_loss=values)
    prepared = prepare(run.curves[0], run)
    assert len(prepared.points_y) == 200
    assert prepared.block == 500
    steps = run.curves[0].steps[prepared.points_index]
    assert np.abs(steps - prepared.points_x).max() <= 10


def test_a_run_prepares_each_curve_once() -> None:
    run = run_of(val_loss=falling(), train_loss=falling())
    preparations = Preparations(run)
    assert preparations.of(run.curves[0]) is preparations.of(run.curves[0])
    assert len(judge_run(run, (Overfitting(), Plateau()))) == 2


@pytest.mark.parametrize(("points", "late"), [(1, 1), (2, 2), (9, 2), (10, 2), (40, 8), (4000, 40)])
def test_the_end_is_a_fifth_of_the_points_and_two_at_least(points: int, late: int) -> None:
    run = run_of(val_loss=np.arange(float(points)))
    prepared = prepare(run.curves[0], run)
    assert len(prepared.late) == late
    assert prepared.late[-1] == prepared.points_y[-1]
