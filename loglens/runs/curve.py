"""A curve: a scalar series that knows its role and its axis; and a run, which is the curves of one training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from loglens.events.series import Floats, Ints, Losses, SeriesKey
from loglens.runs.names import label_of

Phase = Literal["train", "validation", "test", "none"]
Direction = Literal["min", "max", "none"]
XUnit = Literal["step", "epoch", "iteration", "sample", "token", "environment-step", "wall-time", "order", "unknown"]
OfLearning = Literal[
    "loss",
    "loss-part",
    "regularizer",
    "rl-loss",
    "gan-loss",
    "accuracy",
    "error-rate",
    "metric",
    "perplexity",
    "reward",
    "entropy",
    "kl",
    "learning-rate",
    "gradient-norm",
]
OF_LEARNING: tuple[OfLearning, ...] = get_args(OfLearning)
"""Quantities that say something of learning."""
Quantity = Literal[
    OfLearning,
    "parameter-norm",
    "hyperparameter",
    "counter",
    "time",
    "throughput",
    "memory",
    "system",
    "diagnostic",
    "other",
]

TRUSTED_CONFIDENCE = 0.8
"""Below this confidence in a role a curve is described, not judged (docs/roles.md)."""
NEVER_JUDGED: tuple[Quantity, ...] = (
    "counter",
    "time",
    "throughput",
    "memory",
    "system",
    "hyperparameter",
    "diagnostic",
)
"""Quantities about which a doubt costs nothing: no detector asks for them."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a curve is: phase x quantity, the particular name (mAP, F1), and which way is better.

    `confidence` is the probability that phase, quantity and direction are right; `reason` says why in plain words.
    """

    phase: Phase
    quantity: Quantity
    name: str
    direction: Direction
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A series with restarts resolved: steps strictly increase and carry one value each.

    `steps` int64[n] are as logged; `epochs` float64[n] are passes over the training data completed (None when
    unknown); `values` float64[n] may hold NaN and Inf. `pair` names the train curve of a validation curve and
    the other way round. `repeated_steps` counts points that a later write of the same step replaced.
    `same_as` names the curve whose very values this one repeats: that one is judged. `folder_name` is the part of
    its folder that tells it from other curves of the same tag ("" where the tag is enough).
    """

    key: SeriesKey
    role: Role
    x_unit: XUnit
    steps: Ints
    wall_times: Floats
    values: Floats
    epochs: Floats | None = None
    pair: SeriesKey | None = None
    repeated_steps: int = 0
    same_as: SeriesKey | None = None
    folder_name: str = ""

    @property
    def label(self) -> str:
        """What sentences call the curve: its tag, with its folder where the run has the tag twice."""
        return label_of(self.key.tag, self.folder_name)

    @property
    def trusted(self) -> bool:
        """Whether the role is sure enough for verdicts."""
        return self.role.confidence >= TRUSTED_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Restart:
    """One resolved restart: from `step` on, `removed_points` older points gave way (by `rule`)."""

    step: int
    removed_points: int
    rule: str


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One training: its name relative to LOGDIR, its curves, what is known of its epochs, what was lost.

    `notes` are sentences for the user about how the run was put together (folders joined, restarts resolved,
    axes that could not be mapped). `classes` is the number of classes where the log tells it,
    `learning_rate` the one that its settings state (a curve of it has its own role).
    """

    name: str
    directories: tuple[str, ...]
    curves: tuple[Curve, ...]
    framework: str = ""
    steps_per_epoch: float | None = None
    batch_size: int | None = None
    training_samples: int | None = None
    classes: int | None = None
    losses: Losses = field(default_factory=Losses)
    restarts: tuple[Restart, ...] = ()
    notes: tuple[str, ...] = ()
    learning_rate: float | None = None

    def curve(self, key: SeriesKey | None) -> Curve | None:
        """The curve of that key, or None."""
        return next((curve for curve in self.curves if curve.key == key), None)
