"""The learning rate beside the curves of a run: where it drops, whether it rises again, whether it was annealed."""

from __future__ import annotations

import numpy as np

from loglens.detector import Inputs, Wanted
from loglens.events.series import Floats, Ints
from loglens.runs.curve import Curve

RATE = Wanted(("train", "none"), ("learning-rate",))
AT_ONCE = 3.0
"""Times the fall before it: a straight decay falls by the same amounts, a cosine begins with one and then three."""


def rate_beside(inputs: Inputs) -> Curve | None:
    """The learning rate, if it was logged: of several parameter groups the first."""
    rates = [c for c in inputs.context if RATE.matches(c) and np.isfinite(c.values).any()]
    return rates[0] if rates else None


def rate_drops(rate: Curve | None, factor: float = 0.6) -> Ints:
    """The steps where a logged rate falls to less than `factor` of itself at once; a steady decay has none.

    Near its end a decay to zero halves from point to point, too: a drop also falls by more than what came before it.
    """
    if rate is None or len(rate.values) < 2:
        return np.empty(0, dtype=np.int64)
    before, after = rate.values[:-1], rate.values[1:]
    with np.errstate(invalid="ignore", over="ignore"):
        fell = (after < factor * before) & (after > 0)
        if not fell.any():
            return np.empty(0, dtype=np.int64)
        falls = np.fmax(before - after, 0.0)  # what is not known is no fall
        at_once = falls > AT_ONCE * np.concatenate(((0.0,), falls[:-1]))
    return np.asarray(rate.steps[1:][fell & at_once], dtype=np.int64)


def rises_again(rate: Floats) -> bool:
    """Whether a finite rate float64[k] rises again after its peak, as a cycle does and a warm-up does not."""
    later = rate[int(np.argmax(rate)) :]
    return bool((later[1:] - later[:-1] > 1e-9 * later[0]).any())


def rate_annealed(rate: Curve | None, share: float = 0.1) -> bool | None:
    """Whether a logged rate ended at a tenth of its highest or less; None when it was not logged."""
    if rate is None:
        return None
    values = rate.values[np.isfinite(rate.values)]
    return bool(values[-1] <= share * values.max())
