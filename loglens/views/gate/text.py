"""Text for people: the findings in full, the comparisons as a table, what so many seeds can see."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from loglens.gate.result import Decision, GateResult, Outcome
from loglens.gate.wording import power_sentences
from loglens.views.gate.markdown import effect, number
from loglens.views.gate.places import line_of, path_of, title_of
from loglens.views.text.layout import Words, blank, heading, line, printed, rows
from loglens.views.text.look import STYLES, Look, literal

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
    for outcome in shown:
        yield blank()
        yield _outcome(outcome, result, look)
    if result.decisions:
        yield blank()
        yield heading("Comparisons, one-sided in the harmful direction, p corrected by Holm")
        yield _table(result.decisions, look)
        for sentence in power_sentences(result.decisions)[:SENTENCES]:
            yield line((literal(sentence), "dim"))
    for note in result.notes:
        yield blank()
        yield line(literal(note))


def _outcome(outcome: Outcome, result: GateResult, look: Look) -> RenderableType:
    head = line((literal(outcome.rule), STYLES.get(outcome.result, "bold")), f"  {literal(outcome.subject)}")
    labelled: list[tuple[str, Words]] = [(outcome.result, head), ("", literal(outcome.summary))]
    if outcome.tag and outcome.tag not in outcome.summary:
        labelled.append(("curve", literal(outcome.tag)))
    if outcome.waiver:
        labelled.append(("reason", literal(outcome.waiver)))
    elif outcome.advice:
        labelled.append(("try", literal(outcome.advice)))
    if outcome.line:
        labelled.append(("rule", f"{literal(path_of(result))}:{line_of(outcome)}"))
    return rows(labelled, look, label_width=12)


def _table(decisions: tuple[Decision, ...], look: Look) -> RenderableType:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("rule", "group", "baseline", "now", "difference", "p", "reading"):
        grid.add_column(name, overflow="fold", justify="left")
    for decision in decisions:
        rule = decision.rule if decision.tag in decision.rule else f"{decision.rule} {decision.tag}"
        answer = Text(decision.answer.replace("-", " "), style=STYLES["fail"] if decision.answer == "worse" else "")
        grid.add_row(
            Text(literal(rule)),
            Text(literal(decision.group)),
            number(decision.baseline_mean),
            number(decision.current_mean),
            effect(decision),
            number(decision.adjusted_p, 2),
            answer,
        )
    del look
    return grid
