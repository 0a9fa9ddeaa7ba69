"""Logs of seeds with known differences, and a way to call the command line as a shell would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.cli.main import run
from loglens.events.writer import EventFileWriter

POINTS = 30


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def findings(self) -> list[tuple[str, str, str]]:
        """(result, kind, rule) of the findings of a JSON result."""
        found = [o for o in self.json["outcomes"] if o["result"] in ("warn", "fail")]
        return [(o["result"], o["kind"], o["rule"]) for o in found]


Call = Callable[..., Result]


@pytest.fixture
def loglens(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """`loglens("check", ...)` in this process, with `tmp_path` as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_STEP_SUMMARY", "LOGLENS_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> Result:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


def write_seed(
    folder: Path, seed: int, *, worse: float = 0.0, spread: float = 0.01, points: int = POINTS, nan_from: int = -1
) -> Path:
    """One training: train/loss, val/loss and val/accuracy; `worse` lifts the validation loss in the second half.

    The level differs between seeds by `spread`, 10 times the noise within a run, as real trainings do.
    """
    random = np.random.default_rng(seed)
    steps = np.arange(points) * 100
    level = np.exp(-np.arange(points) / 6) + 0.3 + random.normal(0, spread)
    harm = worse * (np.arange(points) >= points // 2)
    noise = random.normal(0, 0.001, (3, points))
    loss = level + harm + noise[0]
    if nan_from >= 0:
        loss[nan_from:] = np.nan
    folder.mkdir(parents=True, exist_ok=True)
    with EventFileWriter(folder, wall_time=1.7e9) as writer:
        writer.add_series("train/loss", steps, level - 0.05 + noise[1], 1.7e9 + steps * 0.1)
        writer.add_series("val/loss", steps, loss, 1.7e9 + steps * 0.1)
        writer.add_series("val/accuracy", steps, 1 - level / 2 - harm + noise[2], 1.7e9 + steps * 0.1)
    return folder


def write_group(folder: Path, seeds: int, first: int = 0, **how: Any) -> Path:
    """`folder`/net/seed0, seed1, ...: the seeds of one experiment; `first` makes other seeds of the same training."""
    for seed in range(seeds):
        write_seed(folder / "net" / f"seed{seed}", first + seed, **how)
    return folder


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """old, same (other seeds, unchanged), worse (+.05 = 5 sd) and better logs of 4 seeds each."""
    write_group(tmp_path / "old", 4)
    write_group(tmp_path / "same", 4, 100)
    write_group(tmp_path / "worse", 4, 200, worse=0.05)
    write_group(tmp_path / "better", 4, 300, worse=-0.05)
    return tmp_path


def config(folder: Path, text: str) -> Path:
    """A loglens.toml in `folder` that counts no detector unless the text says so."""
    health = "" if "[[health]]" in text else '[[health]]\ndetectors = []\nlevel = "off"\n'
    path = folder / "loglens.toml"
    path.write_text(text + "\n" + health, encoding="utf-8")
    return path
