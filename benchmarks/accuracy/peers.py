"""The peers themselves, not only their rules: installed from PyPI and run on event files with the same curves.

    python -m venv PEERS
    PEERS/bin/pip install 'trainspotter[tensorboard]==0.2.6' runmedic==0.1.1 trainproof==0.22.0 sk-autod==0.1.1
    python -m benchmarks.accuracy --peers PEERS/bin/python

LogLens reads the same event files. What a peer calls a finding is counted as the fault that its own text names; a
finding that names none of ours counts as an alarm all the same. "Info" is no finding, as it is none of the peers'
own gates.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.rules import beside
from benchmarks.accuracy.truth import Truth
from loglens.events.writer import EventFileWriter
from loglens.pipeline import analyze
from loglens.runs.curve import Run

WORKER = Path(__file__).parent / "peer_worker.py"
NAMES = ("trainspotter", "runmedic", "trainproof", "sk-autod")
QUIET = frozenset({"info", "pass", "not-checked"})
MEANS: dict[str, dict[str, str]] = {
    "trainspotter": {
        "overfitting": "overfitting",
        "spikes": "loss-spike",
        "divergence: Diverged (non-finite values)": "non-finite",
        "divergence": "divergence",
        "plateau": "plateau",
        "eval_noise": "oscillation",
    },
    "runmedic": {
        "overfitting": "overfitting",
        "loss_spikes": "loss-spike",
        "non_finite": "non-finite",
        "divergence": "divergence",
        "no_learning": "underfitting",
        "constant_lr_plateau": "plateau",
    },
    "trainproof": {
        "TP-OVERFIT": "overfitting",
        "TP-NAN": "non-finite",
        "TP-DIVERGE": "divergence",
        "TP-FLAT": "underfitting",
        "TP-DEAD-RUN": "underfitting",
    },
    "sk-autod": {
        "Classic overfitting": "overfitting",
        "Missed early stopping": "overfitting",
        "Noisy training": "oscillation",
        "LR too high": "oscillation",
        "LR too low": "slow-learning",
        "Underfitting": "underfitting",
        "Dying ReLU proxy": "underfitting",
        "Exploding gradient": "divergence",
    },
}
"""A peer's name of a finding, or its part before the colon, as the detector that says the same."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one tool said of one log: `faults` in our words ("other" where we have none); `failed` gave no answer."""

    family: str
    who: str
    faults: frozenset[str]
    truth: frozenset[str]
    unclear: frozenset[str]
    failed: bool = False


def installed(python: str) -> dict[str, str]:
    """The peers that this interpreter has, with their versions; empty where it cannot be started."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "beside.json").write_text("{}")
        try:
            first = _worker(python, Path(folder))[0]
        except (OSError, subprocess.CalledProcessError, IndexError):
            return {}
    versions: dict[str, str] = json.loads(first)["versions"]
    return versions


def said(runs: Sequence[tuple[Run, Truth]], python: str) -> list[Said]:
    """What LogLens and every installed peer say of these runs, each log written once and read by all."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        losses = {}
        for number, (run, _) in enumerate(runs):
            write_log(run, folder / f"run{number:04d}")
            validation, train = beside(run)
            losses[f"run{number:04d}"] = [train.tolist(), validation.tolist()]
        reports = {report.name: report for report in analyze(str(folder)).runs}
        (folder / "beside.json").write_text(json.dumps(losses))
        lines = [json.loads(text) for text in _worker(python, folder)[1:]]
    found = []
    for (_, truth), name, line in zip(runs, losses, lines, strict=True):
        ours = frozenset(v.detector for v in reports[name].verdicts if v.is_finding)
        found.append(Said(truth.family, "LogLens", ours, truth.faults, truth.unclear))
        for peer, told in line["found"].items():
            failed = isinstance(told, str)
            faults = frozenset() if failed else frozenset(_meaning(peer, *one) for one in told) - {""}
            found.append(Said(truth.family, peer, faults, truth.faults, truth.unclear, failed))
    return found


def _meaning(peer: str, name: str, severity: str) -> str:
    if severity in QUIET:
        return ""
    means = MEANS[peer]
    return means.get(name) or means.get(name.split(":", maxsplit=1)[0], "other")


def _worker(python: str, folder: Path) -> list[str]:
    done = subprocess.run([python, str(WORKER), str(folder)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def write_log(run: Run, folder: Path) -> None:
    """The run as one event file, its points in the order of their steps."""
    tags = [curve.key.tag for curve in run.curves]
    which = np.concatenate([np.full(len(c.steps), i) for i, c in enumerate(run.curves)])
    steps = np.concatenate([c.steps for c in run.curves])
    values = np.concatenate([c.values for c in run.curves])
    times = np.concatenate([c.wall_times for c in run.curves]) + 1_700_000_000.0
    order = np.argsort(steps, kind="stable")
    with EventFileWriter(folder) as writer:
        if run.classes:
            writer.add_hparams({"num_classes": float(run.classes)}, wall_time=1_700_000_000.0)
        writer.add_columns(tags, which[order], steps[order], values[order], times[order])
