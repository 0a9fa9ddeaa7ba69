"""What CUDA asks of a captured step, held without CUDA: a recording replayed on a CPU, and a device that holds nothing.

A graph replays kernels on addresses. `Recording` does the same with torch's operations: whatever the step takes from
Python, from the host or from a new tensor stays as it was when it was recorded, and the curves then differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from loglens.events.errors import LogLensError
from loglens.trainer import device
from loglens.trainer.batch import Batch
from loglens.trainer.history import History
from loglens.trainer.settings import Settings
from loglens.trainer.step import WARM_UPS, Step
from loglens.trainer.trainings import train_many

TINY = Settings(train_size=96, val_size=32, population_size=64, width=8, batch_size=16, epochs=3, lr=0.05)
# every branch of a step; dropout, Adam's powers and schedules read what changes from step to step
CHANGES: list[dict[str, Any]] = [
    {"schedule": "cosine", "corrupt_epochs": (0.5, 2.0), "corrupt_scale": 3.0},
    {"momentum": 0.9, "weight_decay": 0.01, "warmup_epochs": 1.5, "dropout": 0.3},
    {"optimizer": "adam", "momentum": 0.9, "weight_decay": 0.01, "schedule": "cyclic", "cycle_epochs": 1.0},
    {"optimizer": "adamw", "momentum": 0.9, "weight_decay": 0.01, "depth": 2, "activation": "tanh"},
    {"loss": "mse", "depth": 0},
    {"bad_samples": 1, "skip_non_finite": True, "momentum": 0.5},
    {"data": "glyphs", "model": "cnn", "width": 2, "depth": 2, "optimizer": "adamw", "momentum": 0.9},
    {"precision": "bfloat16", "momentum": 0.9, "dropout": 0.2},
]


class Recording(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes every operation of a step with its very tensors; `replay` does them again, into the same places."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.done: list[tuple[Any, tuple[Any, ...], dict[str, Any], Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self.done.append((func, args, kwargs or {}, made))
        return made

    @torch.no_grad()
    def replay(self) -> None:
        for func, args, kwargs, made in self.done:
            read = {one.untyped_storage().data_ptr() for one in tensors((args, kwargs))}
            for old, new in zip(tensors(made), tensors(func(*args, **kwargs)), strict=True):
                if old.untyped_storage().data_ptr() not in read:  # a view, or changed in place: it is there already
                    old.copy_(new)


def tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


class Replayed(Step):
    """A step that is warmed up, recorded once and replayed from then on, as CUDA has it."""

    recording: Recording | None = None

    def __call__(self) -> None:
        if self.recording is not None:
            self.recording.replay()
        elif self.warmed < WARM_UPS:
            self.compute()
            self.warmed += 1
        else:
            self.recording = Recording()
            with self.recording:
                self.compute()


def curves(batch: Batch) -> History:
    list(batch.epochs())
    return batch.histories()[0]


@pytest.mark.parametrize("change", CHANGES)
def test_a_recorded_step_replayed_makes_the_same_curves(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = [TINY.replace(seed=seed, lr=0.05 * (1 + seed), **change) for seed in range(2)]
    plain = curves(Batch(settings))
    monkeypatch.setattr("loglens.trainer.batch.Step", Replayed)
    batch = Batch(settings)
    replayed = curves(batch)
    assert isinstance(batch.step, Replayed)
    assert batch.step.recording is not None
    assert len(plain.step_loss) > 2 * WARM_UPS
    np.testing.assert_array_equal(plain.step_loss, replayed.step_loss)
    np.testing.assert_array_equal(plain.step_accuracy, replayed.step_accuracy)
    np.testing.assert_array_equal(plain.population_loss, replayed.population_loss)


def test_what_python_holds_would_be_seen_by_the_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: a rate taken as a Python number stays that of the recorded step."""

    class Forgetful(Replayed):
        def compute(self) -> None:
            self.lr = torch.full_like(self.lr, self.lr[0].item())  # a new tensor, filled with a host's number
            super().compute()

    settings = [TINY.replace(schedule="cosine")]
    plain = curves(Batch(settings))
    monkeypatch.setattr("loglens.trainer.batch.Step", Forgetful)
    assert not np.allclose(plain.step_loss, curves(Batch(settings)).step_loss, rtol=1e-6)


def test_a_resume_goes_on_with_the_recorded_step(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = [TINY.replace(momentum=0.9, optimizer="adam")]
    plain = curves(Batch(settings))
    monkeypatch.setattr("loglens.trainer.batch.Step", Replayed)
    batch = Batch(settings)
    epochs = batch.epochs()
    next(epochs)
    saved = {**batch.state(), "weights": [w.detach().clone() for w in batch.step.weights]}
    saved["moments"] = [[m.clone() for m in layer] for layer in batch.step.moments]
    next(epochs)
    batch.load(saved)  # back by an epoch, into the tensors that the recording knows
    np.testing.assert_array_equal(plain.step_loss, curves(batch).step_loss)


@pytest.mark.parametrize("change", [one for one in CHANGES if "precision" not in one])
def test_a_step_asks_nothing_of_its_device_and_brings_nothing_from_the_host(change: dict[str, Any]) -> None:
    """On the "meta" device no tensor has values: `item()` and its like fail there, as they fail a capture."""
    settings = [TINY.replace(**change)] * 2
    here = Batch(settings).step
    weights = [torch.empty_like(w, device="meta") for w in here.weights]
    there = Step(settings, weights, here.x.shape[2], len(here.names), here.image)
    before = [id(one) for one in (there.x, there.y, there.lr, there.count, there.seen, *there.weights)]
    with Recording() as recording:
        there.compute()
    assert len(recording.done) > 30
    for func, args, kwargs, _ in recording.done:
        assert {one.device.type for one in tensors((args, kwargs))} <= {"meta"}, f"{func} reads from the host"
        # random numbers would need the graph's generator; a shape or number that depends on values a synchronisation
        forbidden = {torch.Tag.nondeterministic_seeded, torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
        assert not forbidden & {*func.tags}, func
    assert [id(one) for one in (there.x, there.y, there.lr, there.count, there.seen, *there.weights)] == before


def test_bfloat16_trains_like_float32_and_keeps_its_weights_in_float32() -> None:
    settings = TINY.replace(train_size=512, epochs=8, population_size=1000, label_noise=0.0)
    exact = train_many([settings.replace(seed=seed) for seed in range(4)])
    batch = Batch([settings.replace(seed=seed, precision="bfloat16") for seed in range(4)])
    list(batch.epochs())
    assert all(w.dtype == torch.float32 for w in batch.step.weights)
    for wide, narrow in zip(exact, batch.histories(), strict=True):
        assert not np.array_equal(wide.step_loss, narrow.step_loss)
        # 8 bits of mantissa: .4 % a product; over 256 steps the losses stay within a few of these
        np.testing.assert_allclose(narrow.population_loss, wide.population_loss, rtol=0.03)


def test_devices_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device.chosen("auto") == "cpu"
    for name in ("tpu", "cuda:x", "cpux", "cuda:"):
        with pytest.raises(LogLensError, match="choose cpu, cuda or auto"):
            device.chosen(name)
    with pytest.raises(LogLensError, match="sees no CUDA device"):
        device.chosen("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert (device.chosen("auto"), device.chosen("cuda:0")) == ("cuda", "cuda:0")
    with pytest.raises(LogLensError, match="sees 1 CUDA device"):
        device.chosen("cuda:1")
