"""What the benchmark asks of a training: jumps that nobody injected and courses that are merely slow are left open."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy.corpus_truth import truth_of
from benchmarks.accuracy.truth import Truth
from loglens.events.series import Floats
from loglens.trainer.history import History
from loglens.trainer.settings import Settings
from loglens.trainer.truth import truth

EPOCHS = 40
CALM = 0.2 + 2.1 * np.exp(-np.arange(EPOCHS + 1) / 4.0)


def history(fixed: Floats, *, schedule: str = "constant") -> History:
    """A training whose train and population loss on fixed weights are `fixed` float64[epochs + 1]."""
    epochs = len(fixed) - 1
    steps, accuracy = np.repeat(fixed[1:], 10), np.full(len(fixed), 0.9)
    return History(
        settings=Settings(train_size=320, batch_size=32, epochs=epochs, schedule=schedule),
        step_loss=steps,
        step_accuracy=np.full(len(steps), 0.9),
        step_lr=np.full(len(steps), 0.1),
        train_loss=fixed,
        train_accuracy=accuracy,
        val_loss=fixed,
        val_accuracy=accuracy,
        val20_loss=fixed,
        population_loss=fixed,
        population_accuracy=accuracy,
        classes=10,
        wall_times=np.arange(len(fixed), dtype=np.float64),
    )


def asked(of: History, **reruns: History) -> Truth:
    return truth_of(
        truth(of, reruns, {"scenario": "made", "style": "torch", "settings": of.settings.as_dict()}), rises=False
    )


def jumping(height: float) -> Floats:
    """CALM, lifted at epoch 8 alone by `height` of the untrained loss: before its swing is measured."""
    lifted = CALM.copy()
    lifted[8] += height * CALM[0]
    return lifted


def test_a_spike_of_a_calm_training_would_be_a_false_alarm() -> None:
    assert "loss-spike" not in asked(history(CALM)).unclear
    assert "loss-spike" not in asked(history(jumping(0.05))).unclear


def test_weights_that_were_thrown_out_of_place_leave_it_open() -> None:
    """The trainer's own bound: from a tenth of the untrained loss on a spike that it injects is no longer absent."""
    jumped = asked(history(jumping(0.2)))
    assert "loss-spike" in jumped.unclear
    assert "loss-spike" not in jumped.faults


def test_what_a_restarted_rate_lifts_is_no_spike() -> None:
    assert "loss-spike" not in asked(history(jumping(0.2), schedule="cyclic")).unclear


@pytest.mark.parametrize(("times", "fault"), [(2.0, True), (0.6, False)])
def test_slow_is_what_has_come_less_far_than_the_healthy_family_slow(times: float, fault: bool) -> None:
    """An exponential whose time is so many times the run, and the rerun of three times the epochs that goes on."""
    short, long = (0.1 + 2.2 * np.exp(-np.arange(n + 1) / (times * EPOCHS)) for n in (EPOCHS, 3 * EPOCHS))
    told = asked(history(short), longer=history(long), **{"higher-rate": history(CALM)})
    assert ("slow-learning" in told.faults) == fault
    assert ("slow-learning" in told.unclear) == (not fault)
