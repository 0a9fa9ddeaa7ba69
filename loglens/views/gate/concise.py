"""Concise: one finding a line, as compilers write them, so that editors can jump to the rule."""

from __future__ import annotations

from loglens.gate.result import GateResult
from loglens.views.gate.places import line_of, path_of, subject_of, title_of


def render(result: GateResult) -> str:
    """`path:line: fail: rule: subject: summary` a finding, and the counts at the end; no path where no config is."""
    lines = [
        f"{f'{path_of(result)}:{line_of(found)}: ' if result.config else ''}"
        f"{found.result}: {found.rule}: {subject_of(found)}: {found.summary}"
        for found in result.findings
    ]
    return "\n".join(" ".join(line.splitlines()) for line in (*lines, title_of(result))) + "\n"
