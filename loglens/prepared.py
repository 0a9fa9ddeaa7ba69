"""A curve made ready for judging: which way is better, where it began, what it gained, how noisy it is.

Computed once a curve and shared by all detectors of a run, so that they agree on what progress and noise are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from loglens.events.series import Floats, Ints
from loglens.runs.curve import Curve, Run
from loglens.statistics.blocks import block_means
from loglens.statistics.isotonic import ValleyFit, valley_fit
from loglens.statistics.median import median
from loglens.statistics.memory import Memory, first_order_memory, smoothed_span
from loglens.statistics.moments import mean, sd
from loglens.statistics.noise import robust_difference_sd
from loglens.statistics.proportions import all_right

MEASURABLE = 1e100
"""Larger magnitudes are left out like non-finite ones: their squares overflow, and no training comes back from them."""
MOST_POINTS = 200
"""Longer curves are judged on this many block means: their course shows in them, and no cost grows with the log."""
TRANSIENT_SHARE = 0.8
"""The transient ends where this share of the progress is made: noise of the whole curve cost half the power."""
SETTLED_POINTS = 7
"""At least this many points count as after the transient: fewer leave nothing to estimate a noise from."""
HUGE_START = 50.0
"""A start counts up to this many times the later level above the best: regressions often begin a thousandfold."""
NO_LEVEL = 1e-50
"""A level below this share of the start is 0, which no start is in proportion to; squares of shares overflow there."""
LEARNED_SD = 2.5
"""The late mean must be this many standard errors better than the start: 1 in 160 flat curves passes."""
RESOLUTION = 1e-6
"""Of a level: smaller changes are the rounding of the 32 bits that most writers log."""
UNLEARNED = 0.1
"""Where nothing was gained, shares are of the spread, or of this much of the start: a dead run drifts by less."""
GAINED_SD = 5.0
"""A best level counts as gained from here on, even when lost again: picking the lowest of noise gives 2 to 3."""
SMALL_GAIN = 0.01
"""And better by this share of the start: an untrained loss moves so much by the biases alone."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A curve with lower always better: values of `max` curves negated, perplexities as logarithms.

    All finite points below 1e100: `index` int64[m] into `curve.values`, `x` float64[m] (steps), `y` float64[m].
    At most 200 block means of them, which slow courses are judged on: `points_x`, `points_y` float64[k], and
    `points_index` int64[k], the position in `curve.values` of each block's middle point; `block` points make one, and
    the points of block i are those from `starts[i]` to before `starts[i + 1]`, int64[k + 1].

    `initial` is the level before training as far as the log tells it (`initial_from` says how), `best` the lowest
    level of a fit that falls and then rises, `progress` > 0 the difference (the scale of the other verdicts; it
    is the spread of the values when the curve never got surely better). `learned` says whether the late values
    are surely better than the start. `transient` is the first index of `points_y` after the main drop; `noise_sd`
    is that of `points_y` from there on. `span` is over about how many points the writer averaged (1.0: not at all).
    """

    curve: Curve
    index: Ints
    x: Floats
    y: Floats
    points_x: Floats
    points_y: Floats
    points_index: Ints
    starts: Ints
    block: int
    valley: ValleyFit | None
    initial: float
    initial_from: str
    best: float
    progress: float
    learned: bool
    transient: int
    noise_sd: float
    span: float

    def __len__(self) -> int:
        return len(self.y)

    @property
    def settled(self) -> Floats:
        """The points after the transient, float64[k - transient]."""
        return self.points_y[self.transient :]

    @property
    def late(self) -> Floats:
        """How the curve ends: the last fifth of the points, two of them at least (all where there are fewer)."""
        return self.points_y[-max(len(self.points_y) // 5, 2) :]

    @cached_property
    def memory(self) -> Memory:
        """What is known of the autocorrelation of the noise of `settled`; not all curves are asked for it."""
        return first_order_memory(self.settled, 0 if self.valley is None else self.valley.bottom - self.transient)

    def logged(self, y: float) -> float:
        """A level of `y` as the curve logs it."""
        if self.curve.role.quantity == "perplexity":
            return math.exp(min(y, 700.0))
        return -y if self.curve.role.direction == "max" else y


class Preparations:
    """The prepared curves of one run, each made when first asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._made: dict[Curve, Prepared] = {}

    def of(self, curve: Curve) -> Prepared:
        """The prepared curve; the same object for every detector of the run."""
        made = self._made.get(curve)
        if made is None:
            made = self._made[curve] = prepare(curve, self._run)
        return made


def prepare(curve: Curve, run: Run) -> Prepared:
    """`curve` made ready, its start taken from the other curves of `run` where they tell it better. O(points)."""
    index, x, y = _lower_is_better(curve)
    blocks = block_means(x, y, MOST_POINTS)
    points = blocks.y
    made = partial(
        Prepared,
        curve=curve,
        index=index,
        x=x,
        y=y,
        points_x=blocks.x,
        points_y=points,
        points_index=index[blocks.middle] if len(index) else index,
        starts=blocks.starts,
    )
    if len(y) == 0:
        return made(
            block=1,
            valley=None,
            initial=0.0,
            initial_from="",
            best=0.0,
            progress=1.0,
            learned=False,
            transient=0,
            noise_sd=0.0,
            span=1.0,
        )
    initial, initial_from = _start(curve, x, y, run)
    calm = np.minimum(points, initial)  # a blow-up must not enter the progress
    valley = valley_fit(calm)
    best = float(valley.fit[valley.bottom])
    initial = _without_huge_start(points, initial, best)
    gain = initial - best
    transient = _transient_end(valley.fit, initial, best)
    settled = points[transient:]
    noise_sd = robust_difference_sd(settled)
    learned = _learned(points, initial, noise_sd)
    low, high = float(points.min()), float(points.max())
    spread = max(high - low, UNLEARNED * abs(initial), RESOLUTION * max(abs(best), abs(low), abs(high)), 1e-300)
    return made(
        block=max(len(y) // len(points), 1),
        valley=valley,
        initial=initial,
        initial_from=initial_from,
        best=best,
        progress=gain if learned or gain > GAINED_SD * noise_sd + SMALL_GAIN * abs(initial) else spread,
        learned=learned,
        transient=transient,
        noise_sd=noise_sd,
        span=smoothed_span(y[int(blocks.starts[transient]) :]),
    )


def measurable(values: Floats) -> npt.NDArray[np.bool_]:
    """Which of `values` float64[n] are finite and of a size that can be reckoned with, bool[n]."""
    return np.abs(values) < MEASURABLE


def _lower_is_better(curve: Curve) -> tuple[Ints, Floats, Floats]:
    index = np.flatnonzero(measurable(curve.values)).astype(np.int64)
    y = curve.values[index]
    if curve.role.quantity == "perplexity" and len(y) and float(y.min()) > 0:
        y = np.log(y)  # perplexity is the exponential of a loss; only its logarithm has one scale of progress
    elif curve.role.direction == "max":
        y = -y
    return index, curve.steps[index].astype(np.float64), y


def _start(curve: Curve, x: Floats, y: Floats, run: Run) -> tuple[float, str]:
    """The level before training: the highest of the first value, the paired curve's first ones, and chance."""
    start, told_by = float(y[0]), "its first value"
    paired = run.curve(curve.pair)
    if paired is not None and paired.role.quantity == curve.role.quantity and paired.x_unit == curve.x_unit:
        other_x, other = _lower_is_better(paired)[1:]
        level = _first_level(other_x, other, until=float(x[0]))
        if level is not None and level > start and _same_scale(y, other):
            start, told_by = level, f"the first values of {paired.label}"
    chance = _chance(curve, y, run.classes)
    if chance is not None and chance > start:
        start, told_by = chance, "the level of guessing"
    return start, told_by


def _first_level(x: Floats, y: Floats, *, until: float) -> float | None:
    """The median of the first values (1 % of them, one to five) of a curve that began by the step `until`."""
    if len(y) == 0 or x[0] > until:
        return None
    return median(y[: min(max(len(y) // 100, 1), 5)])


def _same_scale(y: Floats, other: Floats) -> bool:
    """Whether a train and a validation curve are in the same units: their levels lie within a factor of 3."""
    level, other_level = median(y), median(other[len(other) // 4 :])
    low, high = sorted((abs(level), abs(other_level)))
    reach = max(float(np.ptp(y)), 1e-300)
    return high <= 3.0 * low or abs(level - other_level) <= 3.0 * reach


def _chance(curve: Curve, y: Floats, classes: int | None) -> float | None:
    """The level of guessing for accuracies and error rates, in `y`; one half for an unknown number of classes.

    A first accuracy above one half is one after much training, or of two classes: one half is the safer start.
    """
    if curve.role.quantity not in ("accuracy", "error-rate"):
        return None
    whole = all_right(y)
    accuracy = whole / (classes or 2)
    return -accuracy if curve.role.quantity == "accuracy" else whole - accuracy


def _without_huge_start(points: Floats, initial: float, best: float) -> float:
    """The start, lowered when it is out of all proportion to what followed: else every later rise would look small."""
    level = abs(median(points))
    return min(initial, best + HUGE_START * level) if level > NO_LEVEL * abs(initial) else initial


def _transient_end(fit: Floats, initial: float, best: float) -> int:
    down = np.flatnonzero(fit <= initial - TRANSIENT_SHARE * (initial - best))
    first = int(down[0]) if len(down) else 0
    return max(min(first, len(fit) - SETTLED_POINTS), 0)


def _learned(points: Floats, initial: float, noise_sd: float) -> bool:
    late = points[-max(len(points) // 5, 1) :]
    noise = min(noise_sd, sd(late)) if len(late) > 2 else noise_sd  # an alternation averages out
    error = noise * math.sqrt(1.0 / len(late) + 1.0)
    return initial - mean(late) > max(LEARNED_SD * error, SMALL_GAIN * abs(initial))
