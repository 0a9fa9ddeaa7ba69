"""GitHub: workflow commands that become annotations on the config's lines; the detail goes to the step summary."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.gate.result import GateResult, Outcome
from loglens.views.gate.places import line_of, path_of, subject_of, title_of

MOST = 10
"""Annotations of one level that GitHub shows a step; the rest would be dropped in silence, so the last tells of them
(docs.github.com, "Usage limits" of workflow commands)."""


def render(result: GateResult) -> str:
    """`::error file=,line=,title=::message` a fail, `::warning` a warning, and a plain line with the counts."""
    fails = [found for found in result.findings if found.result == "fail"]
    warns = [found for found in result.findings if found.result == "warn"]
    lines = [*_commands("error", fails, result), *_commands("warning", warns, result), title_of(result)]
    return "\n".join(lines) + "\n"


def _commands(command: str, findings: Sequence[Outcome], result: GateResult) -> list[str]:
    shown = findings if len(findings) <= MOST else findings[: MOST - 1]
    lines = [
        _command(
            command,
            {"file": path_of(result), "line": str(line_of(found)), "title": f"{found.rule}: {subject_of(found)}"},
            " ".join(filter(None, (found.summary, found.advice))),
        )
        for found in shown
    ]
    if len(shown) < len(findings):
        more = f"and {len(findings) - len(shown)} more: see the step summary"
        lines.append(_command(command, {"title": "LogLens"}, more))
    return lines


def _command(command: str, properties: dict[str, str], message: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {told}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as the runner unescapes it (actions/toolkit, command.ts: escapeData)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
