"""Step logs of 1,000 to 100,000 points with five spikes each and their healthy twins, judged by LogLens and rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.draft import Random
from benchmarks.accuracy.seeds import Purpose, generator
from benchmarks.accuracy.spike_rules import SPIKE_RULES, Events
from loglens.detector import judge_run
from loglens.detectors.loss_spike import LossSpike
from loglens.events.series import Floats, SeriesKey
from loglens.runs.curve import Curve, Role, Run

NOISES = ("normal", "t4", "log-normal")
LENGTHS = (1_000, 3_000, 10_000, 30_000, 100_000)
SPIKES = 5
DURATIONS = (1, 5, 20, 80)
"""Points in which a spike falls to a quarter of its height; none is longer than a fiftieth of the log."""
HEIGHTS = (8.0, 25.0)
"""In sd of the noise at that point."""
WITH_RULES = 200
"""The rules judge so many logs of each noise: their running medians take ten times as long as LogLens."""
NEAR, AFTER = 3, 200
"""An event within so many points of a spike is that spike; one up to so many later is what it left behind."""


@dataclass(frozen=True, slots=True)
class SpikeOutcome:
    """What `who` said of a log and its twin: events without a spike, each spike found or not, events told and right."""

    noise: str
    points: int
    who: str
    false_events: int
    found: tuple[bool, ...]
    told: int
    right: int


def spike_outcomes(noise: str, purpose: Purpose, start: int, end: int) -> list[SpikeOutcome]:
    """Logs `start` to `end` - 1 of that noise, their lengths in turn, judged by LogLens and, the first, by rules."""
    outcomes = []
    for number in range(start, end):
        points = LENGTHS[number % len(LENGTHS)]
        healthy, spiked, spikes = step_log(noise, points, generator(purpose, f"step log: {noise}", number))
        rules = SPIKE_RULES if number < WITH_RULES else {}
        for who, events in {"LogLens": loglens_events, **rules}.items():
            told = events(spiked)
            outcomes.append(
                SpikeOutcome(
                    noise,
                    points,
                    who,
                    false_events=len(events(healthy)),
                    found=tuple(_meets(told, first, last + NEAR) for first, last in spikes),
                    told=len(told),
                    right=sum(any(_meets([event], first, last + AFTER) for first, last in spikes) for event in told),
                )
            )
    return outcomes


def step_log(noise: str, points: int, random: Random) -> tuple[Floats, Floats, list[tuple[int, int]]]:
    """A loss of single batches without and with spikes, float64[points] each, and where they begin and end."""
    t = np.arange(points)
    course = random.uniform(2.0, 3.0) * (1 + t / (0.02 * points)) ** -random.uniform(0.25, 0.45) + 0.8
    sd = random.uniform(0.04, 0.08) * course
    healthy = course + sd * _noise(noise, points, random)
    spiked, spikes = healthy.copy(), []
    for _ in range(SPIKES):
        at = int(random.integers(points // 10, points - 200))
        duration = int(random.choice([d for d in DURATIONS if d <= points // 50]))
        after = np.arange(min(10 * duration, points - at))
        height = random.uniform(*HEIGHTS) * sd[at]
        spiked[at : at + len(after)] += height * np.exp(-after / max(0.7 * duration, 0.3))
        spikes.append((at, at + 2 * duration))
    return healthy, spiked, spikes


def _noise(kind: str, size: int, random: Random) -> Floats:
    """Noise of variance 1."""
    if kind == "t4":
        return np.asarray(random.standard_t(4, size) / np.sqrt(2.0))
    if kind == "log-normal":
        return np.asarray((np.exp(0.5 * random.standard_normal(size)) - np.exp(0.125)) / 0.6039)
    return random.standard_normal(size)


def loglens_events(values: Floats) -> Events:
    """The spikes that loss-spike names, at their peaks."""
    steps = np.arange(len(values), dtype=np.int64)
    role = Role("train", "loss", "", "min", 1.0, "known")
    curve = Curve(SeriesKey(".", "loss"), role, "step", steps, steps.astype(np.float64), values)
    (verdict,) = judge_run(Run("run", (".",), (curve,)), [LossSpike()])
    peaks = verdict.details["steps"]
    assert isinstance(peaks, tuple)
    return [(peak, peak) for peak in peaks if isinstance(peak, int)]


def _meets(events: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    return any(start <= last and end >= first - NEAR for start, end in events)
