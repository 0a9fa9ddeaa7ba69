"""Runs that train together along a leading axis: one step moves every network, one pass judges them all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from loglens.events.series import Floats
from loglens.trainer import draws
from loglens.trainer.data import Task, make_task
from loglens.trainer.device import rows_at_once
from loglens.trainer.history import EVALUATED, History
from loglens.trainer.models import initial_weights, logits
from loglens.trainer.schedules import input_scales, learning_rates
from loglens.trainer.settings import Settings
from loglens.trainer.step import Step, arithmetic, right, sample_losses


class Batch:
    """Runs that train together. `epochs()` trains; `histories()` says what happened; `state` can be saved."""

    def __init__(self, settings: Sequence[Settings], device: str = "cpu") -> None:
        self.settings = list(settings)
        self.first = self.settings[0]
        self.device = torch.device(device)
        tasks = _tasks(self.settings)
        self.classes, self.image = tasks[0].classes, tasks[0].image
        self.train_x, self.train_y = self._stack([t.train.x for t in tasks]), self._stack([t.train.y for t in tasks])
        self.val = [self._stack([t.val.x for t in tasks]), self._stack([t.val.y for t in tasks])]
        self.population = [self._stack([t.population.x for t in tasks]), self._stack([t.population.y for t in tasks])]
        features = self.train_x.shape[2]
        networks = [initial_weights(s, features, self.classes, self.image) for s in self.settings]
        weights = [self._stack(list(layer)) for layer in zip(*networks, strict=True)]
        self.step = Step(self.settings, weights, features, self.classes, self.image)
        self.rates = np.stack([learning_rates(s) for s in self.settings], 1)
        self.scales = np.stack([input_scales(s) for s in self.settings], 1)
        self.sorted = None if all(s.shuffle for s in self.settings) else torch.argsort(self.train_y, dim=1, stable=True)
        self.shuffled = torch.tensor([s.shuffle for s in self.settings], device=self.device)[:, None]
        self.resamples = any(s.resample_val for s in self.settings)
        self.resampled = torch.tensor([s.resample_val for s in self.settings], device=self.device)[:, None]
        self.epoch = 0
        self.steps: list[Floats] = []  # an epoch each: [loss or accuracy, steps, runs]
        self.evaluations: list[Floats] = []  # an epoch each: [quantity, runs]
        self.wall_times: list[float] = []

    def epochs(self) -> Iterator[int]:
        """Train to the end; yields the number of epochs completed, after each."""
        if self.epoch == 0 and not self.evaluations:
            self.evaluations.append(self._evaluate())
            self.wall_times.append(time.time())
        while self.epoch < self.first.epochs:
            self.train_epoch()
            self.evaluations.append(self._evaluate())
            self.epoch += 1
            self.wall_times.append(time.time())
            yield self.epoch

    def train_epoch(self) -> None:
        """All steps of the epoch that `epoch` counts; nothing is evaluated."""
        per_epoch, size = self.first.steps_per_epoch, self.first.batch_size
        epoch = torch.tensor(self.epoch, dtype=torch.int32, device=self.device)
        order = draws.permutations(self.step.seeds, epoch, self.first.train_size)
        if self.sorted is not None:
            order = torch.where(self.shuffled, order, self.sorted)
        runs, samples, features = self.train_x.shape
        order = order[:, : per_epoch * size] + samples * torch.arange(runs, device=self.device)[:, None]
        # in one go and run by run: a run's samples fit a core's cache, those of all runs do not
        x = self.train_x.view(-1, features).index_select(0, order.flatten()).view(runs, -1, features)
        y = self.train_y.view(-1).index_select(0, order.flatten()).view(runs, -1)
        seen = torch.empty(per_epoch, 2, runs, device=self.device)
        first = self.epoch * per_epoch
        rates, scales = (
            torch.from_numpy(table[first : first + per_epoch].astype(np.float32)).to(self.device)[..., None, None]
            for table in (self.rates, self.scales)
        )
        scaled = np.any(self.scales[first : first + per_epoch] != 1, 1)
        step = self.step
        for i in range(per_epoch):
            step.x.copy_(x[:, i * size : (i + 1) * size])
            step.y.copy_(y[:, i * size : (i + 1) * size])
            if scaled[i]:
                step.x.mul_(scales[i])
            step.lr.copy_(rates[i])
            step.count.fill_(first + i)
            step()
            seen[i] = step.seen
        self.steps.append(seen.double().cpu().numpy())

    @torch.no_grad()
    def _evaluate(self) -> Floats:
        """Means over train, validation and population samples, in the order of `EVALUATED`: [quantity, runs]."""
        val20 = min(20 * self.first.val_size, self.first.population_size)
        train_loss, train_right = self._judge(self.train_x, self.train_y)
        val_loss, val_right = self._judge(*self.val)
        population_loss, population_right = self._judge(*self.population)
        if self.resamples:
            epoch = torch.tensor(-1 - self.epoch, dtype=torch.int32, device=self.device)
            drawn = draws.permutations(self.step.seeds, epoch, val20)[:, : self.first.val_size]
            val_loss = torch.where(self.resampled, population_loss.gather(1, drawn), val_loss)
            val_right = torch.where(self.resampled, population_right.gather(1, drawn), val_right)
        rows = (
            _mean_without_nan_samples(train_loss, self.train_x),
            train_right.mean(1),
            val_loss.mean(1),
            val_right.mean(1),
            population_loss[:, :val20].mean(1),
            population_loss.mean(1),
            population_right.mean(1),
        )
        return torch.stack(rows).double().cpu().numpy()

    def _judge(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Loss of every sample and 1 where it is labelled right: float[runs, samples] each."""
        size = max(rows_at_once(self.device.type) // len(self.settings) // (1 if self.image is None else 2), 1)
        losses, hits = [], []
        for begin in range(0, x.shape[1], size):
            labels = y[:, begin : begin + size]
            with arithmetic(self.first, self.device):
                scores = logits(self.first, self.step.weights, x[:, begin : begin + size], self.image).float()
            losses.append(sample_losses(self.first, scores, labels, self.step.names))
            hits.append(right(scores, labels))
        return torch.cat(losses, 1), torch.cat(hits, 1)

    def histories(self) -> list[History]:
        """What every run did so far."""
        seen = np.concatenate(self.steps) if self.steps else np.empty((0, 2, len(self.settings)))
        judged = np.stack(self.evaluations)
        histories = []
        for run, one in enumerate(self.settings):
            curves: dict[str, Any] = dict(zip(EVALUATED, judged[:, :, run].T, strict=True))
            curves |= {"step_loss": seen[:, 0, run], "step_accuracy": seen[:, 1, run]}
            curves |= {"step_lr": self.rates[: len(seen), run], "wall_times": np.array(self.wall_times)}
            histories.append(History(settings=one, classes=self.classes, **curves))
        return histories

    def state(self) -> dict[str, Any]:
        """All that is needed to go on later: with the settings it makes the same curves as an unbroken training."""
        return {
            "epoch": self.epoch,
            "wall_times": self.wall_times,
            "weights": [w.detach() for w in self.step.weights],
            "moments": self.step.moments,
            "steps": torch.from_numpy(np.stack(self.steps)) if self.steps else None,
            "evaluations": torch.from_numpy(np.stack(self.evaluations)),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a saved state of the same settings."""
        self.epoch = state["epoch"]
        self.wall_times = list(state["wall_times"])
        with torch.no_grad():  # in place: a captured step knows these tensors by their addresses
            for weight, saved in zip(self.step.weights, state["weights"], strict=True):
                weight.copy_(saved)
            for moments, saved_moments in zip(self.step.moments, state["moments"], strict=True):
                for moment, saved in zip(moments, saved_moments, strict=True):
                    moment.copy_(saved)
        self.steps = [] if state["steps"] is None else list(state["steps"].numpy())
        self.evaluations = list(state["evaluations"].numpy())

    def _stack(self, tensors: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(tensors)).to(self.device)


def _tasks(settings: Sequence[Settings]) -> list[Task]:
    made: dict[Settings, Task] = {}
    keys = [_task_key(s) for s in settings]
    for key in keys:
        if key not in made:
            made[key] = make_task(key)
    return [made[key] for key in keys]


def _task_key(one: Settings) -> Settings:
    names = [
        "data",
        "task",
        "train_size",
        "val_size",
        "population_size",
        "label_noise",
        "batch_size",
        "flip_val",
        "bad_samples",
        "inputs",
        "slow_features",
        "slow_scale",
    ]
    return Settings(**{name: getattr(one, name) for name in names})


def _mean_without_nan_samples(losses: Tensor, x: Tensor) -> Tensor:
    """The mean over the samples that are numbers: a train set with NaN inputs still has a loss on the others."""
    whole = torch.isfinite(x[:, :, 0])
    return torch.where(whole, losses, 0.0).sum(1) / whole.sum(1)
