"""Logs to judge, and a way to call the command line as a shell would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from loglens.cli.main import run
from loglens.events.writer import EventFileWriter

POINTS = 40


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Call = Callable[..., Result]


@pytest.fixture
def loglens(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """`loglens("analyze", ...)` in this process, in a folder without a config, 80 columns wide."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LOGLENS_CACHE", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> Result:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


def shell(*arguments: str | Path, stdin: str = "", **environment: str) -> Result:
    """The same in a process of its own, both streams in pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "loglens", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env={
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PATH": "/usr/bin:/bin",
            "PYTHONUTF8": "1",
            "LOGLENS_CACHE": os.environ["LOGLENS_CACHE"],
            **environment,
        },
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def write_run(folder: Path, *, nan_from: int | None = None, points: int = POINTS, tag: str = "loss") -> Path:
    """A falling train and validation loss; NaN from some step on, if asked."""
    steps = np.arange(points)
    noise = np.random.default_rng(len(str(folder))).normal(0, 0.01, (2, points))
    train = np.exp(-steps / 8) + noise[0]
    if nan_from is not None:
        train[nan_from:] = np.nan
    folder.mkdir(parents=True, exist_ok=True)
    with EventFileWriter(folder, wall_time=1.7e9) as writer:
        writer.add_series(f"train/{tag}", steps, train, 1.7e9 + steps)
        writer.add_series(f"val/{tag}", steps, np.exp(-steps / 8) + 0.1 + noise[1], 1.7e9 + steps)
    return folder


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Two sane runs and one that ends in NaN."""
    write_run(tmp_path / "logs" / "net" / "seed0")
    write_run(tmp_path / "logs" / "net" / "seed1")
    write_run(tmp_path / "logs" / "broken", nan_from=25)
    return tmp_path / "logs"
