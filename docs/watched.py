"""What `loglens watch` shows of sample logs that grow, for docs/watch.md: the same on every day and every machine."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from loglens.views.text.layout import printed
from loglens.views.text.look import Look
from loglens.views.watch.lines import change_line
from loglens.views.watch.table import table
from loglens.watching import Watch

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("healthy-digits", "loss-spike", "memorisation")
BEGIN = 1_767_261_600  # 2026-01-01 10:00 UTC
PIECES = range(12, 41)
"""Fortieths of each log that are there at one look after the other."""


def watch_page() -> str:
    """docs/watch.md with the table at the end, and the lines told until then."""
    os.environ["TZ"] = "UTC"  # the times of a watch are those where its reader is
    time.tzset()
    lines, last = _watched()
    page = (ROOT / "docs/watch.md").read_text(encoding="utf-8")
    page = _with_block(page, "table", ["$ loglens watch runs", *last])
    return _with_block(page, "lines", ["$ loglens watch runs | cat", *lines])


def _watched() -> tuple[list[str], list[str]]:
    times = itertools.count(BEGIN, 20)
    now = next(times)
    look = Look(width=96, where="runs")
    told: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch([folder], clock=lambda: now)
        for piece in PIECES:
            for file in (file for name in NAMES for file in sorted((ROOT / "sample_logs" / name).rglob("*tfevents*"))):
                content = file.read_bytes()
                copy = Path(folder) / file.relative_to(ROOT / "sample_logs")
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content[: len(content) * piece // PIECES[-1]])
            now = next(times)
            told += [change_line(change, look).plain for change in watch.look() if change.is_news]
        last = printed([table(watch.live, 24, "every 2 s; Ctrl-C ends", look)], look).splitlines()
    return told, last


def _with_block(page: str, name: str, lines: Sequence[str]) -> str:
    begin, end = f"<!-- shown: {name} -->\n", "<!-- end of what is shown -->"
    before, rest = page.split(begin)
    return "\n".join((f"{before}{begin}```", *lines, "```", end)) + rest.split(end, 1)[1]
