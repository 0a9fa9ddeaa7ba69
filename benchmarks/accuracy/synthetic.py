"""The synthetic families: clean courses by formula, noise of several kinds, logged the ways people log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.accuracy import faults, shapes
from benchmarks.accuracy.draft import Draft, Random, Setting, Shape, decay, noise_of
from benchmarks.accuracy.rules import exponential_average
from benchmarks.accuracy.seeds import Purpose, generator
from benchmarks.accuracy.truth import Truth, plateau_state, settled_index
from loglens.events.series import Floats, Ints, SeriesKey
from loglens.runs.curve import Curve, Direction, Phase, Quantity, Role, Run

VALIDATION, TRAIN, RATE = SeriesKey(".", "val/loss"), SeriesKey(".", "train/loss"), SeriesKey(".", "lr")
ACCURACY = SeriesKey(".", "val/accuracy")
LENGTHS = (10, 15, 20, 30, 50)
DEVIATIONS = (0.005, 0.01, 0.02, 0.04)
NOISES = ("white", "ar.5", "ar.8", "t3", "heteroscedastic")
STEPS_PER_EPOCH = 40
EVERYTHING_DRAWN = Setting()
LEAST_GAIN = 1e-6
"""A course that gained less than this of its progress has no best step and no course to be flat of."""

SHAPES: dict[str, tuple[Shape, Setting]] = {
    "converged": (shapes.converged, Setting()),
    "slow": (shapes.slow, Setting()),
    "lr-drop": (shapes.lr_drop, Setting()),
    "warm-up": (shapes.warm_up, Setting()),
    "cyclic": (shapes.cyclic, Setting(log_rate=True)),
    "cyclic-unlogged": (shapes.cyclic, Setting(log_rate=False)),
    "plateau-then-drop": (shapes.plateau_then_drop, Setting()),
    "recovery": (shapes.recovery, Setting()),
    "smoothed": (shapes.converged, Setting(smoothed=0.6)),
    "irregular": (shapes.converged, Setting(irregular=True)),
    "classifier": (faults.classifier, Setting()),
    "earning": (faults.earning, Setting()),
    "spike": (shapes.spike, Setting()),
    **{f"overfitting {d:g}": (shapes.overfitting, Setting(depth=d)) for d in (0.02, 0.05, 0.1, 0.2, 0.4)},
    **{f"levelling overfitting {d:g}": (shapes.levelling, Setting(depth=d)) for d in (0.1, 0.4)},
    **{f"oscillation {a:g}": (shapes.oscillation, Setting(amplitude=a)) for a in (0.05, 0.1, 0.2, 0.4)},
    "underfitting": (faults.underfitting, Setting()),
    "guessing": (faults.guessing, Setting()),
    "slow-learning 30": (faults.slow_learning, Setting(length=30, log_rate=True)),
    "slow-learning 50": (faults.slow_learning, Setting(length=50, log_rate=True)),
    "below-chance": (faults.below_chance, Setting()),
    "metric-conflict": (faults.metric_conflict, Setting()),
    "divergence": (faults.divergence, Setting()),
    "isolated NaN": (faults.isolated, Setting()),
    "NaN for good": (faults.lost_for_good, Setting()),
    "diminishing": (faults.diminishing, Setting()),
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
"""The healthy families that the bars are held on; `cyclic-unlogged`, `classifier` and `earning` are shown beside."""
LIVE = (*HEALTHY, "cyclic-unlogged")
"""The healthy families that are judged again at every evaluation."""


@dataclass(frozen=True, slots=True)
class Synthetic:
    """One family of one purpose: endless, each run by its own seed. `narrow` fixes what is otherwise drawn."""

    name: str
    purpose: Purpose
    narrow: Setting = EVERYTHING_DRAWN

    def __iter__(self) -> Iterator[tuple[Run, Truth]]:
        number = 0
        while True:
            yield self.run(number)
            number += 1

    def run(self, number: int) -> tuple[Run, Truth]:
        """Run `number` of the family and its truth."""
        shape, setting = SHAPES[self.name]
        narrow = self.narrow.of_run(number)
        random = generator(self.purpose, f"{self.name} {narrow}", number)
        return _draw(f"{self.name}/{number}", self.name, shape, _narrowed(setting, narrow), random)


def _narrowed(setting: Setting, narrow: Setting) -> Setting:
    default = Setting()
    names = Setting.__dataclass_fields__
    return replace(setting, **{k: getattr(narrow, k) for k in names if getattr(narrow, k) != getattr(default, k)})


def _draw(name: str, family: str, shape: Shape, setting: Setting, random: Random) -> tuple[Run, Truth]:
    n = setting.length if isinstance(setting.length, int) else int(random.choice(LENGTHS))
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
            setattr(draft, part, exponential_average(getattr(draft, part), setting.smoothed))
    progress, floor = random.uniform(0.5, 3.5), random.uniform(0.05, 1.0)
    if draft.start is not None:
        floor = draft.start * random.uniform(0.05, 0.4)
        progress = draft.start - floor
    gained = float(draft.validation[0] - draft.validation.min())
    own = draft.validation if draft.scheduled is None else draft.validation - draft.scheduled
    truth = replace(
        draft.truth,
        swing=None if draft.truth.swing is None else progress * draft.truth.swing,
        noise=kind,
        sd=sd,
        price=progress * draft.price,
    )
    if gained > LEAST_GAIN:
        truth = replace(
            truth,
            course=progress * draft.validation + floor,
            progress=progress * gained,
            state=plateau_state(own, gained),
            settled=settled_index(own, gained),
        )
    return _logged(name, draft, progress=progress, floor=floor, setting=setting, random=random), truth


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
    if draft.lost:
        validation[list(draft.lost)] = np.nan
        train[np.isin(np.searchsorted(steps, train_steps), draft.lost)] = np.nan
    hours = draft.hours / STEPS_PER_EPOCH
    curves = [
        _curve(VALIDATION, ("validation", "loss", "min"), steps, validation, TRAIN, hours),
        _curve(TRAIN, ("train", "loss", "min"), train_steps, train, VALIDATION, hours),
    ]
    log_rate = bool(random.integers(2)) if setting.log_rate is None else setting.log_rate
    if log_rate:
        curves.append(_curve(RATE, ("train", "learning-rate", "none"), steps, draft.rate, None, hours))
    if draft.accuracy is not None:
        right = random.binomial(draft.samples, np.clip(draft.accuracy, 0.0, 1.0)) / draft.samples
        values = right.astype(np.float32).astype(np.float64)  # as writers log them; the grain tells the sample size
        curves.append(_curve(ACCURACY, ("validation", "accuracy", "max"), steps, values, None, hours))
    return Run(name, (".",), tuple(curves), steps_per_epoch=float(STEPS_PER_EPOCH), classes=draft.classes)


def _curve(  # noqa: PLR0917 - a table needs its columns
    key: SeriesKey,
    role: tuple[Phase, Quantity, Direction],
    steps: Ints,
    values: Floats,
    pair: SeriesKey | None,
    hours: float,
) -> Curve:
    """A curve whose steps take `hours` each; without that its wall times are its steps."""
    phase, quantity, direction = role
    epochs = steps / STEPS_PER_EPOCH
    times = steps.astype(np.float64) * (3600.0 * hours or 1.0)
    return Curve(key, Role(phase, quantity, "", direction, 1.0, "known"), "step", steps, times, values, epochs, pair)
