"""What the training scripts share: the task, the three variants, and the file of what the framework itself reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

CLASSES, FEATURES, BATCH, VALIDATION = 5, 20, 64, 512


@dataclass(frozen=True)
class Variant:
    """One training: `rate` is the learning rate of plain SGD with momentum 0.9, `noise` the share of wrong labels."""

    name: str
    samples: int
    batch: int
    epochs: int
    rate: float
    hidden: int
    noise: float

    @property
    def steps_per_epoch(self) -> int:
        return self.samples // self.batch


VARIANTS = (
    Variant("sane", 2048, 128, 16, 0.008, 16, 0.0),
    Variant("high-rate", 2048, 128, 16, 300.0, 16, 0.0),
    Variant("small-set", 48, 16, 60, 0.05, 128, 0.3),
)
"""Nothing wrong; a learning rate far too high; a training set that a model learns by heart, wrong labels included."""


def data(variant: Variant) -> tuple[Any, Any, Any, Any]:
    """Training and validation inputs float32[n, FEATURES] and labels int64[n]: clouds around CLASSES centres."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(CLASSES, FEATURES)) * 0.6
    parts: list[Any] = []
    for samples in (variant.samples, VALIDATION):
        labels = rng.integers(CLASSES, size=samples)
        inputs = centres[labels] + rng.normal(size=(samples, FEATURES))
        wrong = rng.random(samples) < variant.noise
        parts += [inputs.astype("float32"), np.where(wrong, rng.integers(CLASSES, size=samples), labels)]
    return parts[0], parts[1], parts[2], parts[3]


def torch_model(variant: Variant) -> Any:
    """A perceptron with one hidden layer, the same for every framework on torch."""
    import torch  # noqa: PLC0415

    torch.manual_seed(1)
    torch.set_num_threads(1)
    layers = [torch.nn.Linear(FEATURES, variant.hidden), torch.nn.ReLU(), torch.nn.Linear(variant.hidden, CLASSES)]
    return torch.nn.Sequential(*layers)


def torch_optimizer(model: Any, variant: Variant) -> Any:
    """Plain SGD with momentum."""
    import torch  # noqa: PLC0415

    return torch.optim.SGD(model.parameters(), lr=variant.rate, momentum=0.9)


def torch_loaders(variant: Variant) -> tuple[Any, Any]:
    """The training set in batches, shuffled, and the validation set in one."""
    import torch  # noqa: PLC0415
    from torch.utils.data import DataLoader, TensorDataset  # noqa: PLC0415

    tx, ty, vx, vy = map(torch.from_numpy, data(variant))
    return (
        DataLoader(TensorDataset(tx, ty), batch_size=variant.batch, shuffle=True),
        DataLoader(TensorDataset(vx, vy), batch_size=VALIDATION),
    )


def curve(place: str, tag: str, points: Mapping[int, float] | Sequence[float], role: str) -> dict[str, Any]:
    """A curve as the framework itself reports it: `role` is "phase quantity direction"; a list has steps 0, 1, ..."""
    pairs = sorted(points.items()) if isinstance(points, Mapping) else list(enumerate(points))
    steps, values = [int(step) for step, _ in pairs], [float(value) for _, value in pairs]
    shown = [value if np.isfinite(value) else repr(value) for value in values]
    return {"dir": place, "tag": tag, "role": role, "steps": steps, "values": shown}


class Reported:
    """The file reported.json beside the logs: what the framework itself says of its trainings."""

    def __init__(self, framework: str, packages: Sequence[str]) -> None:
        self.out = Path(sys.argv[1])
        self.facts: dict[str, Any] = {
            "framework": framework,
            "versions": {name: version(name) for name in packages},
            "trainings": [],
        }

    def folder(self, variant: Variant) -> Path:
        return self.out / variant.name

    def add(
        self,
        variant: Variant,
        run: str,
        curves: Sequence[Mapping[str, Any]],
        pairs: Sequence[tuple[str, str]] = (),
        *,
        steps_per_epoch: float | None = None,
        judged: str = "",
        first_epoch: int = 1,
        epoch_axis: bool = True,
    ) -> None:
        """One training. `pairs` are validation and train curve as "dir:tag"; `steps_per_epoch` is given where the log
        can tell it. `judged` is the validation loss of which the framework's best epoch is the lowest point."""
        training: dict[str, Any] = {
            "variant": variant.name,
            "run": run,
            "curves": list(curves),
            "pairs": [list(pair) for pair in pairs],
            "steps_per_epoch": steps_per_epoch,
            "best": None,
        }
        if judged and variant.name != "high-rate":
            one = next(c for c in curves if f"{c['dir']}:{c['tag']}" == judged)
            at = int(np.argmin([float(value) for value in one["values"]]))
            training["best"] = {
                "curve": judged,
                "step": one["steps"][at],
                "value": one["values"][at],
                "epoch": at + first_epoch if epoch_axis else None,
            }
        self.facts["trainings"].append(training)
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "reported.json").write_text(json.dumps(self.facts) + "\n", encoding="utf-8")
