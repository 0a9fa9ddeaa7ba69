"""Text for people: the findings in full, every comparison with its numbers, what so many seeds can see."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from rich.console import RenderableType

from loglens.gate.result import Answer, Decision, GateResult, Outcome
from loglens.gate.wording import power_sentences
from loglens.views.gate.markdown import effect, number
from loglens.views.gate.places import line_of, path_of, title_of
from loglens.views.text.layout import Words, blank, heading, line, printed, rows
from loglens.views.text.look import STYLES, Look, literal

READINGS: Mapping[Answer, str] = MappingProxyType(
    {"worse": "worse", "better": "better", "no-difference-seen": "none seen", "undetermined": "undecided"}
)
UNUSUAL = ("tolerance", "rank", "exact")
"""Ways to decide that a reader does not expect: they are told even where nothing is wrong."""

SENTENCES = 3
"""Sentences on power shown."""


def render(result: GateResult, look: Look | None = None) -> str:
    """The result as text of the width of `look`."""
    look = look or Look(width=100)
    return printed(_parts(result, look), look)


def _parts(result: GateResult, look: Look) -> Iterator[RenderableType]:
    style = "bold red" if result.exit_code else "bold green"
    yield line((title_of(result), style))
    against = f", baseline {result.baseline}" if result.baseline else ""
    yield line((f"config {result.config or 'none'}{against}", "dim"))
    shown = list(result.findings)
    if look.verbose:
        shown += [outcome for outcome in result.outcomes if not outcome.is_finding]
    else:
        shown += [outcome for outcome in result.outcomes if outcome.result == "waived"]
        shown += [o for o in result.outcomes if o.result == "undetermined" and o.kind == "regression"]
    for index, outcome in enumerate(shown):
        yield blank()
        yield _outcome(outcome, result, look, {other.advice for other in shown[:index] if not other.waiver})
    if result.decisions:
        yield blank()
        yield heading("Comparisons, one-sided in the harmful direction, p corrected by Holm")
        for decision in result.decisions:
            yield _decision(decision, look)
        for sentence in power_sentences(result.decisions)[:SENTENCES]:
            yield line((literal(sentence), "dim"))
    for note in result.notes:
        yield blank()
        yield line(literal(note))


def _outcome(outcome: Outcome, result: GateResult, look: Look, advised: Collection[str]) -> RenderableType:
    """One outcome; advice in `advised` is not repeated."""
    subject = look.where if outcome.subject == "." else outcome.subject
    head = line((literal(outcome.rule), STYLES.get(outcome.result, "bold")), f"  {literal(subject)}")
    labelled: list[tuple[str, Words]] = [(outcome.result, head), ("", literal(outcome.summary))]
    if outcome.tag and outcome.tag not in outcome.summary:
        labelled.append(("curve", literal(outcome.tag)))
    if outcome.waiver:
        labelled.append(("reason", literal(outcome.waiver)))
    elif outcome.advice:
        labelled.append(("try", "as above" if outcome.advice in advised else literal(outcome.advice)))
    if outcome.line:
        labelled.append(("rule", f"{literal(path_of(result))}:{line_of(outcome)}"))
    return rows(labelled, look, label_width=12)


def _decision(decision: Decision, look: Look) -> RenderableType:
    style = STYLES["fail"] if decision.answer == "worse" else "dim" if decision.answer == "undetermined" else ""
    where = literal(decision.group if decision.tag in decision.rule else f"{decision.group} {decision.tag}")
    numbers = f"{number(decision.baseline_mean)} -> {number(decision.current_mean)}   {effect(decision)}"
    if decision.statistic == "curve":
        numbers = f"largest difference {effect(decision)}"
    p_value = "" if decision.adjusted_p is None else f"   p = {decision.adjusted_p:.2g}"
    if decision.permutation_p is not None:
        p_value += f" (by permutation, uncorrected: {decision.permutation_p:.2g})"
    head = line((literal(decision.rule), style or "bold"), f"  {where}")
    told: list[tuple[str, Words]] = [(READINGS[decision.answer], head), ("", numbers + p_value)]
    if decision.method in UNUSUAL:
        told.append(("", literal(decision.reason)))
    return rows(told, look, label_width=12)
