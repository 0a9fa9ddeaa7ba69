"""Markdown tables of estimates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Numbers = Mapping[str, Any]


def percent(estimate: Numbers | None) -> str:
    """A share in percent with its interval; empty where there is none."""
    if estimate is None:
        return ""
    return f"{100 * estimate['value']:.1f} ({100 * estimate['low']:.1f}-{100 * estimate['high']:.1f})"


def short(estimate: Numbers | None) -> str:
    """A share in percent."""
    return "" if estimate is None else f"{100 * estimate['value']:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown, with a newline at its end."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
