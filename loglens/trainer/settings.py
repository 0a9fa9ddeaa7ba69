"""The settings of one training: everything that decides its curves, as one frozen record."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from loglens.events.errors import LogLensError

CHOICES = {
    "model": ("mlp", "cnn"),
    "activation": ("relu", "tanh", "linear"),
    "loss": ("cross-entropy", "mse"),
    "optimizer": ("sgd", "adam", "adamw"),
    "schedule": ("constant", "step", "cosine", "cyclic"),
    "precision": ("float32", "bfloat16"),
}
COUNTS = ("train_size", "val_size", "population_size", "inputs", "width", "batch_size", "epochs")
# what a number may be, both ends included; a share of 1 would leave nothing over
BOUNDS = {
    "depth": (0, 8),  # dropout tells up to eight layers apart
    "label_noise": (0.0, 1.0),
    "dropout": (0.0, 0.95),
    "momentum": (0.0, 0.9999),
    "weight_decay": (0.0, 10.0),
    "cycle_epochs": (0.1, 1e6),
    "warmup_epochs": (0.0, 1e6),
    "schedule_epochs": (0, 10**6),
    "slow_features": (0, 10**6),
    "bad_samples": (0, 10**6),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """One training. The same settings on the same device give the same curves.

    `data` is "teacher" (labels of a random network on Gaussian inputs), "glyphs" (drawn 8 x 8 images), "digits"
    (scikit-learn) or a folder with MNIST or CIFAR-10 files. `task` chooses the teacher, the glyphs or the split;
    `seed` the first weights and the order of the batches. Sizes are in samples, `cycle_epochs`, `warmup_epochs`
    and `corrupt_epochs` in epochs, `schedule_drops` in shares of the schedule.
    """

    data: str = "teacher"
    task: int = 0
    train_size: int = 1000
    val_size: int = 400
    population_size: int = 4096
    label_noise: float = 0.1  # share of labels drawn anew, in every split alike
    inputs: int = 20  # of the teacher task
    slow_features: int = 0  # the last so many inputs are multiplied by slow_scale
    slow_scale: float = 1.0
    model: str = "mlp"
    width: int = 48
    depth: int = 1  # hidden layers (mlp; 0 is linear), convolutions (cnn)
    activation: str = "relu"
    loss: str = "cross-entropy"
    init_scale: float = 1.0  # times He's initialisation
    hidden_bias: float = 0.0  # -10 kills every ReLU unit
    dropout: float = 0.0
    optimizer: str = "sgd"
    lr: float = 0.1
    momentum: float = 0.0
    weight_decay: float = 0.0
    batch_size: int = 32
    epochs: int = 40
    schedule: str = "constant"
    schedule_epochs: int = 0  # length of the schedule; 0: all epochs. Afterwards the last rate is kept
    schedule_drops: tuple[float, ...] = (0.6,)  # schedule "step": where the rate falls to a tenth
    cycle_epochs: float = 6.0  # schedule "cyclic": from one warm restart to the next
    warmup_epochs: float = 0.0
    shuffle: bool = True  # False: sorted by label, the same order in every epoch
    flip_val: bool = False  # the validation labels are shifted by one class
    resample_val: bool = False  # every evaluation draws its validation samples anew
    corrupt_epochs: tuple[float, ...] = ()  # here one batch comes with its inputs multiplied
    corrupt_scale: float = 1.0
    bad_samples: int = 0  # training samples that hold NaN
    skip_non_finite: bool = False  # leave out updates with a non-finite loss, as a gradient scaler does
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise LogLensError(f"{name} is {getattr(self, name)!r}; choose one of {', '.join(allowed)}.")
        for name in COUNTS:
            if getattr(self, name) < 1:
                raise LogLensError(f"{name} is {getattr(self, name)}; it must be at least 1.")
        for name, (low, high) in BOUNDS.items():
            if not low <= getattr(self, name) <= high:
                raise LogLensError(f"{name} is {getattr(self, name)}; it must lie between {low} and {high}.")
        if self.batch_size > self.train_size:
            raise LogLensError(f"batch_size {self.batch_size} exceeds train_size {self.train_size}; lower it.")
        if not self.lr > 0:
            raise LogLensError(f"lr is {self.lr}; it must be above 0.")

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in an epoch; the rest of the shuffled samples waits for another epoch."""
        return self.train_size // self.batch_size

    def replace(self, **changes: Any) -> Settings:
        """The same training with other settings."""
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(self).items()
        }


def from_dict(plain: dict[str, Any]) -> Settings:
    """The settings whose `as_dict` this is."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
    return Settings(**values)
