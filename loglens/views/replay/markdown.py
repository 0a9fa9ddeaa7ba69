"""Markdown: the stopping rules as a table for a page or a comment."""

from __future__ import annotations

from loglens.gate.replay import Replay
from loglens.views.gate.markdown import escape, table
from loglens.views.replay.words import HEAD, NOTE, headline, rows


def render(replay: Replay) -> str:
    """The recommendation, how sure it is, the rules as a table."""
    cells = [tuple(escape(cell) for cell in row) for row in rows(replay)]
    parts = [f"### {escape(headline(replay))}\n", escape(replay.reason) + "\n"]
    parts += [table(HEAD, cells), f"{escape(NOTE)} {100 * replay.worth:g} %.\n"] if cells else []
    return "\n".join(parts)
