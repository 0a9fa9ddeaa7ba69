"""Blow-ups: losses that are no numbers, that run away for good, or that jump at a corrupted batch."""

from __future__ import annotations

import numpy as np

from loglens.trainer.history import History
from loglens.trainer.state import State, state


def non_finite(history: History) -> State:
    """Steps whose loss is no number, and whether the last one is a number again."""
    bad = np.flatnonzero(~np.isfinite(history.step_loss))
    first = int(bad[0]) if len(bad) else None
    recovered = bool(len(bad)) and bool(np.isfinite(history.step_loss[-1]))
    return state(float(len(bad)), "steps", 1, 0, first_step=first, recovered=recovered)


def divergence(history: History, scale: float) -> State:
    """The train loss on frozen weights ends above its best by half of the progress, or beyond its start."""
    curve = np.where(np.isfinite(history.train_loss), history.train_loss, np.inf)
    best = float(np.min(curve))
    end = float(np.median(curve[-max(3, len(curve) // 5) :]))  # long enough to hold a swing
    lost = (end - best) / max(scale, 1e-9)
    beyond = end > curve[0] * 1.05
    left = np.flatnonzero(curve <= best + 0.1 * max(scale, 1e-9))
    return state(
        max(lost, 1.0) if beyond and lost >= 0.5 else min(lost, 1e9),
        "share of progress lost",
        0.5,
        0.2,
        start_epoch=int(left[-1]) if len(left) else 0,
        beyond_start=bool(beyond),
    )


def loss_spike(history: History) -> State:
    """Jumps of the step loss caused by a corrupted batch, in units of the robust spread before, and what came after."""
    steps, per_epoch = history.step_loss, history.settings.steps_per_epoch
    scale = max(float(history.train_loss[0]), 1e-9)
    sizes, at, recovered = [], [], []
    for epoch in history.settings.corrupt_epochs:
        step = int(epoch * per_epoch)
        before = steps[max(step - 50, 0) : step]
        sizes.append(float(np.max(steps[step : step + 3]) - np.median(before)) / scale)
        at.append(step)
        after = steps[step + 3 * per_epoch : step + 5 * per_epoch]
        recovered.append(bool(len(after)) and bool(np.median(after) <= np.median(before) + 0.1 * scale))
    return state(max(sizes, default=0.0), "share of the untrained loss", 0.5, 0.1, steps=at, recovered=recovered)
