"""`sample_logs/`: a few small runs with their truth, what a reader should say of them, and their pictures."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglens.trainer.experiments import Experiment, Outcome, conduct, experiment
from loglens.trainer.labels import labels
from loglens.trainer.live import PLAN, Plan, train_live
from loglens.trainer.logs import TorchLog, note, write_columns
from loglens.trainer.pictures import picture
from loglens.trainer.scenarios import scenario
from loglens.trainer.styles import columns

COMMAND = "loglens train --samples sample_logs"
POPULATION = 20_000  # fresh samples; the standard error of a loss is about 0.005


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample run: a scenario and seed, the framework whose way of logging it takes, and how often it logs.

    `interrupted` is the epoch after which the training was stopped, to be resumed from its last checkpoint.
    """

    name: str
    scenario: str
    style: str
    seed: int = 0
    every: int = 10
    interrupted: int | None = None


SAMPLES = (
    Sample("healthy", "healthy", "torch"),
    Sample("healthy-digits", "healthy-digits", "lightning"),
    Sample("overfitting", "overfitting", "lightning", every=5),
    Sample("memorisation", "memorisation", "keras"),
    Sample("rate-too-high", "rate-too-high", "torch", every=1),
    Sample("tiny-validation", "tiny-validation", "lightning", every=5),
    Sample("dead-units", "dead-units", "huggingface"),
    Sample("rate-drop", "rate-drop", "huggingface"),
    Sample("cyclic", "cyclic", "torch"),
    Sample("divergence", "divergence", "lightning", every=1),
    Sample("not-a-number", "not-a-number", "torch", every=1),
    Sample("loss-spike", "loss-spike", "lightning", every=2),
    Sample("rate-too-low", "rate-too-low", "keras"),
    Sample("flipped-labels", "flipped-labels", "huggingface"),
    Sample("resumed", "overfitting-capacity", "torch", interrupted=23),
)


def total_epochs() -> int:
    """Run-epochs that `make_samples` will train."""
    return sum(_experiment(sample).epochs for sample in SAMPLES)


def make_samples(folder: Path, device: str, done: Callable[[int], None] | None = None) -> None:
    """Train, and write logs, truth, labels, pictures and the README below `folder`."""
    outcomes = conduct([_experiment(sample) for sample in SAMPLES], device, done)
    told: dict[str, Any] = {}
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for sample, outcome in zip(SAMPLES, outcomes, strict=True):
        place = folder / sample.name
        about = note(outcome.history.settings, sample.scenario, sample.style, device, COMMAND)
        if sample.interrupted is None:
            _write(place, sample, outcome, about)
        else:
            _interrupt_and_resume(folder, sample, device)
        _rename(place)
        known = outcome.truth(about | {"log_every": sample.every})
        (place / "truth.json").write_text(json.dumps(known, indent=1) + "\n")
        (folder / "pictures" / f"{sample.name}.svg").write_text(picture(outcome.history, sample.name))
        told[sample.name] = labels(known)
    content = {"schema": "loglens.labels/1", "command": COMMAND, "runs": told}
    (folder / "labels.json").write_text(json.dumps(content, indent=1) + "\n")
    (folder / "README.md").write_text(_readme(told, about))


def _experiment(sample: Sample) -> Experiment:
    one = scenario(sample.scenario)
    population = {} if one.settings.data == "digits" else {"population_size": POPULATION}
    return experiment(one, sample.seed, **population)


def _write(place: Path, sample: Sample, outcome: Outcome, about: dict[str, Any]) -> None:
    history = outcome.history
    logged = columns(history, sample.style, 0, history.settings.epochs, sample.every)
    if sample.style == "keras":  # TF2 puts its scalars into tensors: our own writer does it byte for byte
        write_columns(place, logged, history, about)
        return
    log = TorchLog(place)
    log.describe(history.settings, history.classes, about)
    log.write(logged, history)
    log.close()


def _interrupt_and_resume(folder: Path, sample: Sample, device: str) -> None:
    """A real restart: Ctrl-C after some epochs, then `--resume` from the checkpoint before."""
    runs = ((sample.name, _experiment(sample)),)
    plan = Plan(folder, runs, sample.style, device, COMMAND, sample.every, checkpoint_every=10, truth=False)
    plan.save()
    epochs = itertools.count(1)

    def stop(_: int) -> None:
        if next(epochs) == sample.interrupted:
            raise KeyboardInterrupt

    try:
        train_live(plan, done=stop)
    except KeyboardInterrupt:
        train_live(plan, resume=True)
    (folder / PLAN).unlink()


def _rename(place: Path) -> None:
    """File names without the host that made them; the first number still orders them by time."""
    for index, path in enumerate(sorted(place.rglob("events.out.tfevents.*"), key=lambda p: (p.parent, p.name))):
        began = path.name.split(".")[3]
        path.rename(path.with_name(f"events.out.tfevents.{began}.sample.{index}"))


def _readme(told: dict[str, Any], about: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    lines = [
        "# Sample logs",
        "",
        "Small trainings whose faults were caused and then checked. Each folder holds an event log as a user would",
        "have it and `truth.json`, what is known of the run from fresh samples and reruns (described in",
        "[docs/trainer.md](../docs/trainer.md)). `labels.json` says what a reader of the logs should find.",
        "",
        f"Made by `{COMMAND}` on {about['device']} with {versions}.",
        "The pictures show the loss by epoch: train as logged, validation as logged, and the population loss on fresh",
        "samples, which nobody sees in practice.",
        "",
        "| run | logged as | what was done | verified | |",
        "|---|---|---|---|---|",
    ]
    for sample in SAMPLES:
        fault = scenario(sample.scenario).fault
        if sample.interrupted is not None:
            fault += f"; interrupted after epoch {sample.interrupted} and resumed from the checkpoint before"
        image = f"![{sample.name}](pictures/{sample.name}.svg)"
        lines.append(f"| `{sample.name}` | {sample.style} | {fault} | {_verified(told[sample.name])} | {image} |")
    return "\n".join([*lines, ""])


def _verified(label: dict[str, Any]) -> str:
    """The states in words: a plateau that nothing unlocks has converged."""
    present = [name for name in label["present"] if name != "plateau"]
    if "plateau" in label["present"] and "stalled" in label["absent"]:
        present.append("converged")
    return ", ".join(present) or "nothing wrong"
