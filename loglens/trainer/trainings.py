"""Many trainings: which settings can share a batch, and all of them trained, a batch a core."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch

from loglens.trainer.batch import Batch
from loglens.trainer.device import cores, runs_at_once
from loglens.trainer.history import History
from loglens.trainer.settings import Settings

# What may differ between runs of one batch: everything else decides a tensor's shape or the course of a step.
PER_RUN = [
    "task",
    "label_noise",
    "init_scale",
    "hidden_bias",
    "dropout",
    "lr",
    "momentum",
    "weight_decay",
    "schedule",
    "slow_scale",
    "schedule_epochs",
    "schedule_drops",
    "cycle_epochs",
    "warmup_epochs",
    "shuffle",
    "flip_val",
    "resample_val",
    "corrupt_epochs",
    "corrupt_scale",
    "bad_samples",
    "seed",
]


def group(settings: Sequence[Settings], at_most: int = 64) -> list[list[int]]:
    """Indices of settings that can share a batch, at most that many together."""
    blank = {name: Settings.__dataclass_fields__[name].default for name in PER_RUN}
    groups: dict[tuple[Settings, bool], list[int]] = {}
    for index, one in enumerate(settings):
        groups.setdefault((one.replace(**blank), one.dropout > 0), []).append(index)
    return [members[i : i + at_most] for members in groups.values() for i in range(0, len(members), at_most)]


def train_many(
    settings: Sequence[Settings],
    device: str = "cpu",
    at_most: int | None = None,
    done: Callable[[int], None] | None = None,
) -> list[History]:
    """Train all of them, batch by batch, and return their histories in the same order.

    `done` is told after every epoch how many run-epochs it moved. On a CPU every core trains a batch of its own on
    one thread: small products lose by being divided (measured on a busy machine: 820k samples a CPU second on one
    thread, 29k on two that wait for each other).
    """
    groups = group(settings, at_most or runs_at_once(device))
    stop = threading.Event()

    def train(members: list[int]) -> list[History]:
        torch.set_num_threads(1)  # in this thread; the default is the machine's cores
        batch = Batch([settings[i] for i in members], device)
        for _ in batch.epochs():
            if stop.is_set():
                break
            if done is not None:
                done(len(members))
        return batch.histories()

    histories: dict[int, History] = {}
    with ThreadPoolExecutor(1 if device.startswith("cuda") else cores()) as pool:
        try:
            for members, trained in zip(groups, pool.map(train, groups), strict=True):
                histories.update(zip(members, trained, strict=True))
        except BaseException:
            stop.set()  # Ctrl-C: no batch goes on behind our back
            pool.shutdown(cancel_futures=True)
            raise
    return [histories[i] for i in range(len(settings))]
