"""Markdown: a comment for a pull request, and GitHub's step summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from loglens.gate.result import Decision, GateResult, Outcome
from loglens.gate.wording import percent, power_sentences
from loglens.views.gate.places import line_of, path_of, subject_of, title_of

MOST_CHARACTERS = 60_000
"""A comment on GitHub may have 65,536 characters."""

MARK = {"fail": "❌", "warn": "⚠️", "waived": "🔕"}
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~@])")


def render(result: GateResult) -> str:
    """Headline, findings as a table, comparisons folded away, notes."""
    head = f"### LogLens: {'❌' if result.exit_code else '✅'} {escape(title_of(result))}\n"
    findings = [*result.findings, *(outcome for outcome in result.outcomes if outcome.result == "waived")]
    parts = [head]
    if findings:
        rows = [
            (
                MARK[found.result],
                escape(found.rule),
                escape(subject_of(found)),
                escape(found.summary) + (f"<br>*{escape(found.advice)}*" if found.advice else ""),
                _where(found, result),
            )
            for found in findings
        ]
        parts.append(table(("", "rule", "run", "what", "where"), rows))
    if result.decisions:
        parts.append(_decisions(result))
    parts += [f"> {escape(note)}\n" for note in result.notes]
    return cut("\n".join(parts))


def _where(found: Outcome, result: GateResult) -> str:
    """The waiver, or the rule's line in the config; no line where no config was found."""
    if found.waiver:
        return f"waived: {escape(found.waiver)}"
    return f"`{path_of(result)}:{line_of(found)}`" if result.config else "no config: default rules"


def _decisions(result: GateResult) -> str:
    head = ("", "rule", "group", "baseline", "now", "difference", "p (Holm)", "p (permutation)", "reading")
    rows = [
        (
            MARK["fail"] if decision.answer == "worse" else "",
            escape(decision.rule if decision.tag in decision.rule else f"{decision.rule} {decision.tag}"),
            escape(decision.group),
            number(decision.baseline_mean),
            number(decision.current_mean),
            effect(decision),
            number(decision.adjusted_p, 2),
            number(decision.permutation_p, 2),
            escape(
                decision.answer.replace("-", " ") + (", by the tolerance" if decision.method == "tolerance" else "")
            ),
        )
        for decision in result.decisions
    ]
    told = "".join(f"\n{escape(sentence)}\n" for sentence in power_sentences(result.decisions)[:3])
    fewest = list(dict.fromkeys(d.reason for d in result.decisions if d.method in ("tolerance", "none")))[:3]
    told += "".join(f"\n{escape(reason[:1].upper() + reason[1:])}.\n" for reason in fewest)
    summary = f"{len(rows)} comparisons with {escape(result.baseline)}, one-sided in the harmful direction"
    return f"<details><summary>{summary}</summary>\n\n{table(head, rows)}{told}\n</details>\n"


def effect(decision: Decision) -> str:
    """The effect with its interval, as in "+0.012 [0.004, 0.02]"."""
    if decision.effect is None:
        return "-"
    told = f"{decision.effect:+.3g}"
    if decision.effect_low is not None and decision.effect_high is not None:
        told += f" [{decision.effect_low:.3g}, {decision.effect_high:.3g}]"
    if decision.baseline_mean:
        told += f" ({percent_signed(decision.effect / abs(decision.baseline_mean))})"
    return told


def percent_signed(share: float) -> str:
    return ("+" if share >= 0 else "-") + percent(abs(share)) if abs(share) < 9.99 else f"{share:+.1f} x"


def number(value: float | None, digits: int = 5) -> str:
    return "-" if value is None else f"{value:.{digits}g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in GitHub's Markdown; the cells are escaped by the caller."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def escape(text: str) -> str:
    """Names and sentences as they are: no markup, no mention of people, one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("\\@", "@\N{ZERO WIDTH SPACE}")


def cut(text: str) -> str:
    """At most what a comment on GitHub may hold, and a word where it ends early."""
    if len(text) <= MOST_CHARACTERS:
        return text
    kept = text[:MOST_CHARACTERS].rsplit("\n", 1)[0]
    return f"{kept}\n\n*Cut here: it would be longer than a comment may be.*\n"
