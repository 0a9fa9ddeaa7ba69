"""The same report in a pipe and on a terminal: width and colour come from where the text goes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.cells import cell_len

from loglens.pipeline import analyze
from loglens.views import text
from tests.cli.conftest import shell

ROOT = Path(__file__).parents[2]


def on_a_terminal(columns: int, *arguments: str | Path) -> str:
    """What a terminal of that width shows for `loglens ARGUMENTS`."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "loglens", *map(str, arguments)]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait() == 0
    return shown.decode().replace("\r\n", "\n")


def test_a_pipe_gets_plain_text_of_80_columns(logs: Path) -> None:
    look = text.Look(width=80, where=str(logs))
    assert shell("analyze", logs).out == text.render(analyze(str(logs)), look)


@pytest.mark.parametrize("columns", [50, 120])
def test_a_terminal_gets_its_width_and_colour(logs: Path, columns: int) -> None:
    shown = on_a_terminal(columns, "analyze", logs)
    look = text.Look(width=columns, colour=True, where=str(logs))
    assert shown == text.render(analyze(str(logs)), look)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(cell_len(line) for line in plain.splitlines() if not line.startswith("  loglens")) <= columns
