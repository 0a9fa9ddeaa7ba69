"""The synthetic families: clean courses by formula, noise of several kinds, logged the ways people log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.accuracy.seeds import Purpose, generator
from benchmarks.accuracy.truth import Truth, plateau_state, settled_index
from loglens.events.series import Floats, Ints, SeriesKey
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Role, Run
from loglens.statistics.memory import first_order_noise

Random = np.random.Generator
VALIDATION, TRAIN, RATE = SeriesKey(".", "val/loss"), SeriesKey(".", "train/loss"), SeriesKey(".", "lr")
LENGTHS = (10, 15, 20, 30, 50)
DEVIATIONS = (0.005, 0.01, 0.02, 0.04)
NOISES = ("white", "ar.5", "ar.8", "t3", "heteroscedastic")
STEPS_PER_EPOCH = 40
FAINT = 0.02
"""Overfitting up to this depth is neither right nor wrong to report."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a run is drawn; None is drawn at random. `sd` is a share of the progress, `depth` and `amplitude` too.

    `nominal`: `depth` is the rise that is added, part of which a still falling course takes back."""

    length: int | None = None
    sd: float | None = None
    noise: str | None = None
    depth: float = 0.0
    amplitude: float = 0.0
    nominal: bool = False
    log_rate: bool | None = None
    step_log: bool | None = None
    smoothed: float = 0.0
    irregular: bool = False


@dataclass(slots=True)
class Draft:
    """A run being drawn: clean courses in units of the progress, from 1 before training; epochs t float64[n]."""

    t: Floats
    validation: Floats
    train: Floats
    rate: Floats
    noise: Floats
    train_noise: Floats
    truth: Truth


Shape = Callable[[Draft, Random, Setting], None]


def decay(t: Floats, n: int, random: Random) -> Floats:
    """A loss falling from 1 at t = 0: exponential, a power law, or a fast and a slow exponential."""
    kind = random.integers(3)
    if kind == 0:
        return np.exp(-t / (n * random.uniform(0.05, 0.22)))
    if kind == 1:
        return (1 + t / (n * random.uniform(0.02, 0.1))) ** -random.uniform(0.6, 1.5)
    fast = random.uniform(0.5, 0.8)
    slow = np.exp(-t / (n * random.uniform(0.15, 0.3)))
    return fast * np.exp(-t / (n * random.uniform(0.02, 0.06))) + (1 - fast) * slow


def noise_of(kind: str, size: int, random: Random, course: Floats) -> Floats:
    """Noise float64[size] of variance 1; `heteroscedastic` is 1 at the top of the course, .45 at the bottom."""
    if kind == "t3":
        return np.asarray(random.standard_t(3, size) / np.sqrt(3.0))
    white = random.standard_normal(size)
    if kind.startswith("ar"):
        return first_order_noise(white, float(kind[2:]))
    if kind == "heteroscedastic":
        return white * np.sqrt(0.2 + 0.8 * np.clip(course / max(float(course.max()), 1e-9), 0.0, 1.0))
    return white


def converged(draft: Draft, random: Random, setting: Setting) -> None:
    del draft, random, setting


def slow(draft: Draft, random: Random, setting: Setting) -> None:
    del setting
    change = np.exp(-draft.t / (len(draft.t) * random.uniform(0.5, 1.2))) - draft.validation
    draft.validation = draft.validation + change
    draft.train = draft.train + change
    draft.truth = replace(draft.truth, unclear=frozenset({"slow-learning"}))


def lr_drop(draft: Draft, random: Random, setting: Setting) -> None:
    del random, setting
    n = len(draft.t)
    rate = draft.rate.copy()
    for share, height in ((0.5, 0.35), (0.75, 0.1)):
        k = int(n * share)
        fall = height * (1 / (1 + np.exp((draft.t - draft.t[k]) * 4)))
        draft.validation = draft.validation * (1 - height) + fall
        draft.train = draft.train * (1 - height) + fall
        rate[k:] *= 0.1
    draft.rate = rate


def warm_up(draft: Draft, random: Random, setting: Setting) -> None:
    del setting
    k = max(1, len(draft.t) // 10)
    bump = np.zeros(len(draft.t))
    bump[: k + 1] = random.uniform(0.05, 0.3) * np.sin(np.pi * np.arange(k + 1) / (k + 1))
    draft.validation = draft.validation + bump
    draft.train = draft.train + bump
    draft.rate = draft.rate * np.minimum(1.0, np.arange(1, len(draft.t) + 1) / (k + 1))


def cyclic(draft: Draft, random: Random, setting: Setting) -> None:
    del setting
    n = len(draft.t)
    period = int(random.choice([p for p in (4, 5, 6, 8, 10) if 2 * p <= n]))
    phase = (np.arange(n) % period) / period
    factor = 0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * phase))
    lift = random.uniform(0.08, 0.3) * factor
    draft.rate = draft.rate * factor
    draft.validation = draft.validation + lift
    draft.train = draft.train + lift
    draft.truth = replace(draft.truth, cause="lr-schedule")


def plateau_then_drop(draft: Draft, random: Random, setting: Setting) -> None:
    del setting
    n = len(draft.t)
    k = n * random.uniform(0.35, 0.55)
    course = 0.6 * np.exp(-draft.t / (n * 0.04)) + 0.4 / (1 + np.exp((draft.t - k) / max(0.6, n * 0.02)))
    draft.train = draft.train + course - draft.validation
    draft.validation = course


def recovery(draft: Draft, random: Random, setting: Setting) -> None:
    """A first minimum, a hump, and a second descent below it: double descent over epochs."""
    del setting
    n = len(draft.t)
    k, width = n * random.uniform(0.25, 0.4), n * random.uniform(0.08, 0.15)
    hump = 0.2 * np.exp(-0.5 * ((draft.t - k) / width) ** 2) - 0.08 * np.clip((draft.t - k) / (n - k), 0, 1)
    draft.validation = draft.validation + hump


def overfitting(draft: Draft, random: Random, setting: Setting) -> None:
    n = len(draft.t)
    k = n * random.uniform(0.2, 0.75)
    rise = np.clip((draft.t - k) / max(n - 1 - k, 1.0), 0, None) ** random.uniform(1.0, 1.5)
    low, high = 0.0, setting.depth + 1.0  # bisection: a rise that ends `depth` above the minimum
    for _ in range(40):
        middle = (low + high) / 2
        course = draft.validation + middle * rise
        low, high = (middle, high) if course[-1] - course.min() < setting.depth else (low, middle)
    high = setting.depth if setting.nominal else high
    draft.validation = draft.validation + high * rise
    draft.train = draft.train - 0.5 * setting.depth * rise
    draft.truth = replace(
        draft.truth,
        faults=frozenset({"overfitting"} if setting.depth > FAINT else ()),
        unclear=frozenset({"divergence", "metric-conflict", "overfitting"}),
        depth=setting.depth,
        onset=int(np.argmin(draft.validation)),
    )


def oscillation(draft: Draft, random: Random, setting: Setting) -> None:
    """Alternating, periodic or one-sided irregular swings of sd `amplitude` in the weights: train swings, too."""
    n = len(draft.t)
    start = int(n * random.uniform(0, 0.3))
    kind = random.integers(3)
    if kind == 0:
        swing = first_order_noise(random.standard_normal(n), -0.6)
    elif kind == 1:
        pace = random.uniform(0.85, 1.15, n) / random.uniform(3, 6)
        swing = np.sqrt(2) * np.sin(2 * np.pi * np.cumsum(pace) + random.uniform(0, 2 * np.pi))
    else:
        swing = 1.66 * (np.abs(random.standard_normal(n)) - 0.8)
    swing = setting.amplitude * np.where(np.arange(n) >= start, swing, 0.0)
    draft.noise = draft.noise + swing
    draft.train_noise = draft.train_noise + 0.8 * swing
    draft.truth = replace(
        draft.truth,
        faults=frozenset({"oscillation"}),
        unclear=frozenset({"loss-spike", "divergence", "overfitting"}),
        amplitude=setting.amplitude,
        onset=start,
        swing=swing,
    )


def spike(draft: Draft, random: Random, setting: Setting) -> None:
    del setting
    n = len(draft.t)
    at = sorted({int(random.integers(2, n - 1)) for _ in range(random.integers(1, 3))})
    for k in at:
        height, length = random.uniform(0.15, 0.6), random.uniform(0.2, 0.6)
        lift = height * np.exp(-np.arange(n - k) / length)
        draft.noise[k:] += lift
        draft.train_noise[k:] += lift
    draft.truth = replace(
        draft.truth, faults=frozenset({"loss-spike"}), unclear=frozenset({"oscillation"}), spikes=tuple(at)
    )


SHAPES: dict[str, tuple[Shape, Setting]] = {
    "converged": (converged, Setting()),
    "slow": (slow, Setting()),
    "lr-drop": (lr_drop, Setting()),
    "warm-up": (warm_up, Setting()),
    "cyclic": (cyclic, Setting(log_rate=True)),
    "cyclic-unlogged": (cyclic, Setting(log_rate=False)),
    "plateau-then-drop": (plateau_then_drop, Setting()),
    "recovery": (recovery, Setting()),
    "smoothed": (converged, Setting(smoothed=0.6)),
    "irregular": (converged, Setting(irregular=True)),
    "spike": (spike, Setting()),
    **{f"overfitting {d:g}": (overfitting, Setting(depth=d)) for d in (0.02, 0.05, 0.1, 0.2, 0.4)},
    **{f"oscillation {a:g}": (oscillation, Setting(amplitude=a)) for a in (0.05, 0.1, 0.2, 0.4)},
}
HEALTHY = (
    "converged",
    "slow",
    "lr-drop",
    "warm-up",
    "cyclic",
    "plateau-then-drop",
    "recovery",
    "smoothed",
    "irregular",
)


@dataclass(frozen=True, slots=True)
class Synthetic:
    """One family of one purpose: endless, each run by its own seed. `narrow` fixes what is otherwise drawn."""

    name: str
    purpose: Purpose
    narrow: Setting = Setting()

    def __iter__(self) -> Iterator[tuple[Run, Truth]]:
        number = 0
        while True:
            yield self.run(number)
            number += 1

    def run(self, number: int) -> tuple[Run, Truth]:
        """Run `number` of the family and its truth."""
        shape, setting = SHAPES[self.name]
        random = generator(self.purpose, f"{self.name} {self.narrow}", number)
        return _draw(f"{self.name}/{number}", self.name, shape, _narrowed(setting, self.narrow), random)


def _narrowed(setting: Setting, narrow: Setting) -> Setting:
    default = Setting()
    names = Setting.__dataclass_fields__
    return replace(setting, **{k: getattr(narrow, k) for k in names if getattr(narrow, k) != getattr(default, k)})


def _draw(name: str, family: str, shape: Shape, setting: Setting, random: Random) -> tuple[Run, Truth]:
    n = setting.length or int(random.choice(LENGTHS))
    sd = setting.sd or float(random.choice(DEVIATIONS))
    kind = setting.noise or str(random.choice(NOISES))
    t = np.arange(n, dtype=np.float64)
    if setting.irregular:
        t = np.cumsum(np.r_[0.0, random.uniform(0.3, 1.7, n - 1)])
    course = decay(t, n, random)
    gap = random.uniform(0, 0.15) * (1 - np.exp(-t / (n * 0.3)))
    noise, train_noise = sd * noise_of(kind, n, random, course), 0.5 * sd * noise_of(kind, n, random, course)
    draft = Draft(t, course, course - gap, np.full(n, 1e-3), noise, train_noise, Truth(family))
    shape(draft, random, setting)
    if setting.smoothed:
        for part in ("validation", "noise", "train", "train_noise"):
            setattr(draft, part, _averaged(getattr(draft, part), setting.smoothed))
    progress, floor = random.uniform(0.5, 3.5), random.uniform(0.05, 1.0)
    gained = float(draft.validation[0] - draft.validation.min())
    truth = replace(
        draft.truth,
        course=progress * draft.validation + floor,
        swing=None if draft.truth.swing is None else progress * draft.truth.swing,
        progress=progress * gained,
        noise=kind,
        sd=sd,
        state=plateau_state(draft.validation, gained),
        settled=settled_index(draft.validation, gained),
    )
    return _logged(name, draft, progress=progress, floor=floor, setting=setting, random=random), truth


def _averaged(values: Floats, weight: float) -> Floats:
    smooth = values.copy()
    for i in range(1, len(smooth)):
        smooth[i] = weight * smooth[i - 1] + (1 - weight) * values[i]
    return smooth


def _logged(name: str, draft: Draft, *, progress: float, floor: float, setting: Setting, random: Random) -> Run:
    steps = np.round(draft.t * STEPS_PER_EPOCH).astype(np.int64) + 1
    validation = progress * (draft.validation + draft.noise) + floor
    step_log = bool(random.integers(2)) if setting.step_log is None else setting.step_log
    if step_log:
        train_steps = np.arange(1, steps[-1] + 1)
        course = np.interp(train_steps, steps, draft.train + draft.train_noise)
        train = progress * (course + 0.05 * random.standard_normal(len(train_steps))) + floor
    else:
        train_steps, train = steps, progress * (draft.train + draft.train_noise) + floor
    curves = [
        _curve(VALIDATION, ("validation", "loss", "min"), steps, validation, TRAIN),
        _curve(TRAIN, ("train", "loss", "min"), train_steps, train, VALIDATION),
    ]
    log_rate = bool(random.integers(2)) if setting.log_rate is None else setting.log_rate
    if log_rate:
        curves.append(_curve(RATE, ("train", "learning-rate", "none"), steps, draft.rate, None))
    return Run(name, (".",), tuple(curves), steps_per_epoch=float(STEPS_PER_EPOCH))


def _curve(
    key: SeriesKey, role: tuple[Phase, Quantity, Direction], steps: Ints, values: Floats, pair: SeriesKey | None
) -> Curve:
    phase, quantity, direction = role
    epochs = steps / STEPS_PER_EPOCH
    return Curve(
        key,
        Role(phase, quantity, "", direction, 1.0, "known"),
        "step",
        steps,
        steps.astype(np.float64),
        values,
        epochs,
        pair,
    )
