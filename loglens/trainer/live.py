"""Training as users watch it: logs grow epoch by epoch, checkpoints allow a resume that leaves a real restart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loglens.events.errors import LogLensError
from loglens.trainer.batch import Batch
from loglens.trainer.experiments import Experiment, Outcome, experiment
from loglens.trainer.history import History
from loglens.trainer.logs import TorchLog, note
from loglens.trainer.scenarios import scenario
from loglens.trainer.settings import from_dict
from loglens.trainer.styles import columns
from loglens.trainer.trainings import group, train_many

PLAN = "training.json"
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one call of `loglens train` is to do; stored beside the logs, so that a resume needs nothing else.

    `runs` are (folder below the plan's folder, scenario, experiment); `every` is in steps, `checkpoint_every` in
    epochs.
    """

    folder: Path
    runs: tuple[tuple[str, Experiment], ...]
    style: str
    device: str
    command: str
    every: int = 1
    checkpoint_every: int = 5
    truth: bool = True

    def save(self) -> None:
        """Write training.json."""
        content = {
            "style": self.style,
            "device": self.device,
            "command": self.command,
            "every": self.every,
            "checkpoint_every": self.checkpoint_every,
            "truth": self.truth,
            "runs": [
                {"name": name, "scenario": one.scenario.name, "settings": one.settings.as_dict()}
                for name, one in self.runs
            ],
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / PLAN).write_text(json.dumps(content, indent=1) + "\n")


def saved_plan(folder: Path) -> Plan:
    """The plan of an interrupted training; LogLensError where there is none."""
    path = folder / PLAN
    if not path.exists():
        raise LogLensError(f"{folder} holds no {PLAN}: nothing to resume; start it without --resume.")
    content = json.loads(path.read_text())
    runs = []
    for run in content["runs"]:
        settings = from_dict(run["settings"])
        fields = {key: getattr(settings, key) for key in run["settings"] if key != "seed"}
        runs.append((run["name"], experiment(scenario(run["scenario"]), settings.seed, **fields)))
    return Plan(
        folder,
        tuple(runs),
        content["style"],
        content["device"],
        content["command"],
        content["every"],
        content["checkpoint_every"],
        content["truth"],
    )


def train_live(plan: Plan, resume: bool = False, done: Callable[[int], None] | None = None) -> None:
    """Train the plan's runs with logs that grow, then the interventions, then write every truth.json.

    Interrupted (KeyboardInterrupt), it closes the logs, which are then complete up to the last epoch, and raises
    on. `resume` goes on from the last checkpoint of each batch: epochs logged after it are logged again, in a new
    file that says so, as any trainer does it.
    """
    checkpoints = plan.folder / CHECKPOINTS
    if resume and not checkpoints.exists() and all((plan.folder / name).exists() for name, _ in plan.runs):
        raise LogLensError(f"the training in {plan.folder} has finished: nothing to resume; choose another --output.")
    checkpoints.mkdir(parents=True, exist_ok=True)
    histories: dict[int, History] = {}
    for index, members in enumerate(group([one.settings for _, one in plan.runs])):
        checkpoint = checkpoints / f"{index}.pt"
        trained = _train_batch(plan, [plan.runs[i] for i in members], checkpoint, resume, done)
        histories.update(zip(members, trained, strict=True))
    if plan.truth:
        _tell_truth(plan, histories, done)
    shutil.rmtree(checkpoints)


def _train_batch(
    plan: Plan,
    runs: Sequence[tuple[str, Experiment]],
    checkpoint: Path,
    resume: bool,
    done: Callable[[int], None] | None,
) -> list[History]:
    torch.set_num_threads(1)  # a few small networks: several threads would wait for each other
    batch = Batch([one.settings for _, one in runs], plan.device)
    purge_step = None  # interrupted before its first checkpoint, it starts over: another training of the same folder
    if resume and checkpoint.exists():
        batch.load(torch.load(checkpoint, map_location="cpu", weights_only=True))
        purge_step = batch.epoch * batch.first.steps_per_epoch
        if done is not None:
            done(batch.epoch * len(runs))
        if batch.epoch == batch.first.epochs:
            return batch.histories()
    logs = [TorchLog(plan.folder / name, purge_step) for name, _ in runs]
    try:
        for log, (_, one) in zip(logs, runs, strict=True):
            about = note(one.settings, one.scenario.name, plan.style, plan.device, plan.command)
            log.describe(one.settings, batch.classes, about)
        for epoch in batch.epochs():
            for log, history in zip(logs, batch.histories(), strict=True):
                log.write(columns(history, plan.style, epoch - 1, epoch, plan.every), history)
                log.flush()
            if epoch % plan.checkpoint_every == 0 or epoch == batch.first.epochs:
                _save(batch.state(), checkpoint)
            if done is not None:
                done(len(runs))
    finally:
        for log in logs:
            log.close()
    return batch.histories()


def _save(state: dict[str, Any], path: Path) -> None:
    part = path.with_suffix(".part")  # a checkpoint is whole or it is the one before
    torch.save(state, part)
    part.replace(path)


def _tell_truth(plan: Plan, histories: dict[int, History], done: Callable[[int], None] | None) -> None:
    reruns = iter(train_many([s for _, one in plan.runs for s in one.reruns.values()], plan.device, done=done))
    for index, (name, one) in enumerate(plan.runs):
        outcome = Outcome(one, histories[index], {change: next(reruns) for change in one.reruns})
        about = note(one.settings, one.scenario.name, plan.style, plan.device, plan.command)
        content = outcome.truth(about | {"log_every": plan.every})
        (plan.folder / name / "truth.json").write_text(json.dumps(content, indent=1) + "\n")
