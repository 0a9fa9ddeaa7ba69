"""A corpus: thousands of runs with their truth, for tuning or for reporting, never both on the same seeds."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglens.trainer.device import runs_at_once
from loglens.trainer.experiments import Experiment, Outcome, conduct, experiment, verified
from loglens.trainer.logs import note, write_columns
from loglens.trainer.scenario import Scenario
from loglens.trainer.scenarios import SCENARIOS
from loglens.trainer.styles import STYLES, columns

FIRST_SEED = {"tuning": 0, "reporting": 1_000_000}  # the splits share no seed, hence no task, weights or order
WAVE_SEEDS = 128  # seeds of a scenario that train together, at least: full batches also where the sweep divides them
LOG_EVERY = (1, 5, 10, 50)  # steps between step-level values, in turn


@dataclass(frozen=True, slots=True)
class Made:
    """What a corpus cost: trainings with their reruns, run-epochs, and seconds spent training and writing."""

    runs: int
    trainings: int
    epochs: int
    seconds: float
    writing_seconds: float


def make_corpus(
    folder: Path,
    split: str,
    seeds: int,
    *,
    device: str,
    command: str,
    scenarios: Sequence[Scenario] = SCENARIOS,
    done: Callable[[int], None] | None = None,
) -> Made:
    """`seeds` runs of every scenario below `folder`/`split`, each with truth.json, and index.jsonl over all.

    Runs whose truth is already there are left alone, so that an interrupted corpus goes on. The logs are written
    by LogLens' own writer, in a thread beside the training.
    """
    root = folder / split
    root.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    spent: list[float] = []
    made = trainings = epochs = 0
    with ThreadPoolExecutor(1) as writer:
        pending: list[Future[float]] = []
        for wave in waves(root, split, seeds, scenarios, max(WAVE_SEEDS, runs_at_once(device))):
            outcomes = conduct(wave, device, done)
            made += len(wave)
            trainings += sum(1 + len(e.reruns) for e in wave)
            epochs += sum(e.epochs for e in wave)
            spent.extend(one.result() for one in pending)
            pending = [writer.submit(_write_wave, root, outcomes, device, command)]
        spent.extend(one.result() for one in pending)
    _write_index(root)
    (root / "summary.md").write_text(summary(root))
    return Made(made, trainings, epochs, time.perf_counter() - began, sum(spent))


def waves(
    root: Path, split: str, seeds: int, scenarios: Sequence[Scenario], at_once: int = WAVE_SEEDS
) -> Iterator[list[Experiment]]:
    """The experiments still to be done, some seeds of a scenario at a time."""
    for one in scenarios:
        for begin in range(0, seeds, at_once):
            numbers = [FIRST_SEED[split] + seed for seed in range(begin, min(begin + at_once, seeds))]
            missing = [seed for seed in numbers if not (_place(root, one.name, seed) / "truth.json").exists()]
            if missing:
                yield [experiment(one, seed) for seed in missing]


def total_epochs(folder: Path, split: str, seeds: int, scenarios: Sequence[Scenario] = SCENARIOS) -> int:
    """Run-epochs that `make_corpus` will train."""
    return sum(e.epochs for wave in waves(folder / split, split, seeds, scenarios) for e in wave)


def _write_wave(root: Path, outcomes: Sequence[Outcome], device: str, command: str) -> float:
    began = time.thread_time()
    for outcome in outcomes:
        settings = outcome.history.settings
        place = _place(root, outcome.experiment.scenario.name, settings.seed)
        style = STYLES[settings.seed % len(STYLES)]
        every = min(LOG_EVERY[settings.seed // len(STYLES) % len(LOG_EVERY)], settings.steps_per_epoch)
        about = note(settings, outcome.experiment.scenario.name, style, device, command)
        write_columns(place, columns(outcome.history, style, 0, settings.epochs, every), outcome.history, about)
        # the truth comes last: where it stands, the run is whole
        (place / "truth.json").write_text(json.dumps(outcome.truth(about | {"log_every": every})))
    return time.thread_time() - began


def _place(root: Path, scenario: str, seed: int) -> Path:
    return root / scenario / f"seed{seed}"


def _write_index(root: Path) -> None:
    """index.jsonl: a line a run with its folder, scenario, style and the states that are there."""
    with (root / "index.jsonl").open("w") as index:
        for path in sorted(root.glob("*/*/truth.json")):
            known = json.loads(path.read_text())
            line = {
                "run": path.parent.relative_to(root).as_posix(),
                "scenario": known["scenario"],
                "seed": known["seed"],
                "style": known["style"],
                "verified": verified(known),
                "present": [name for name, value in known["states"].items() if value["present"]],
                "absent": [name for name, value in known["states"].items() if value["present"] is False],
                "sizes": {name: value["size"] for name, value in known["states"].items()},
                "cause": known["states"]["oscillation"].get("cause"),
                "outcomes": {name: _gain(one) for name, one in known["interventions"].items()},
            }
            index.write(json.dumps(line) + "\n")


def summary(root: Path) -> str:
    """A table of the corpus: by scenario, how many runs are what was promised, and what else was verified."""
    runs = [json.loads(line) for line in (root / "index.jsonl").read_text().splitlines()]
    lines = ["| scenario | promised | verified | all states present |", "|---|---|---:|---|"]
    for one in SCENARIOS:
        here = [run for run in runs if run["scenario"] == one.name]
        if not here:
            continue
        counts = Counter(name for run in here for name in run["present"])
        present = ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "none"
        promised = ", ".join(one.shows) or "no fault"
        right = sum(run["verified"] for run in here)
        lines.append(f"| {one.name} | {promised} | {right} of {len(here)} | {present} |")
    return "\n".join([*lines, ""])


def _gain(intervention: dict[str, Any]) -> dict[str, Any]:
    """What an intervention did to the numbers that remedies are judged by: before and after."""
    before, after = intervention["before"], intervention["after"]
    return {name: [before[name], after[name]] for name in before}
