"""A training that has broken is told by one detector: the others do not accuse what is left of its curves."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detector import Detector
from loglens.detectors.below_chance import BelowChance
from loglens.detectors.oscillation import Oscillation
from loglens.detectors.plateau import Plateau
from loglens.detectors.underfitting import Underfitting
from loglens.events.series import Floats
from tests.detectors.runs import run_of, verdict_of

T = np.arange(40) / 40
RANDOM = np.random.default_rng(4)
BELOW = RANDOM.binomial(1000, 0.02, 40) / 1000
SWINGING = 0.5 + 0.3 * T + 0.15 * np.sin(30 * T)
GUESSING = 0.1 + 0.005 * RANDOM.standard_normal(40)
CALM = 2.3 + 0.01 * RANDOM.standard_normal(40)
BLOWN = np.where(T < 0.3, CALM, 1e4 * CALM)
GONE = np.where(T < 0.3, CALM, np.nan)


@pytest.mark.parametrize(
    ("detector", "accuracy", "tag"),
    [
        (BelowChance(), BELOW, "val/acc"),
        (Oscillation(), SWINGING, "val/acc"),
        (Plateau(), GUESSING, "val/acc"),
        (Underfitting(), GUESSING, "train/loss"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_a_broken_training_leaves_behind_is_no_finding(detector: Detector, accuracy: Floats, tag: str) -> None:
    def judged(train: Floats) -> tuple[str, str]:
        verdict = verdict_of(detector, run_of(classes=10, val_acc=accuracy, train_loss=train), tag)
        return verdict.status, verdict.summary

    assert judged(CALM)[0] in ("warn", "fail")
    for train, teller in ((BLOWN, "divergence"), (GONE, "non-finite")):
        status, summary = judged(train)
        assert status == "not-applicable"
        assert f"see {teller}" in summary
