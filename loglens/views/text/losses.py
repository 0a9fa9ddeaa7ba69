"""What could not be read, in words: lost records of a run, files that gave nothing."""

from __future__ import annotations

from rich.console import RenderableType

from loglens.digits import plural
from loglens.report import Lost, Report
from loglens.views.text.layout import LABEL_WIDTH, Words, rows
from loglens.views.text.look import Look, literal, shorten

LISTED = 3
"""Paths shown for one reason unless --all."""


REASONS = 4
"""Reasons shown unless --all."""


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


def unreadable(report: Report, look: Look) -> list[RenderableType]:
    """The files that gave nothing, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for item in report.unreadable:
        reason = item.reason.replace(item.path, "").strip().rstrip(".")  # some reasons begin with the path
        by_reason.setdefault(reason, []).append(literal(item.path.removeprefix(look.where + "/")))
    if not by_reason:
        return []
    cells = max(look.width - LABEL_WIDTH - 6, 20)
    labelled: list[tuple[str, Words]] = []
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    for reason, paths in ordered if look.everything else ordered[:REASONS]:
        shown = paths if look.everything else paths[:LISTED]
        label = "" if labelled else "unread"
        labelled.append(
            (label, f"{plural(len(paths), 'file')}: {literal(reason)}" if len(paths) > 1 else literal(reason))
        )
        labelled += [("", path if look.everything else shorten(path, cells, look)) for path in shown]
        if len(shown) < len(paths):
            labelled.append(("", f"and {len(paths) - len(shown):,} more (--all lists them)"))
    if len(ordered) > REASONS and not look.everything:
        labelled.append(("", f"and {len(ordered) - REASONS} more reasons (--all lists them)"))
    return [rows(labelled, look)]
