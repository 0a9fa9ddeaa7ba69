"""`sample_logs/`: a few small runs with their truth, what a reader should say of them, and their pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglens.trainer.core import History
from loglens.trainer.interventions import changed
from loglens.trainer.labels import labels
from loglens.trainer.logs import TorchLog, note
from loglens.trainer.pictures import picture
from loglens.trainer.scenarios import Scenario, scenario
from loglens.trainer.styles import columns
from loglens.trainer.truth import truth

COMMAND = "loglens train --samples sample_logs"
POPULATION = 20_000  # fresh samples; the standard error of a loss is about 0.005


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample run: a scenario and seed, the framework whose way of logging it takes, and how often it logs."""

    name: str
    scenario: str
    style: str
    seed: int = 0
    every: int = 10


SAMPLES = (
    Sample("healthy", "healthy", "torch"),
    Sample("healthy-digits", "healthy-digits", "lightning"),
    Sample("overfitting", "overfitting", "lightning", every=5),
    Sample("memorisation", "memorisation", "keras"),
    Sample("rate-too-high", "rate-too-high", "torch"),
    Sample("dead-units", "dead-units", "huggingface"),
    Sample("rate-drop", "rate-drop", "huggingface"),
    Sample("cyclic", "cyclic", "torch"),
    Sample("not-a-number", "not-a-number", "torch", every=1),
    Sample("loss-spike", "loss-spike", "lightning", every=2),
    Sample("rate-too-low", "rate-too-low", "keras"),
    Sample("flipped-labels", "flipped-labels", "huggingface"),
)


def make_samples(folder: Path, device: str, train: Callable[[list[Any]], list[History]]) -> None:
    """Train, write logs, truth, labels, pictures and the README below `folder`; `train` does the work."""
    chosen = [(sample, scenario(sample.scenario)) for sample in SAMPLES]
    wanted = [[_settings(sample, one), *_reruns(sample, one)] for sample, one in chosen]
    done = iter(train([settings for group in wanted for settings in group]))
    told: dict[str, Any] = {}
    for (sample, one), group in zip(chosen, wanted, strict=True):
        history, *others = [next(done) for _ in group]
        reruns = dict(zip(one.reruns, others, strict=True))
        about = note(history.settings, one.name, sample.style, device, COMMAND)
        known = truth(history, reruns, about | {"fault": one.fault, "log_every": sample.every})
        write_run(folder / sample.name, history, sample.style, sample.every, about)
        (folder / sample.name / "truth.json").write_text(json.dumps(known, indent=1) + "\n")
        (folder / "pictures").mkdir(exist_ok=True)
        (folder / "pictures" / f"{sample.name}.svg").write_text(picture(history, sample.name))
        told[sample.name] = labels(known)
    content = {"schema": "loglens.labels/1", "command": COMMAND, "runs": told}
    (folder / "labels.json").write_text(json.dumps(content, indent=1) + "\n")
    (folder / "README.md").write_text(_readme(chosen, told, note(wanted[0][0], "", "", device, COMMAND)))


def write_run(folder: Path, history: History, style: str, every: int, about: dict[str, Any]) -> None:
    """The log of a finished training, by torch's SummaryWriter, in files whose names tell no host."""
    log = TorchLog(folder)
    log.describe(history.settings, about)
    log.write(columns(history, style, 0, history.settings.epochs, every), history)
    log.close()
    for index, path in enumerate(sorted(folder.rglob("events.out.tfevents.*"))):
        path.rename(path.with_name(f"events.out.tfevents.{int(history.wall_times[0])}.sample.{index}"))


def _settings(sample: Sample, one: Scenario) -> Any:
    settings = one.training(sample.seed)
    return settings if settings.data == "digits" else settings.replace(population_size=POPULATION)


def _reruns(sample: Sample, one: Scenario) -> list[Any]:
    return [changed(_settings(sample, one), name) for name in one.reruns]


def _readme(chosen: list[tuple[Sample, Scenario]], told: dict[str, Any], about: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    lines = [
        "# Sample logs",
        "",
        "Small trainings whose faults were caused and then checked. Each folder holds an event log as a user would",
        "have it and `truth.json`, what is known of the run from fresh samples and reruns (docs/trainer.md describes",
        "it). `labels.json` says what a reader of the logs should find.",
        "",
        f"Made by `{COMMAND}` on {about['device']} with {versions}. The pictures show the loss by epoch: train as",
        "logged, validation as logged, and the population loss on fresh samples, which nobody sees in practice.",
        "",
        "| run | logged as | what was done | verified | |",
        "|---|---|---|---|---|",
    ]
    for sample, one in chosen:
        seen = ", ".join(told[sample.name]["present"]) or "healthy"
        image = f"![{sample.name}](pictures/{sample.name}.svg)"
        lines.append(f"| `{sample.name}` | {sample.style} | {one.fault} | {seen} | {image} |")
    return "\n".join([*lines, ""])
