"""What changed between two baselines, one line a sample."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.digits import plural
from loglens.gate.baseline import Change


def render(changes: Sequence[Change]) -> str:
    """`+` what is new, `-` what is gone, `~` what has other numbers."""
    if not changes:
        return "Nothing changes.\n"
    return "".join(f"{_line(change)}\n" for change in changes)


def _line(change: Change) -> str:
    where = "" if change.tag in change.rule else f" {change.tag}"
    name = f"{change.group}: {change.rule}{where}"
    if not change.seeds_before:
        return f"+ {name}{_value(change.after)} ({plural(change.seeds_after, 'seed')})"
    if not change.seeds_after:
        return f"- {name}{_value(change.before)} ({plural(change.seeds_before, 'seed')})"
    seeds = f"{change.seeds_before} -> {change.seeds_after} seeds"
    if change.before is None or change.after is None:
        return f"~ {name} ({seeds})"
    return f"~ {name} = {change.before:.6g} -> {change.after:.6g} ({change.after - change.before:+.3g}; {seeds})"


def _value(value: float | None) -> str:
    """Nothing for a whole curve, and where no seed has a value."""
    return "" if value is None else f" = {value:.6g}"
