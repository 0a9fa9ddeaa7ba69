"""What could not be read, in words: lost records of a run, files that gave nothing."""

from __future__ import annotations

from rich.console import RenderableType

from loglens.report import Lost, Report
from loglens.views.text.layout import Words, rows
from loglens.views.text.look import Look, literal
from loglens.views.text.words import plural

LISTED = 5


def lost_words(lost: Lost) -> str:
    """Every count that is not zero; "" when nothing was lost."""
    told = []
    if lost.bad_records:
        told.append(f"{plural(lost.bad_records, 'damaged record')} left out")
    if lost.skipped_bytes:
        told.append(f"{plural(lost.skipped_bytes, 'byte')} between records skipped")
    if lost.truncated_bytes:
        told.append(f"last record cut off ({plural(lost.truncated_bytes, 'byte')}; normal while training runs)")
    if lost.zero_bytes:
        told.append(f"{plural(lost.zero_bytes, 'byte')} of zeros at the end (a crash or a full disk)")
    if lost.undecodable_values:
        told.append(f"{plural(lost.undecodable_values, 'value')} of a type that is no number")
    if lost.repeated_steps:
        told.append(f"{plural(lost.repeated_steps, 'repeated step')} (the last written counts)")
    return "; ".join(told)


def has_damage(lost: Lost) -> bool:
    """Whether points are gone for good (a cut last record and repeated steps are normal)."""
    return bool(lost.bad_records or lost.skipped_bytes or lost.zero_bytes or lost.undecodable_values)


def unreadable(report: Report, look: Look) -> list[RenderableType]:
    """The files that gave nothing, each with its reason."""
    if not report.unreadable:
        return []
    shown = report.unreadable if look.everything else report.unreadable[:LISTED]
    lines: list[tuple[str, Words]] = [
        ("unread" if i == 0 else "", f"{literal(item.path)}: {literal(item.reason)}") for i, item in enumerate(shown)
    ]
    if len(shown) < len(report.unreadable):
        lines.append(("", f"and {len(report.unreadable) - len(shown)} more (--all lists them)"))
    return [rows(lines, look)]
