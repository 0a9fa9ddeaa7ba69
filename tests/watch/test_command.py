"""`loglens watch` as a process of its own: pipes, terminals, hooks, signals, exit codes, and staying small."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from benchmarks.watch.process import bytes_read, resources
from loglens.detector import discover
from loglens.health import WEIGHT
from loglens.pipeline import analyze
from tests.watch.logs import Training

ROOT = Path(__file__).parents[2]
LIMIT = 60.0
"""Seconds that any wait may take on a loaded machine."""


class Watcher:
    """The command in a process, its lines as they come."""

    def __init__(self, folder: Path, *arguments: str | Path, interval: float = 0.05, **environment: str) -> None:
        home = folder / "cwd"
        home.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "loglens", "watch", "--interval", str(interval), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=home,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", **environment},
        )
        self.lines: list[str] = []
        self.remarks: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.remarks)),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)
        for reader in self._readers:
            reader.join(LIMIT)

    def until(self, text: str, remarks: bool = False) -> str:
        """The first line that holds the text."""
        deadline = time.monotonic() + LIMIT
        while True:
            lines = self.remarks if remarks else self.lines
            found = next((line for line in list(lines) if text in line), None)
            if found is not None:
                return found
            assert time.monotonic() < deadline, (text, self.lines, self.remarks)
            assert self.process.poll() is None or text in "".join(lines), (text, self.lines, self.remarks)
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """The exit code, with every line read."""
        code = self.process.wait(LIMIT)
        for reader in self._readers:
            reader.join(LIMIT)
        return code

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))


def test_a_line_for_each_change_and_a_clean_last_one(tmp_path: Path) -> None:
    training = Training(tmp_path / "logs" / "net" / "seed0").log(20)
    with Watcher(tmp_path, tmp_path / "logs", "--all") as watcher:
        watcher.until("non-finite: pass, ")
        training.log(3, broken=True)
        line = watcher.until("non-finite: pass -> ")
        assert watcher.stop() == 130
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  net/seed0  non-finite: pass -> fail, .* sure\. train/loss", line)
    assert re.fullmatch(r"Interrupted after \d+ s\. 1 run: 1 fail\.", watcher.lines[-1])
    assert watcher.remarks == []


def test_the_end_by_sigterm(tmp_path: Path) -> None:
    Training(tmp_path / "logs").log(20)
    with Watcher(tmp_path, tmp_path / "logs", "--format", "json", "--all") as watcher:
        watcher.until("stopping")
        assert watcher.stop(signal.SIGTERM) == 143
    end = watcher.events[-1]
    assert (end["event"], end["reason"], end["run"]) == ("end", "terminated", None)
    assert end["fail"] + end["warn"] + end["not_judged"] + end["healthy"] == 1


def test_a_real_trainer_is_followed_to_its_end(tmp_path: Path) -> None:
    """What was told of each detector, put together, is what `analyze` says of the finished logs."""
    trainer = [sys.executable, "-m", "loglens", "train", "overfitting", "healthy", "--no-truth", "--output", "logs"]
    with Watcher(tmp_path, tmp_path / "cwd" / "logs", "--format", "json", "--all", "--idle", "15") as watcher:
        done = subprocess.run(
            trainer,
            cwd=tmp_path / "cwd",
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert watcher.ended() == 0
    assert watcher.remarks[0].startswith("Waiting.")
    events = watcher.events
    stands: dict[str, dict[str, str]] = {}
    for event in events:
        if event["event"] == "verdict":
            stands.setdefault(event["run"], {})[event["detector"]] = event["status"]
    expected: dict[str, dict[str, str]] = {}
    for run in analyze(str(tmp_path / "cwd" / "logs")).runs:
        worst = expected.setdefault(run.name, {})
        for verdict in run.verdicts:
            known = worst.get(verdict.detector)
            if known is None or WEIGHT[verdict.status] > WEIGHT[known]:  # type: ignore[index]
                worst[verdict.detector] = verdict.status
    assert stands == expected
    assert stands["overfitting/seed0"]["overfitting"] == "fail"
    assert events[-1]["reason"] == "idle"
    assert events[-1]["judged"] > len(expected)


def test_fail_on_ends_with_1_and_names_the_finding(tmp_path: Path) -> None:
    Training(tmp_path / "logs" / "old").log(20).log(3, broken=True)
    training = Training(tmp_path / "logs" / "young").log(20)
    with Watcher(tmp_path, tmp_path / "logs", "--fail-on", "fail", "--on", "non-finite") as watcher:
        watcher.until("old  non-finite")  # an old run's finding is told, but ends nothing
        training.log(3, broken=True)
        assert watcher.ended() == 1
    assert "Stopped by --fail-on: young non-finite fail" in watcher.lines[-1]


def test_on_leaves_other_detectors_alone(tmp_path: Path) -> None:
    training = Training(tmp_path / "logs").log(20)
    with Watcher(
        tmp_path, tmp_path / "logs", "--fail-on", "warn", "--on", "overfitting", "--idle", "2", "--all"
    ) as watcher:
        watcher.until("non-finite: pass, ")
        training.log(3, broken=True)
        watcher.until("non-finite: pass -> ")
        assert watcher.ended() == 0


HOOK = """
import json, os, sys
line = json.load(sys.stdin)
told = {name: os.environ["LOGLENS_" + name] for name in ("RUN", "DETECTOR", "STATUS", "TAG")}
open(sys.argv[1], "a").write(json.dumps([told, line, sys.argv[2:]]) + "\\n")
print("the hook speaks")
sys.exit(3)
"""


def test_a_hook_is_told_by_environment_and_stdin_once_and_without_a_shell(tmp_path: Path) -> None:
    training = Training(tmp_path / "logs" / "a; touch x").log(20)
    (tmp_path / "hook.py").write_text(HOOK)
    command = f"{sys.executable} {tmp_path / 'hook.py'} {tmp_path / 'told'} '$HOME; *' two"
    arguments = (tmp_path / "logs", "--exec", command, "--on", "non-finite", "--format", "json", "--all")
    with Watcher(tmp_path, *arguments) as watcher:
        watcher.until("non-finite")
        training.log(3, broken=True)
        watcher.until("exit code 3", remarks=True)
        for _ in range(5):
            training.log(broken=True)
            time.sleep(0.1)
        assert watcher.stop() == 130
    (line,) = (tmp_path / "told").read_text().splitlines()
    environment, told, words = json.loads(line)
    assert environment == {"RUN": "a; touch x", "DETECTOR": "non-finite", "STATUS": "fail", "TAG": "train/loss"}
    assert told in watcher.events
    assert words == ["$HOME; *", "two"]
    assert "the hook speaks" in watcher.remarks  # never between the lines of the result


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exec", "no-such-program-here x"], "there is no program 'no-such-program-here'"),
        (["--exec", "sh -c 'open"], "cannot be split"),
        (["--exec", " "], "it is empty"),
        (["--on", "overfiting", "--fail-on", "warn"], "did you mean 'overfitting'"),
        (["--on", "overfitting"], "give one of them"),
        (["--interval", "0"], "--interval"),
        (["--format", "jsn"], "did you mean 'json'"),
    ],
)
def test_mistakes_are_told_before_anything_is_watched(tmp_path: Path, arguments: list[str], message: str) -> None:
    with Watcher(tmp_path, tmp_path, *arguments) as watcher:
        assert watcher.ended() == 2
    assert message in " ".join(watcher.remarks)
    assert "Traceback" not in " ".join(watcher.remarks)


def test_two_folders_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    with Watcher(tmp_path, tmp_path / "a" / "logs", tmp_path / "b" / "logs") as watcher:
        assert watcher.ended() == 2
    assert "give each its own name" in watcher.remarks[0]


def test_a_folder_that_comes_later(tmp_path: Path) -> None:
    with Watcher(tmp_path, tmp_path / "logs") as watcher:
        watcher.until("There is no", remarks=True)
        Training(tmp_path / "logs" / "a").log(20)
        watcher.until("a  new run")
        assert watcher.stop() == 130
    assert sum("There is no" in remark for remark in watcher.remarks) == 1


def test_a_reader_that_goes_away_ends_it_although_nothing_is_told(tmp_path: Path) -> None:
    Training(tmp_path / "logs").log(20)
    home = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "loglens", "watch", str(tmp_path / "logs"), "--interval", "0.1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=home, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(LIMIT) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


def test_names_that_the_encoding_does_not_know_are_spelled_out(tmp_path: Path) -> None:
    Training(tmp_path / "logs" / "größe\u202e").log(20).log(3, broken=True)
    with Watcher(tmp_path, tmp_path / "logs", PYTHONUTF8="0", PYTHONIOENCODING="ascii") as watcher:
        assert "gr\\xf6\\xdfe\\u202e" in watcher.until("non-finite")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A pseudo-terminal of 50 columns and 12 lines: its two ends."""
    del tmp_path
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 50, 0, 0))
    yield master, slave
    os.close(master)


@pytest.mark.parametrize("colour", [True, False])
def test_a_table_stays_on_a_terminal(tmp_path: Path, terminal: tuple[int, int], colour: bool) -> None:
    master, slave = terminal
    for number in range(30):
        Training(tmp_path / "logs" / f"run{number:02}").log(20).log(3, broken=number == 17)
    training = Training(tmp_path / "logs" / "young").log(20)
    environment = {"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "loglens", "watch", str(tmp_path / "logs"), "--interval", "0.2"]
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment | ({} if colour else {"NO_COLOR": "1"}),
        cwd=tmp_path,
    )
    os.close(slave)
    shown = _read_until(master, "Ctrl-C ends")
    training.log(3, broken=True)
    shown += _read_until(master, "pass -> ")
    process.send_signal(signal.SIGINT)
    shown += _read_until(master, "Interrupted")
    assert process.wait(LIMIT) == 130
    assert ("\x1b[1;31m" in shown) == colour
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")
    first = plain[: plain.index("every 0.2 s")].splitlines()  # then the cursor goes up again
    assert len(first) < 12
    assert first[0].startswith("31 runs:")
    assert first[1].split()[:2] == ["✗", "run17"]  # the worst first
    assert "more runs" in plain
    assert max(map(len, first)) <= 50
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is given back


def _read_until(master: int, text: str) -> str:
    shown = ""
    deadline = time.monotonic() + LIMIT
    while text not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown):
        assert time.monotonic() < deadline, shown
        if select.select([master], [], [], 0.1)[0]:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
            shown += piece.decode(errors="replace")
    return shown


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="memory and open files are read from Linux' /proc")
def at_rest(process: int) -> tuple[int, int]:
    """Resident bytes and open files between two looks: in the middle of one a log is open besides."""
    looks = []
    for _ in range(50):
        looks.append(resources(process))
        time.sleep(0.002)
    return min(size for size, _ in looks), min(files for _, files in looks)


def test_memory_and_open_files_do_not_grow(tmp_path: Path) -> None:
    """1,600 updates, each looked at, of a run beside one that is deleted and begun anew again and again.

    One detector: what the others keep about lengths of curves is bounded, but fills up over thousands of updates
    (benchmarks/watch measures 10,000 with all of them).
    """
    others = [kind.name for kind in discover() if kind.name != "non-finite"]
    config = tmp_path / "loglens.toml"
    config.write_text("".join(f"[detectors.{name}]\nenabled = false\n" for name in others))
    training = Training(tmp_path / "logs" / "run").log(10)
    seen: list[tuple[int, int]] = []
    arguments = (tmp_path / "logs", "--format", "json", "--all", "--config", config)
    with Watcher(tmp_path, *arguments, interval=0.01) as watcher:
        watcher.until("non-finite")
        for number in range(1600):
            taken_in = bytes_read(watcher.process.pid)
            before = training.writer.path.stat().st_size
            training.log()
            deadline = time.monotonic() + LIMIT
            while bytes_read(watcher.process.pid) < taken_in + training.writer.path.stat().st_size - before:
                assert time.monotonic() < deadline
                time.sleep(0.002)
            if number % 50 == 0:
                for file in (tmp_path / "logs" / "fleeting").glob("*"):
                    file.unlink()
                Training(tmp_path / "logs" / "fleeting").log(12)
            if number % 400 == 399:
                seen.append(at_rest(watcher.process.pid))
        assert watcher.stop() == 130
    assert watcher.events[-1]["judged"] >= 1400  # two updates may fall into one look
    assert seen[3][0] - seen[1][0] < 5 << 19, seen  # 2.5 MiB in 800 updates: the report kept at each would be 4
    assert seen[3][1] <= seen[1][1], seen
