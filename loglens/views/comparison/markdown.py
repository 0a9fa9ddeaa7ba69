"""Markdown: the comparison as a comment."""

from __future__ import annotations

from loglens.gate.comparison import Comparison
from loglens.views.comparison.words import apart, difference, power, verdict, what
from loglens.views.gate.markdown import escape, number, table


def render(comparison: Comparison) -> str:
    """The verdict, the readings as a table, what so many seeds can see."""
    rows = [
        (
            escape(what(reading)),
            number(reading.a_mean, 6),
            number(reading.b_mean, 6),
            difference(reading),
            number(reading.adjusted_p, 2),
            escape("; ".join(filter(None, (reading.better.replace("-", " "), apart(reading))))),
        )
        for reading in comparison.readings
    ]
    head = ("", f"a: {escape(comparison.a)}", f"b: {escape(comparison.b)}", "b - a", "p (Holm)", "better")
    parts = [f"### {escape(verdict(comparison))}\n", table(head, rows)]
    parts += [escape(power(comparison)) + "\n"] if power(comparison) else []
    parts += [f"> not the same experiment: {escape(line)}\n" for line in comparison.different]
    parts += [f"> {escape(line)}\n" for line in comparison.notes]
    return "\n".join(parts)
