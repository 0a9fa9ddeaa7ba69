"""The cache from the command line: the same result in every format, an interrupted analysis goes on, nothing kept."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loglens.cache import FILE_NAME
from tests.cli.conftest import Call, shell, write_run

RUNS = 40
LONG_AGO = 1.7e9

SLOW = """
import sys, time
import loglens.judge, loglens.pipeline
from pathlib import Path
judge = loglens.judge.judge
def slow(run, plan):
    with Path(sys.argv[1]).open("a") as file:
        file.write(run.name + "\\n")
    time.sleep(float(sys.argv[2]))
    return judge(run, plan)
loglens.judge.judge = slow
loglens.pipeline.CHUNK_RUNS = 4
from loglens.cli.main import run
sys.exit(run(sys.argv[3:]))
"""
"""The command as it is, but slow, in small chunks, and writing down every run that it judges."""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number in range(RUNS):
        write_run(tmp_path / "logs" / f"run{number:02d}", nan_from=20 if number % 7 == 3 else None)
    settle(tmp_path / "logs")
    return tmp_path / "logs"


def settle(folder: Path) -> None:
    for file in folder.rglob("*tfevents*"):
        os.utime(file, (LONG_AGO, LONG_AGO))


def start(tmp_path: Path, judged: str, seconds: float, *arguments: str | Path) -> subprocess.Popen[str]:
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PATH": "/usr/bin:/bin",
        "LOGLENS_CACHE": str(tmp_path / "cache"),
    }
    (tmp_path / judged).touch()
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, str(tmp_path / judged), str(seconds), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True,
    )  # fmt: skip


def lines(file: Path) -> list[str]:
    return file.read_text().split()


def until_kept(tmp_path: Path, runs: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with sqlite3.connect(f"file:{tmp_path / 'cache' / FILE_NAME}?mode=ro", uri=True) as database:
                if database.execute("SELECT count(*) FROM runs").fetchone()[0] >= runs:
                    return
        except sqlite3.Error:
            pass
        time.sleep(0.02)
    raise AssertionError("waited in vain")


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_analysis_goes_on(tmp_path: Path, many: Path, how: signal.Signals, jobs: str) -> None:
    command = ("analyze", many, "--format", "json", "--curves", "--jobs", jobs)
    stopped = start(tmp_path, "first", 0.03, *command)
    until_kept(tmp_path, 8)
    os.killpg(stopped.pid, how)  # the workers too, as Ctrl-C in a terminal and a dead machine do
    out, err = stopped.communicate(timeout=60)
    assert out == ""
    if how == signal.SIGINT:
        assert stopped.returncode == 130
        done = int(err.split(" of ")[0])
        assert [line for line in err.splitlines() if line] == [
            f"{done} of {RUNS} runs judged; run the same command again to go on from there.",
            "Interrupted.",
        ]
        assert 8 <= done < RUNS
    again = start(tmp_path, "second", 0, *command)
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    with sqlite3.connect(tmp_path / "cache" / FILE_NAME) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (RUNS,)
    assert len(lines(tmp_path / "second")) == len(set(lines(tmp_path / "second"))) <= RUNS - 8
    fresh = start(tmp_path, "third", 0, *command, "--no-cache")
    assert fresh.communicate(timeout=60)[0] == out
    assert len(lines(tmp_path / "third")) == RUNS


@pytest.mark.parametrize(
    "command",
    [
        ("analyze", "--format", "text"),
        ("analyze", "--format", "text", "--all", "--verbose"),
        ("analyze", "--format", "json"),
        ("analyze", "--format", "json", "--curves"),
        ("analyze", "--format", "html"),
        ("check", "--format", "text"),
        ("check", "--format", "json"),
        ("check", "--format", "sarif"),
    ],
    ids=" ".join,
)
def test_every_format_is_the_same_from_the_cache(loglens: Call, logs: Path, command: tuple[str, ...]) -> None:
    settle(logs)
    name, *options = command
    fresh = loglens(name, logs, *options, "--no-cache")
    first = loglens(name, logs, *options)
    second = loglens(name, logs, *options)
    assert fresh == first == second
    assert fresh.out


def test_compare_and_baseline_keep_too(loglens: Call, logs: Path, tmp_path: Path) -> None:
    settle(logs)
    for command in (("compare", logs / "net", logs / "broken"), ("baseline", "save", logs, "--dry-run")):
        fresh = loglens(*command, "--no-cache")
        assert not (tmp_path / "cache").exists()
        assert loglens(*command) == loglens(*command) == fresh
        assert json.loads(loglens("cache", "--format", "json").out)["runs"] >= 3
        loglens("cache", "--clear")
        (tmp_path / "cache").rmdir()


def test_the_cache_can_be_looked_at_and_deleted(loglens: Call, logs: Path, tmp_path: Path) -> None:
    settle(logs)
    assert "0 runs kept, 0.0 MB of at most 2,147" in loglens("cache").out
    loglens("analyze", logs)
    told = json.loads(loglens("cache", "--format", "json").out)
    file = tmp_path / "cache" / FILE_NAME
    assert told == {
        "schema": "loglens.cache/1", "path": str(file), "runs": 3, "bytes": file.stat().st_size, "most": 2 << 30,
    }  # fmt: skip
    assert "3 runs deleted" in loglens("cache", "--clear").out
    assert not file.exists()
    assert loglens("cache", "--clear").code == 0


def test_without_a_home_there_is_no_cache_and_no_harm(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(logs)
    monkeypatch.setattr("loglens.cache.Path.home", lambda: Path("/proc/nowhere"))
    result = shell("analyze", logs, LOGLENS_CACHE="/proc/nowhere/at/all")
    assert result.code == 0
    assert "3 runs" in result.out
    assert result.err == ""
