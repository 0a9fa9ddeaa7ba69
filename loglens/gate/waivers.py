"""Waivers: findings that are known and accepted until a day; after it the waiver itself is a finding."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from loglens.config import Waiver
from loglens.gate.result import Outcome
from loglens.runs.overrides import matches

NEVER_WAIVED = ("unmatched", "unreadable", "waiver")
"""Kinds that say the gate itself does not work: accepting them would make it meaningless."""


def apply_waivers(
    outcomes: Sequence[Outcome], waivers: Sequence[Waiver], today: datetime.date
) -> tuple[list[Outcome], list[str]]:
    """The outcomes with the accepted ones marked, expired waivers added as failures; and notes on unused ones."""
    valid = [waiver for waiver in waivers if waiver.expires >= today]
    used: set[int] = set()
    result: list[Outcome] = []
    for outcome in outcomes:
        index = next((i for i, waiver in enumerate(valid) if _accepts(waiver, outcome)), None)
        if index is None:
            result.append(outcome)
        else:
            used.add(index)
            waiver = valid[index]
            reason = f"{waiver.reason} (until {waiver.expires.isoformat()})"
            result.append(dataclasses.replace(outcome, result="waived", waiver=reason))
    result += [_expired(waiver) for waiver in waivers if waiver.expires < today]
    unused = [waiver for i, waiver in enumerate(valid) if i not in used]
    notes = [f"The waiver of {w.rule} on {w.runs} is not needed: nothing was found that it accepts." for w in unused]
    return result, notes


def _accepts(waiver: Waiver, outcome: Outcome) -> bool:
    if not outcome.is_finding or outcome.kind in NEVER_WAIVED or not matches(waiver.runs, outcome.subject):
        return False
    return any(matches(waiver.rule, name) for name in (outcome.rule, outcome.tag) if name)


def _expired(waiver: Waiver) -> Outcome:
    return Outcome(
        kind="waiver",
        rule=waiver.rule,
        subject=waiver.runs,
        result="fail",
        summary=f"The waiver of {waiver.rule} on {waiver.runs} expired on {waiver.expires.isoformat()}; "
        f"it was given because: {waiver.reason}",
        advice="Repair what it accepted and remove the waiver, or give it a new day with a reason that still holds.",
        line=waiver.line,
    )
