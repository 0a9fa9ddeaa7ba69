"""Where a finding is shown: a log has no source line, so that the config's line stands for it."""

from __future__ import annotations

from loglens.gate.result import GateResult, Outcome

DEFAULT_PATH = "loglens.toml"
"""Shown where there is no config: where one would be written."""


def path_of(result: GateResult) -> str:
    """The config's path with "/" between its parts, as code hosts write it."""
    return (result.config or DEFAULT_PATH).replace("\\", "/")


def line_of(outcome: Outcome) -> int:
    """The line of the rule in the config, 1 for a default rule."""
    return max(outcome.line, 1)


def subject_of(outcome: Outcome) -> str:
    """Run or group, and the tag where it is not told by the rule."""
    return f"{outcome.subject} {outcome.tag}" if outcome.tag and outcome.tag not in outcome.rule else outcome.subject


def title_of(result: GateResult) -> str:
    """The result in one line, as in "FAIL: 2 fail, 1 warn, 1 waived, 14 pass; 6 runs"."""
    counts = result.counts
    told = [f"{counts[name]} {name}" for name in ("fail", "warn", "waived", "undetermined", "pass") if counts[name]]
    word = "FAIL" if result.exit_code else "PASS"
    runs = f"{result.runs} run{'' if result.runs == 1 else 's'}"
    return f"{word}: {', '.join(told) or 'nothing was looked at'}; {runs}"
