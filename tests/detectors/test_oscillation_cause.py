"""oscillation: the cause, by the train loss within epochs, and undetermined where the log does not hold it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.detector import judge_run
from loglens.detectors.oscillation import Oscillation
from loglens.events.series import Floats, Ints, SeriesKey
from loglens.runs.curve import Curve, Phase, Quantity, Role, Run
from loglens.verdict import Verdict
from tests.detectors.runs import falling

EPOCHS, STEPS = 40, 50
SWING = 0.4
"""A fifth of the progress."""


def curve(tag: str, steps: Ints, values: Floats, quantity: Quantity = "loss") -> Curve:
    phase: Phase = "validation" if tag.startswith("val") else "train"
    role = Role(phase, quantity, "", "max" if quantity == "accuracy" else "min", 1.0, "made")
    key = SeriesKey(".", tag)
    return Curve(key, role, "step", steps, steps.astype(np.float64), values, steps / STEPS, None)


def run_of(seed: int, *, weights: bool, every: int = 1, averages: str = "", windows: bool = False) -> Run:
    """A run whose weights swing, or whose evaluation does; shuffled epochs cover the data, so batches sum to zero.

    The train loss is logged at every `every`-th step, as it is or as the mean over the `windows` between. `averages`
    logs it at the end of each epoch: the "mean" over it, or its "last" batch.
    """
    random = np.random.default_rng(seed)
    course = falling(EPOCHS, noise=0.0)
    swing = SWING * random.standard_normal(EPOCHS)
    inner = random.standard_normal((EPOCHS, STEPS))
    inner = 0.5 * (inner - inner.mean(axis=1, keepdims=True))
    loss = course[:, None] + inner + (0.5 * swing[:, None] if weights else 0.0)
    steps = np.arange(1, EPOCHS * STEPS + 1)
    ends = STEPS * np.arange(1, EPOCHS + 1)
    curves = [curve("val/loss", ends, course + swing)]
    logged = loss.reshape(-1, every).mean(axis=1) if windows else loss.ravel()[every - 1 :: every]
    if every <= STEPS:
        curves.append(curve("train/step", steps[every - 1 :: every], logged))
    if averages:
        curves.append(curve("train/epoch", ends, loss.mean(axis=1) if averages == "mean" else loss[:, -1]))
    return Run("run", (".",), tuple(curves), steps_per_epoch=float(STEPS))


def verdict_on(run: Run, tag: str = "val/loss") -> Verdict:
    verdict = next(v for v in judge_run(run, [Oscillation()]) if v.tags[0].tag == tag)
    assert verdict.is_finding
    return verdict


def cause(run: Run, tag: str = "val/loss") -> object:
    return verdict_on(run, tag).details["cause"]


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("logged", [{}, {"every": 5, "averages": "mean"}, {"every": 10, "averages": "mean"}])
@pytest.mark.parametrize("seed", range(3))
def test_is_told_where_means_over_epochs_are_known(seed: int, logged: dict[str, object], weights: bool) -> None:
    run = run_of(seed, weights=weights, **logged)  # type: ignore[arg-type]
    assert cause(run) == ("step-noise" if weights else "eval-noise")


@pytest.mark.parametrize("seed", range(3))
def test_some_batches_alone_hide_calm_weights_in_their_sampling(seed: int) -> None:
    verdict = verdict_on(run_of(seed, weights=False, every=10))
    assert verdict.details["cause"] == "undetermined"
    assert verdict.missing == ("train/step at every step",)


@pytest.mark.parametrize("seed", range(3))
def test_averages_over_windows_are_not_taken_for_calm_weights(seed: int) -> None:
    """They vary less than single batches would, but the weights move: nothing says that they do not."""
    assert cause(run_of(seed, weights=True, every=10, windows=True)) in ("undetermined", "step-noise")
    assert cause(run_of(seed, weights=False, every=10, windows=True)) == "eval-noise"


@pytest.mark.parametrize("seed", range(3))
def test_the_last_batch_of_each_epoch_is_no_average(seed: int) -> None:
    assert cause(run_of(seed, weights=False, every=10, averages="last")) in ("undetermined", "eval-noise")


@pytest.mark.parametrize("weights", [True, False])
def test_a_log_of_epochs_only_leaves_it_open_and_names_what_would_tell(weights: bool) -> None:
    verdict = verdict_on(run_of(1, weights=weights, every=STEPS + 1, averages="mean"))
    assert verdict.details["cause"] == "undetermined"
    assert verdict.missing == ("train/epoch at every step", "learning_rate")


def test_a_swinging_accuracy_is_judged_by_the_loss_of_its_evaluation() -> None:
    for weights, name in ((True, "step-noise"), (False, "eval-noise")):
        run = run_of(2, weights=weights, every=10, averages="mean")
        loss = run.curves[0]
        accuracy = curve("val/acc", loss.steps, 1.0 - loss.values / 3.0, "accuracy")
        assert cause(replace(run, curves=(accuracy, *run.curves)), "val/acc") == name


def test_does_not_depend_on_the_unit_of_the_loss() -> None:
    for weights in (True, False):
        run = run_of(3, weights=weights, every=5, averages="mean")
        scaled = replace(run, curves=tuple(replace(c, values=100.0 * c.values) for c in run.curves))
        assert cause(run) == cause(scaled)
