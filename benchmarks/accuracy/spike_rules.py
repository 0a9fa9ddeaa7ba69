"""The rules by which others call a spike in a step log, as their source has them: events of first and last index."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from loglens.events.series import Floats

Events = list[tuple[int, int]]
CHUNK = 20_000
"""Windows whose medians are taken at once: bounds the memory to some 16 MB."""


def olmo(values: Floats) -> Events:
    """OLMo: above the mean of the last 128 points by six of their standard deviations."""
    mean, sd = _trailing(values, 128)
    return _events(values > mean + 6.0 * sd, 2)


def llm_foundry(values: Floats) -> Events:
    """llm-foundry: at least twice the mean of the last 100 points for more than four points."""
    mean, _ = _trailing(values, 100)
    return [event for event in _events(values >= 2.0 * mean, 0) if event[1] - event[0] + 1 > 4]


def trainspotter(values: Floats) -> Events:
    """trainspotter 0.2.6: a modified z-score above 6, either side, among the last 21 points and itself."""
    middle, spread = _medians(values, 21)
    z = np.zeros(len(values))
    z[20:] = 0.6745 * np.abs(values[20:] - middle) / (spread + 1e-12)
    return _events(z > 6.0, 2)


def runwise(values: Floats) -> Events:
    """runwise 0.4: a modified z-score above 3.5 against the last 100 points."""
    middle, spread = _medians(values[:-1], 100)
    z = np.zeros(len(values))
    z[100:] = 0.6745 * (values[100:] - middle) / (spread + 1e-12)
    return _events(z > 3.5, 2)


SPIKE_RULES: Mapping[str, Callable[[Floats], Events]] = {
    "OLMo": olmo,
    "llm-foundry": llm_foundry,
    "trainspotter": trainspotter,
    "runwise": runwise,
}


def _trailing(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the `window` points before each one; infinite where there are fewer."""
    centred = values - values.mean()
    total, squares = (np.concatenate(([0.0], np.cumsum(v))) for v in (centred, centred**2))
    mean, sd = np.full(len(values), np.inf), np.zeros(len(values))
    means = (total[window:-1] - total[: -window - 1]) / window
    variances = (squares[window:-1] - squares[: -window - 1]) / window - means**2
    mean[window:], sd[window:] = means + values.mean(), np.sqrt(np.maximum(variances, 0.0))
    return mean, sd


def _medians(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Median and median absolute deviation of every `window` points in a row, float64[n - window + 1]."""
    windows = sliding_window_view(values, window)
    middle, spread = np.empty(len(windows)), np.empty(len(windows))
    for start in range(0, len(windows), CHUNK):
        part = windows[start : start + CHUNK]
        middle[start : start + CHUNK] = centre = np.median(part, axis=1)
        spread[start : start + CHUNK] = np.median(np.abs(part - centre[:, None]), axis=1)
    return middle, spread


def _events(flags: npt.NDArray[np.bool_], gap: int) -> Events:
    at = np.flatnonzero(flags)
    if not len(at):
        return []
    return [(int(part[0]), int(part[-1])) for part in np.split(at, np.flatnonzero(np.diff(at) > gap + 1) + 1)]
