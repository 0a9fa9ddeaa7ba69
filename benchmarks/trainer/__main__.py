"""`python -m benchmarks.trainer`: batched trainings against a plain loop; results.json and docs/speed-trainer.md."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from benchmarks.machine import describe_machine
from loglens.trainer.batch import Batch
from loglens.trainer.corpus import make_corpus
from loglens.trainer.data import make_task
from loglens.trainer.models import initial_weights
from loglens.trainer.scenario import Scenario
from loglens.trainer.scenarios import SCENARIOS, scenario
from loglens.trainer.settings import Settings

ROOT = Path(__file__).parent.parent.parent
RESULTS = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "speed-trainer.md"
SETTINGS = Settings(train_size=1024, population_size=1000, momentum=0.9)
BATCHES = (1, 16, 64, 256)


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over the rounds: samples trained a second of the clock, and a second of one processor."""

    name: str
    samples_per_second: float
    samples_per_cpu_second: float
    ratio: float  # samples a CPU second against the plain loop


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the corpus command cost for a scenario, logs and truth written, reruns counted as trainings."""

    scenario: str
    runs: int
    trainings: int
    trainings_of_40_epochs: float
    wall_seconds: float
    cpu_seconds: float
    writing_cpu_seconds: float

    @property
    def per_minute(self) -> float:
        """Trainings of 40 epochs a minute of two processors, by their time."""
        return self.trainings_of_40_epochs / self.cpu_seconds * 120


def main() -> None:
    """Measure and write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=32, help="seeds of every scenario for the corpus")
    parser.add_argument("--only", nargs="*", default=[], metavar="SCENARIO", help="a corpus of these alone")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    speeds = measure(options.rounds, options.device)
    names = options.only or [one.name for one in SCENARIOS]
    corpus = [measure_corpus(scenario(name), options.seeds, options.device) for name in names]
    machine = describe_machine(("torch", "numpy"))
    content = {
        "machine": machine,
        "device": options.device,
        "rounds": options.rounds,
        "settings": SETTINGS.as_dict(),
        "speeds": [asdict(one) for one in speeds],
        "seeds": options.seeds,
        "corpus": [asdict(one) for one in corpus],
    }
    RESULTS.write_text(json.dumps(content, indent=1) + "\n")
    PAGE.write_text(page(speeds, corpus, content))


def measure(rounds: int, device: str) -> list[Speed]:
    """An epoch of each candidate in turn, round after round, so that a busy moment strikes all alike."""
    torch.set_num_threads(1)  # as the trainer does: a batch a core
    candidates: dict[str, tuple[int, Callable[[], None]]] = {"plain loop, one run": (1, plain_loop(device))}
    for runs in BATCHES:
        batch = Batch([SETTINGS.replace(seed=i, task=i) for i in range(runs)], device)
        candidates[f"{runs} at once"] = (runs, _epoch_of(batch, device))
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in candidates}
    for round_ in range(rounds + 1):  # the first only warms up
        for name, (_, epoch) in candidates.items():
            wall, cpu = time.perf_counter(), time.process_time()
            epoch()
            if round_:
                taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    found: list[Speed] = []
    for name, times in taken.items():
        samples = candidates[name][0] * SETTINGS.train_size
        wall = samples / statistics.median(t[0] for t in times)
        cpu = samples / statistics.median(t[1] for t in times)
        found.append(Speed(name, wall, cpu, cpu / found[0].samples_per_cpu_second if found else 1.0))
    return found


def _epoch_of(batch: Batch, device: str) -> Callable[[], None]:
    def epoch() -> None:
        batch.epoch = 0
        batch.train_epoch()
        if device.startswith("cuda"):
            torch.cuda.synchronize()

    return epoch


def plain_loop(device: str) -> Callable[[], None]:
    """What a tutorial writes: a Sequential, torch.optim, one batch after the other; the same network and data."""
    task = make_task(SETTINGS)
    x, y = task.train.x.to(device), task.train.y.to(device)
    hidden, last = torch.nn.Linear(x.shape[1], SETTINGS.width), torch.nn.Linear(SETTINGS.width, task.classes)
    weights = initial_weights(SETTINGS, x.shape[1], task.classes, None)
    with torch.no_grad():
        hidden.weight.copy_(weights[0].T)
        hidden.bias.copy_(weights[1][0])
        last.weight.copy_(weights[2].T)
        last.bias.copy_(weights[3][0])
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), last).to(device)
    optimizer = torch.optim.SGD(network.parameters(), lr=SETTINGS.lr, momentum=SETTINGS.momentum)

    def epoch() -> None:
        losses = []
        order = torch.randperm(len(x), device=device)
        for begin in range(0, len(x), SETTINGS.batch_size):
            chosen = order[begin : begin + SETTINGS.batch_size]
            loss = torch.nn.functional.cross_entropy(network(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.item())

    return epoch


def measure_corpus(one: Scenario, seeds: int, device: str) -> Corpus:
    """A scenario with its reruns, written by LogLens' own writer into a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        cpu = time.process_time()
        made = make_corpus(Path(folder), "tuning", seeds, device=device, command="benchmark", scenarios=[one])
        cpu = time.process_time() - cpu
    whole = made.epochs / 40
    return Corpus(one.name, made.runs, made.trainings, whole, made.seconds, cpu, made.writing_seconds)


def page(speeds: list[Speed], corpus: list[Corpus], content: dict[str, object]) -> str:
    """The figures as a page."""
    machine = content["machine"]
    assert isinstance(machine, dict)
    lines = [
        "# Speed of the reference trainer",
        "",
        "Written by `python -m benchmarks.trainer`; the raw figures are in `benchmarks/trainer/results.json`.",
        f"Measured on {machine['cores']} cores ({machine['processor']}, torch {machine['torch']}), shared:",
        "seconds of processor time and ratios hold, seconds of the clock only bound what an idle machine does.",
        "",
        "## Training alone",
        "",
        f"An MLP of {SETTINGS.width} hidden units, batches of {SETTINGS.batch_size}, SGD with momentum, one thread;",
        f"medians of {content['rounds']} interleaved rounds of one epoch. The plain loop is torch.nn and torch.optim,",
        "one run at a time.",
        "",
        "| | samples a second | samples a second of one processor | against the plain loop |",
        "|---|---:|---:|---:|",
    ]
    for one in speeds:
        wall, cpu = f"{one.samples_per_second:,.0f}", f"{one.samples_per_cpu_second:,.0f}"
        lines.append(f"| {one.name} | {wall} | {cpu} | {one.ratio:.1f} |")
    lines += [
        "",
        "## A corpus, with interventions, truth and logs",
        "",
        f"`loglens train --corpus` with {content['seeds']} seeds of each scenario, reruns counted as trainings.",
        "Epochs are of 160 to 8,000 samples, and up to 4,096 fresh samples are evaluated after each. *A minute*:",
        "trainings of 40 epochs in 120 seconds of processor time, which is a minute of two processors. On the clock of",
        "the machine above, with whatever else ran there, the whole took"
        f" {sum(one.wall_seconds for one in corpus) / 60:.1f} minutes.",
        "",
        "| scenario | logged runs | trainings | of 40 epochs | processor s | logs and truth s | a minute |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    rows = [*corpus, *([whole(corpus)] if len(corpus) > 1 else [])]
    for each in rows:
        lines.append(
            f"| {each.scenario} | {each.runs} | {each.trainings} | {each.trainings_of_40_epochs:,.0f} |"
            f" {each.cpu_seconds:,.1f} | {each.writing_cpu_seconds:,.1f} | {each.per_minute:,.0f} |"
        )
    lines.append("")
    return "\n".join(lines)


def whole(corpus: Sequence[Corpus]) -> Corpus:
    """All of them together."""
    return Corpus(
        "**all**",
        sum(one.runs for one in corpus),
        sum(one.trainings for one in corpus),
        sum(one.trainings_of_40_epochs for one in corpus),
        sum(one.wall_seconds for one in corpus),
        sum(one.cpu_seconds for one in corpus),
        sum(one.writing_cpu_seconds for one in corpus),
    )


if __name__ == "__main__":
    main()
